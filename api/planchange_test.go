package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
)

// way is how people change, by requests, what an approved plan was made of. The
// launch must then be refused with the field named.
type way struct {
	name    string
	before  func(f *flow) // the plan is made
	try     func(f *flow) answer
	also    []string       // the other fields that change with it
	leaves  campaign.State // where the campaign stands then; empty: approved
	refused string         // the code that refuses the request itself
}

// fixed is a field that no request changes, and why.
type fixed string

// planWays says of each field of the plan how requests change it after the
// approval, or why none does.
var planWays = map[string]any{
	"format":       fixed("it is the form of the document, which the program sets"),
	"campaign":     fixed("a plan is of its campaign for ever"),
	"plan_no":      []way{{name: "new checks", try: (*flow).checkAgain, leaves: campaign.Ready}},
	"preflight_at": fixed("only new checks have another time, and they make another plan: see plan_no"),
	"corrects":     []way{edit("corrects", func(f *flow) any { return f.ended })},
	"incident":     fixed("a campaign is made in its incident, and no request moves it"),
	"facts_version": []way{
		patch("a summary", access.Ops, (*flow).itsIncident, map[string]any{"summary": "More is known."}).along("facts"),
		patch("a relay that must not be used", access.Legal, (*flow).itsIncident, map[string]any{"excluded_relays": []string{"rel_9"}}),
	},
	"facts": []way{patch("a measure", access.Legal, (*flow).itsIncident, map[string]any{"texts": map[string]string{"incident.measures": "We did nothing."}}).along("facts_version")},
	"facts_in": []way{patch("what English states otherwise", access.Ops, (*flow).itsIncident,
		map[string]any{"language": "de", "translations": map[string]any{"en": map[string]string{"incident.measures": "We moved to the moon."}}}).along("facts", "facts_version")},
	"organisation_version": []way{patch("a name", access.Admin, organisationOf, map[string]any{"name": "Another Cloud"}).along("facts")},
	"cohort": []way{
		edit("cohort_id", func(f *flow) any { return f.otherCohort() }),
		{name: "another name", try: func(f *flow) answer { return f.patch(access.Ops, "/cohorts/"+f.cohort, map[string]any{"name": "Some"}) }, refused: "cohort_state"},
		{name: "its end", try: func(f *flow) answer { return f.as(access.Ops, "DELETE", "/cohorts/"+f.cohort, nil) }, refused: "cohort_state"},
	},
	"lists":   []way{{name: "a list is withdrawn", try: (*flow).withdrawn}},
	"gates":   []way{{name: "another one", try: (*flow).gate}, {name: "one that is lifted", before: func(f *flow) { f.must(f.gate(), 201, "gate") }, try: (*flow).liftGate}},
	"version": []way{edit("version_id", func(f *flow) any { return f.otherText() }).along("text"), {name: "the text is withdrawn", before: func(f *flow) { f.settings["version_id"] = f.approvedText() }, try: (*flow).withdrawnText}},
	"text":    []way{edit("version_id", func(f *flow) any { return f.otherText() }).along("version")},
	"rules":   fixed("others that come into use leave a plan as it is: see what leaves a plan alone"),
	"sender": []way{
		patch("another name", access.Admin, (*flow).itsSender, map[string]any{"from_name": "Somebody else"}),
		patch("another host for links", access.Admin, (*flow).itsSender, map[string]any{"link_hosts": []string{"www.example.com"}}),
		{name: "a key that is put to use", try: (*flow).usedKey},
		{name: "a key that is retired", try: (*flow).retiredKey},
		edit("sender_id", func(f *flow) any { return f.otherSender() }),
	},
	"relays": []way{
		patch("another host", access.Admin, (*flow).itsRelay, map[string]any{"host": "smtp9.example.com"}),
		patch("another port", access.Admin, (*flow).itsRelay, map[string]any{"port": 2525}),
		patch("another encryption", access.Admin, (*flow).itsRelay, map[string]any{"tls": "implicit"}),
		patch("another rate", access.Admin, (*flow).itsRelay, map[string]any{"max_rate_per_second": 3}),
		patch("another warm-up", access.Admin, (*flow).itsRelay, map[string]any{"warm_up": map[string]any{"from": "2027-01-01", "per_day": []int{5}}}),
		edit("relays", func(f *flow) any { return []string{f.otherRelay()} }),
	},
	"max_rate_per_second":        []way{editTo("max_rate_per_second", 9.5)},
	"schedule_at":                []way{editTo("schedule_at", "2027-01-02T03:04:05Z")},
	"expire_after_seconds":       []way{editTo("expire_after_seconds", 99_999)},
	"on_indeterminate":           []way{editTo("on_indeterminate", "resend_once")},
	"max_per_domain":             []way{editTo("max_per_domain", map[string]any{"default": 5}), editTo("max_per_domain", map[string]any{})},
	"max_concurrency_per_domain": []way{editTo("max_concurrency_per_domain", map[string]any{"default": 5})},
	"ramp":                       []way{editTo("ramp", []map[string]any{{"count": 2, "hold_seconds": 60}}), editTo("ramp", []any{})},
	"stop_above_percent":         []way{editTo("stop_above_percent", 99)},
	"send_window":                []way{editTo("send_window", map[string]any{"from": "09:00", "to": "20:00", "zone": "Europe/Berlin"}), editTo("send_window", map[string]any{})},
	"manifest_root":              fixed("the checks alone write what each person gets"),
	"to_send":                    fixed("whom decisions take out, the plan allows: see what leaves a plan alone"),
	"unaddressed":                fixed("a frozen cohort has nobody else, and the checks alone look at them"),
	"excluded":                   fixed("more people may be excluded, which the plan allows: see what leaves a plan alone"),
	"suppressed":                 fixed("the same, for a suppression that somebody decided"),
}

