package web

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/phrase"
)

// formChange is how people change, by a form, what an approved plan was made of.
type formChange struct {
	field string
	try   func(p *planned)
	says  string // the sentence of the refusal; empty: that the field changed
}

// formChanges are tried in their order: what nothing can be planned with
// afterwards comes last.
var formChanges = []formChange{
	{"corrects", func(p *planned) { p.edit("corrects", p.ended) }, ""},
	{"facts_version", typing((*planned).facts, "summary", "More is known."), ""},
	{"facts", typing((*planned).facts, "texts.incident.measures", "We did nothing."), ""},
	{"facts_in", typing((*planned).facts, "translations.de.incident.measures", "Wir sind umgezogen."), ""},
	{"cohort", func(p *planned) { p.edit("cohort_id", p.otherCohort) }, ""},
	{"text", func(p *planned) { p.edit("version_id", p.otherVersion) }, ""},
	{"organisation_version", func(p *planned) { p.does(p.admin, "/organisation", with(itsOrg, "name", "Another Cloud")) }, ""},
	{"sender", func(p *planned) { p.does(p.admin, "/senders/snd_1", with(itsMail, "from_name", "Somebody else")) }, ""},
	{"sender", func(p *planned) { p.key("second"); p.does(p.admin, "/senders/snd_1/keys/key_2/use", nil) }, "The DKIM key ‘second’ was put to use since this plan was made"},
	{"sender", func(p *planned) {
		p.does(p.admin, "/senders/snd_1/keys/key_1/retire", url.Values{"reason": {"a laptop was stolen"}})
	}, "The DKIM key ‘first’ was retired since this plan was made"},
	{"relays", func(p *planned) { p.does(p.admin, "/relays/rel_1", with(itsRelay, "host", "smtp9.example.com")) }, ""},
	{"max_rate_per_second", typing((*planned).edit, "max_rate_per_second", "9.5"), ""},
	{"schedule_at", typing((*planned).edit, "schedule_at", "2036-01-02T03:04"), ""},
	{"expire_after_seconds", typing((*planned).edit, "expire_hours", "24"), ""},
	{"on_indeterminate", typing((*planned).edit, "on_indeterminate", "resend_once"), ""},
	{"max_per_domain", typing((*planned).edit, "max_per_domain", "default 5"), ""},
	{"max_concurrency_per_domain", typing((*planned).edit, "max_per_domain", "default - 5"), ""},
	{"ramp", typing((*planned).edit, "ramp", "1, 50 %, rest", "ramp_hold", "5"), ""},
	{"stop_above_percent", typing((*planned).edit, "stop_above_percent", "9"), ""},
	{"send_window", typing((*planned).edit, "window_from", "08:00", "window_to", "20:00", "window_zone", "Europe/Berlin"), ""},
	{"plan_no", func(p *planned) { p.edit() }, ""},
	{"lists", (*planned).withdrawn, ""},
	{"gates", (*planned).gated, ""},
	{"version", (*planned).withdrawnText, ""},
}

// formless are fields that no form changes after an approval, and why.
var formless = map[string]string{
	"format":        "the program sets it",
	"campaign":      "a plan is of its campaign for ever",
	"preflight_at":  "only new checks have another time, and make another plan",
	"incident":      "a campaign is made in its incident",
	"rules":         "others that come into use leave a plan as it is",
	"manifest_root": "the checks alone write what each person gets",
	"to_send":       "whom decisions take out, the plan allows",
	"unaddressed":   "the checks alone look at them",
	"excluded":      "more people may be excluded",
	"suppressed":    "more people may be suppressed",
}

func typing(form func(p *planned, changed ...string), changed ...string) func(p *planned) {
	return func(p *planned) { form(p, changed...) }
}

// facts changes what is known of the incident.
func (p *planned) facts(changed ...string) { p.does(p.ops, p.in+"/facts", with(itsFacts, changed...)) }

// edit changes the campaign, which is checked at once.
func (p *planned) edit(changed ...string) {
	p.does(p.ops, campaignURL(p.campaign)+"/edit", with(p.typed, changed...))
	p.check()
}

func (p *planned) gated() {
	p.does(p.ops, p.in+"/gates/new", url.Values{"name": {"Known"}, "cohort_id": {p.cohort}, "r.0.what": {"list"}, "r.0.list": {"lst_1"}})
}

func (p *planned) withdrawnText() {
	p.does(p.legal, "/versions/"+p.version+"/withdraw", url.Values{"comment": {"it is wrong"}})
}

func TestEveryPlanFieldHasItsForms(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range formChanges {
		tried[c.field] = true
	}
	for _, field := range campaign.PlanFields() {
		if tried[field] == (formless[field] != "") {
			t.Errorf("%q: either a form changes it, or it is said why none does", field)
		}
	}
	if all := len(tried) + len(formless); all != len(campaign.PlanFields()) {
		t.Errorf("%d fields are told of, the plan has %d", all, len(campaign.PlanFields()))
	}
}

// A reader is told of a field in words, and in others than the program's.
func TestEveryPlanFieldHasWords(t *testing.T) {
	said := map[string]string{}
	for _, field := range campaign.PlanFields() {
		words := phrase.Say("plan_field_"+field, nil)
		if words == "plan_field_"+field || strings.Contains(words, "_") || said[words] != "" {
			t.Errorf("%q is called %q, like %q", field, words, said[words])
		}
		said[words] = field
	}
}

// What people change by a form after the approval stops the launch, whose form
// says in words what it was.
func TestAFormAfterApprovalStopsTheLaunch(t *testing.T) {
	p := planning(t)
	for i, c := range formChanges {
		ended := t.Run(c.field, func(t *testing.T) {
			p.t = t
			if i == 0 {
				p.check()
				p.approve()
			} else {
				p.planAgain()
			}
			c.try(p)
			p.refusesLaunch(c)
		})
		if !ended {
			return // the campaign may be on its way
		}
	}
}

func (p *planned) refusesLaunch(c formChange) {
	p.t.Helper()
	want := c.says
	if want == "" {
		want = "‘" + phrase.Say("plan_field_"+c.field, nil) + "’ changed since this plan was made"
	}
	got := p.launch()
	if said := text(got.body); got.status != 412 && got.status != 409 || !strings.Contains(said, want) || strings.Contains(said, "plan_field") {
		p.t.Errorf("the launch was answered with %d: %s", got.status, said)
	}
	if strings.Contains(got.body, `href="#f-`+c.field+`"`) {
		p.t.Error("the summary leads to a field that the page does not have")
	}
	if n := p.count("SELECT count(*) FROM launch"); n != 1 {
		p.t.Errorf("launched %d times, want once before", n)
	}
}
