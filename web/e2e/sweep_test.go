package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/inbox"
	"forthwith/web"
)

// notSwept are the forms that no page of the sweep offers, and why.
var notSwept = map[string]string{
	"/signout":                              "it would end the session that sweeps, and has no field",
	"/organisation":                         "what it changes stands in every plan, and would void the sample's: its own tests send bad input to a database of theirs",
	"/campaigns/:campaign/preflight/cancel": "its page is there while checks run, which is a moment, and has no field: sent below without its page",
	"/cohorts/:cohort/freeze/cancel":        "its page is there while a cohort is frozen, which is a moment, and has no field: sent below without its page",
	"/deliveries/:delivery/resolve":         "only an unclear delivery has it, which a relay that works leaves none of: sent below without its page",
	"/campaigns/:campaign/resolve":          "the same, for several",
	"/incidents/:incident/clock/:duty":      "a duty needs people of a known place, of whom the sweep's incident has none: sent below without its page",
}

// unpaged are those of them that are sent all the same, with the fields that
// their pages have.
var unpaged = map[string]map[string]string{
	"/campaigns/:campaign/preflight/cancel": {},
	"/cohorts/:cohort/freeze/cancel":        {},
	"/deliveries/:delivery/resolve":         {"outcome": "resend", "reason": "because"},
	"/incidents/:incident/clock/:duty":      {"at": "2026-08-10", "reference": "because"},
	"/campaigns/:campaign/resolve":          {"outcome": "resend", "reason": "because", "confirm_deliveries": "3", "relay": ""},
}