// edit changes a setting of the campaign itself, which makes a draft of it.
func edit(field string, to func(f *flow) any) way {
	return way{name: "an edit of " + field, leaves: campaign.Draft, try: func(f *flow) answer {
		return f.patch(access.Ops, f.itsCampaign(), map[string]any{field: to(f)})
	}}
}

func editTo(field string, to any) way { return edit(field, func(*flow) any { return to }) }

// patch changes something that a campaign was planned with.
func patch(name string, by access.Role, of func(f *flow) string, change map[string]any) way {
	return way{name: name, try: func(f *flow) answer { return f.patch(by, of(f), change) }}
}

// patch changes what somebody has just read.
func (f *flow) patch(by access.Role, path string, change map[string]any) answer {
	f.t.Helper()
	return f.as(by, "PATCH", path, change, "If-Match", f.as(by, "GET", path, nil).header.Get("ETag"))
}

func TestEveryPlanFieldHasItsRequests(t *testing.T) {
	for _, field := range campaign.PlanFields() {
		switch said := planWays[field].(type) {
		case fixed:
			if said == "" {
				t.Errorf("no reason is given why no request changes %q", field)
			}
		case []way:
			if len(said) == 0 {
				t.Errorf("no request changes %q", field)
			}
		default:
			t.Errorf("nobody says which requests change %q", field)
		}
	}
	if len(planWays) != len(campaign.PlanFields()) {
		t.Errorf("%d fields are told of, the plan has %d", len(planWays), len(campaign.PlanFields()))
	}
}

// What people change by requests after the approval stops the launch, and the
// refusal names it. What no request changes is no setting either.
func TestARequestAfterApprovalStopsTheLaunch(t *testing.T) {
	f := readyToPlan(t)
	f.draft("changed")
	for _, field := range campaign.PlanFields() {
		if _, no := planWays[field].(fixed); no {
			f.refused(f.patch(access.Ops, f.itsCampaign(), map[string]any{field: 1}), http.StatusUnprocessableEntity, "unknown_field")
		}
		ways, _ := planWays[field].([]way)
		for _, w := range ways {
			ended := t.Run(field+"/"+w.name, func(t *testing.T) {
				defer f.in(t)()
				if w.before != nil {
					w.before(f)
				}
				f.approved()
				f.stopped(field, w)
			})
			if !ended {
				return // the campaign may be on its way
			}
		}
	}
}

// stopped makes a change, and holds what becomes of the launch.
func (f *flow) stopped(field string, w way) {
	f.t.Helper()
	answered := w.try(f)
	if w.refused != "" {
		f.refused(answered, http.StatusConflict, w.refused)
		return
	}
	if answered.status >= 300 {
		f.t.Fatalf("the change was answered with %d %s", answered.status, answered.raw)
	}
	status, code, state := http.StatusPreconditionFailed, "", campaign.Approved
	if w.leaves != "" {
		status, code, state = http.StatusConflict, "launch_needs_approval", w.leaves
	}
	launch := f.launch()
	f.refused(launch, status, code)
	want := append([]string{field}, w.also...)
	slices.Sort(want)
	if got := namedIn(launch); !slices.Equal(got, want) {
		f.t.Errorf("named are %v, want %v: %s", got, want, launch.raw)
	}
	if got := f.must(f.as(access.Ops, "GET", f.itsCampaign(), nil), 200, "read").text("state"); got != string(state) {
		f.t.Errorf("the campaign is %s, want %s", got, state)
	}
}

// along gives a way that changes other fields too.
func (w way) along(also ...string) way {
	w.also = also
	return w
}

// namedIn are the fields that a refusal says have changed, in order.
func namedIn(a answer) []string {
	var all []string
	fields, _ := a.doc["fields"].([]any)
	for _, one := range fields {
		named, _ := one.(map[string]any)
		code, _ := named["code"].(string)
		if name, _ := named["name"].(string); strings.HasPrefix(code, "plan_") {
			all = append(all, name)
		}
	}
	return all
}

// leftAlone are changes that an approved plan allows: none of them widens it.
var leftAlone = []way{
	{name: "a newer list", try: func(f *flow) answer {
		return f.list("newer.csv", "email,name\nann@example.com,Anna\ndee@example.net,Dee\n")
	}},
	{name: "rules that come into use", try: (*flow).newRules},
	{name: "a password of the relay", try: func(f *flow) answer {
		return f.patch(access.Admin, f.itsRelay(), map[string]any{"password": "another"})
	}},
	{name: "a name for the sender", try: func(f *flow) answer { return f.patch(access.Admin, f.itsSender(), map[string]any{"name": "Renamed"}) }},
	{name: "another text of the notice", try: func(f *flow) answer { f.otherText(); return f.as(access.Ops, "GET", "/me", nil) }},
	{name: "a key that nobody uses", try: func(f *flow) answer { return f.key("spare") }},
	{name: "an exclusion", try: func(f *flow) answer { return f.exclude(access.Legal, "deceased", "told by the family", f.members()[0]) }},
	{name: "a decision about a suppression", try: (*flow).suppressedOne},
}

func TestWhatNarrowsOrComesLaterLeavesAPlanAlone(t *testing.T) {
	f := readyToPlan(t)
	f.draft("alone")
	f.approved()
	for _, w := range leftAlone {
		if got := w.try(f); got.status >= 300 {
			t.Fatalf("%s: %d %s", w.name, got.status, got.raw)
		}
	}
	f.toSend -= 2
	f.must(f.launch(), 200, "launch")
}

// in reports to a test within the one that began the job, whose settings stay.
func (f *flow) in(t *testing.T) (back func()) {
	was, settings := f.t, maps.Clone(f.settings)
	f.t = t
	return func() { f.t, f.settings = was, settings }
}

// approved plans the campaign anew, with the settings that were drafted, and has it
// approved. The same campaign serves again: a new one would have to be given room.
func (f *flow) approved() {
	f.t.Helper()
	again := maps.Clone(f.settings)
	again["corrects"] = ""
	f.must(f.patch(access.Ops, f.itsCampaign(), again), 200, "edit")
	f.planIt()
	f.must(f.call(f.bo.token, "POST", f.itsCampaign()+"/approve", map[string]any{"plan_sha256": f.plan}), 200, "approve")
}

func (f *flow) planIt() {
	f.t.Helper()
	got := f.preflight()
	if got.doc["ok"] != true {
		f.t.Fatalf("the checks say %s", got.raw)
	}
	f.plan, f.toSend = got.text("plan_sha256"), int(got.doc["counts"].(map[string]any)["to_send"].(float64))
}

// launch asks for what was approved.
func (f *flow) launch() answer {
	f.t.Helper()
	return f.as(access.Ops, "POST", f.itsCampaign()+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": f.toSend})
}

// checkAgain runs the checks of an approved campaign, and gives their answer. The
// plan that was approved stays in hand.
func (f *flow) checkAgain() answer {
	f.t.Helper()
	return f.preflight()
}