// registered gives the paths that answer to a method.
func registered(method string) []string {
	app := fiber.New()
	web.Mount(app, web.Services{Inbox: (*inbox.Box)(nil)}, web.Options{})
	var all []string
	for _, r := range app.GetRoutes(true) {
		if r.Method == method && r.Path != "/" {
			all = append(all, r.Path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// routeOf finds the route that a path belongs to: one without a parameter first.
func routeOf(routes []string, path string) string {
	path, _, _ = strings.Cut(path, "?")
	best := ""
	for _, route := range routes {
		shape := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + "$"
		if regexp.MustCompile(shape).MatchString(path) && (best == "" || strings.Count(route, ":") < strings.Count(best, ":")) {
			best = route
		}
	}
	return best
}

// swept is a form of a page, with who is offered it.
type swept struct {
	route, page, who string
	form             webForm
}

// sweep goes through every form that pages offer.
type sweep struct {
	*scene
	routes  []string
	visitor *caller // who is not signed in
	remake  map[string]func() string
	found   map[string]swept
	running string

	named    string // the page of a plan's suppressed people
	suppress func()
}

func newSweep(t *testing.T) *sweep {
	t.Helper()
	e := newEnsemble(t)
	own := e.scene(e.crew()) // whom bad input wears out
	sw := &sweep{scene: own, routes: registered(fiber.MethodPost), visitor: throughTheDoor(t), found: map[string]swept{}}
	sw.running = sw.runningCampaign()
	guest := sw.hire("A guest", "support")
	sw.remake = map[string]func() string{
		"/lists/:list":                 sw.waitingList,
		"/lists/:list/discard":         func() string { return sw.waitingList() + "/discard" },
		"/lists/:list/rejects":         sw.importedWithRefusals,
		"/lists/:list/withdraw":        func() string { return sw.importedWithRefusals() + "/withdraw" },
		"/cohorts/:cohort":             sw.draftCohort,
		"/cohorts/:cohort/rule":        sw.draftCohort,
		"/cohorts/:cohort/delete":      func() string { return sw.draftCohort() + "/delete" },
		"/cohorts/:cohort/freeze":      sw.cohortOfItsOwn,
		"/cohorts/:cohort/upgrades":    func() string { return sw.placedBefore() + "/upgrades" },
		"/recipients/:recipient":       sw.person,
		"/exclusions/:exclusion":       sw.exclusion,
		"/gates/:gate":                 sw.gate,
		"/cohorts/:cohort/versions":    sw.grownCohort,
		"/code-pools/:pool":            sw.pool,
		"/notices/:notice":             sw.desk,
		"/notices/:notice/drop":        func() string { return sw.keptDraft() + "/drop" },
		"/versions/:version/answer":    func() string { return sw.questionedVersion() + "/answer" },
		"/versions/:version/comment":   func() string { return sw.commentedVersion() + "/comment?variant=0&line=1" },
		"/comments/:comment/resolve":   sw.commentedVersion,
		"/versions/:version/approve":   func() string { return sw.submittedVersion() + "/approve" },
		"/versions/:version/reject":    func() string { return sw.submittedVersion() + "/reject" },
		"/versions/:version/withdraw":  func() string { return sw.approvedVersion() + "/withdraw" },
		"/campaigns/:campaign/edit":    func() string { return sw.checkedPlan() + "/edit" },
		"/campaigns/:campaign/approve": func() string { return sw.checkedPlan() + "/approve" },
		"/campaigns/:campaign/reject":  func() string { return sw.checkedPlan() + "/reject" },
		"/campaigns/:campaign/launch":  func() string { return sw.approvedPlan() + "/launch" },
		"/campaigns/:campaign/preflight": func() string {
			plan := sw.checkedPlan()
			sw.people["Ada"].does(plan+"/reject", plan+"/reject", map[string]string{"comment": "because"})
			return plan + "/preflight"
		},
		"/campaigns/:campaign/pause":  func() string { return sw.steered("resume", "pause") },
		"/campaigns/:campaign/resume": func() string { return sw.steered("pause", "resume") },
		"/campaigns/:campaign/amend":  func() string { return sw.steered("pause", "amend") },
		"/amendments/:amendment/approve": func() string {
			sw.steered("pause", "amend")
			return sw.amendmentOf(sw.running)
		},
		"/campaigns/:campaign/failover": func() string { return sw.running + "/failover" },
		"/campaigns/:campaign/pace":     func() string { return sw.running + "/pace" },
		"/campaigns/:campaign/abort":    func() string { return sw.running + "/abort" },
		"/campaigns/:campaign/evidence": func() string { return sw.running + "/evidence" },
		"/exports/:export/file":         func() string { return exportOf(sw.people["Dee"].caller, sw.running) },
		"/alerts/:alert/acknowledge":    sw.alerted,
		"/relays/:relay/quarantine":     func() string { return sw.relayOfItsOwn() + "/quarantine" },
		"/relays/:relay/release": func() string {
			page := sw.relayOfItsOwn() + "/quarantine"
			sw.people["Eli"].does(page, page, map[string]string{"reason": "because"})
			return strings.TrimSuffix(page, "/quarantine") + "/release"
		},
		"/senders/:sender/keys/:key/use":    func() string { return sw.key() + "/use" },
		"/senders/:sender/keys/:key/retire": func() string { return sw.key() + "/retire" },
		"/users/:user":                      sw.invited,
		"/users/:user/reset":                sw.invited,
		"/invite/:token":                    func() string { path, _ := sw.invite("A guest", "support"); return path },
		"/signin/code": func() string {
			sw.visitor.submit("/signin", "/signin", map[string]string{"email": guest.email, "password": guest.password})
			return "/signin/code"
		},
		"/account/sessions/:session/end": func() string {
			other := hired{throughTheDoor(sw.t), "", guest.email, guest.password, guest.secret}
			other.signIn(1)
			sw.people["guest"] = guest
			return "/account"
		},
	}
	sw.remake["/campaigns/:campaign/undecided"] = sw.undecided
	sw.remake["/suppressions/files/:file"] = sw.suppressionFile
	sw.remake["/rules/:set"] = sw.ruleSet
	sw.remake["/suppressions/:suppression"] = func() string { return sw.suppression("swept@example.net") }
	return sw
}

// undecided is a plan of which another person is suppressed each time.
func (sw *sweep) undecided() string {
	sw.t.Helper()
	if sw.suppress == nil {
		sw.named, sw.suppress = sw.undecidedPlan(crowded)
	}
	sw.suppress()
	return sw.named
}

// key is a DKIM key that nobody uses yet.
func (sw *sweep) key() string {
	sw.t.Helper()
	page := sw.sender + "/keys/new"
	sw.people["Eli"].does(page, page, map[string]string{"algorithm": "ed25519", "selector": fmt.Sprintf("swept%d", sw.next())})
	found := aKey.FindAllStringSubmatch(sw.people["Eli"].get(sw.sender).body, -1)
	if len(found) == 0 {
		sw.t.Fatal("a sender has no key")
	}
	return found[len(found)-1][1]
}

var aKey = regexp.MustCompile(`href="(/senders/snd_\d+/keys/key_\d+)/use"`)

// importedWithRefusals is a list of which a row was refused.
func (sw *sweep) importedWithRefusals() string {
	sw.t.Helper()
	page := sw.incident + "/lists"
	list := sw.people["Cem"].does(page, page, map[string]string{"file": fmt.Sprintf("refused.csv\nemail,plan\nann%d@example.org,pro\nno address,pro\n", sw.next())})
	sw.people["Cem"].does(list, list, nil)
	sw.people["Cem"].await(list, "/rejects")
	return list
}

// cohortOfItsOwn is one that can be frozen: nobody in it is told elsewhere.
func (sw *sweep) cohortOfItsOwn() string {
	sw.t.Helper()
	sw.importedList() // a draft begins with the newest
	return sw.draftCohort() + "/freeze"
}

func (sw *sweep) desk() string {
	sw.t.Helper()
	page := sw.incident + "/notices"
	return sw.people["Bo"].does(page, page, map[string]string{"name": fmt.Sprintf("Swept %d", sw.next())})
}

// keptDraft is a notice whose author typed something and saved nothing.
func (sw *sweep) keptDraft() string {
	sw.t.Helper()
	page := sw.desk()
	sw.people["Bo"].does(page, page, map[string]string{"do": "preview", "default_locale": "en", "variants[0].locale": "en", "variants[0].subject": "Typed", "variants[0].body": "Typed words."})
	return page
}

// steered has the campaign under way in the state in which a verb means
// something.
func (sw *sweep) steered(first, then string) string {
	sw.t.Helper()
	page := sw.running + "/" + first
	if _, offered := formTo(formsOf(sw.people["Cem"].get(page).body), page); offered {
		sw.people["Cem"].does(page, page, map[string]string{"reason": "because"})
	}
	return sw.running + "/" + then
}

func (sw *sweep) invited() string {
	sw.t.Helper()
	sw.invite("A guest", "support")
	return sw.newest("Eli", "/users", "usr")
}

// as gives who stands in for somebody of the sample.
func (sw *sweep) as(who string) *caller {
	if who == "" {
		return sw.visitor
	}
	return sw.people[who].caller
}

// standIn replaces what belongs to the sample in the address of a page, so that
// nothing of the sample is changed.
func (sw *sweep) standIn(path string) string {
	return strings.NewReplacer("inc_1", last(sw.incident), "lst_1", last(sw.imported), "coh_1", last(sw.cohort), "cmp_1", last(sw.running), "cmp_2", last(sw.running),
		"rel_1", last(sw.relay), "snd_1", last(sw.sender), "key_1", last(sw.key()), "ver_1", last(sw.version), "ver_2", last(sw.version), "usr_1", last(sw.running), "ntc_1", "ntc_99999").Replace(path)
}

// discover reads every page that people can be led to, and every page that is
// made for it, and keeps the forms that they offer.
func (sw *sweep) discover() {
	sw.t.Helper()
	for _, p := range pages {
		sw.collect(p.who, sw.standIn(p.path), func(route string) bool { return sw.remake[route] == nil })
	}
	for _, route := range slices.Sorted(maps.Keys(sw.remake)) {
		page := sw.remake[route]()
		for _, who := range append(slices.Sorted(maps.Keys(sw.people)), "") {
			sw.collect(who, page, func(r string) bool { return r == route })
		}
	}
}

func (sw *sweep) collect(who, page string, wanted func(route string) bool) {
	sw.t.Helper()
	got := sw.as(who).get(page)
	if got.status != http.StatusOK {
		return
	}
	for _, f := range formsOf(got.body) {
		route := routeOf(sw.routes, f.action)
		if route == "" {
			sw.t.Errorf("%s offers a form to %s, which nothing answers", page, f.action)
		}
		if len(f.buttons) == 0 {
			continue // shown to be read
		}
		if _, there := sw.found[route]; !there && wanted(route) && (who == "") == (strings.HasPrefix(route, "/signin") || strings.HasPrefix(route, "/invite")) {
			sw.found[route] = swept{route, page, who, f}
		}
	}
}

// TestEveryFormTakesBadInput sends every field of every form what it was not
// made for. It fails when there is a form that it does not reach.
func TestEveryFormTakesBadInput(t *testing.T) {
	sw := newSweep(t)
	sw.discover()
	for _, route := range sw.routes {
		_, found := sw.found[route]
		why := notSwept[route]
		switch {
		case !found && why == "":
			t.Errorf("no page offers the form %s: add one to the pages of the acceptance, or make it in the sweep", route)
		case found && why != "" && unpaged[route] != nil:
			t.Errorf("%s is swept, and still said not to be", route)
		}
	}
	for route := range notSwept {
		if !slices.Contains(sw.routes, route) {
			t.Errorf("%s is no route", route)
		}
	}
	table := []string{"form; fields; cases; answers"}
	for _, route := range sw.routes {
		if one, found := sw.found[route]; found && notSwept[route] == "" {
			table = append(table, sw.through(one))
		} else if fields, ok := unpaged[route]; ok {
			table = append(table, sw.withoutPage(route, fields))
		}
	}
	t.Log("\n" + strings.Join(table, "\n"))
}
