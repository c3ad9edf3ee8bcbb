package e2e

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// scene is an incident of a test's own with one of everything, made through the
// forms by a crew.
type scene struct {
	*ensemble
	people   map[string]hired // by whom of the sample they stand in for
	incident string
	cohort   string // frozen
	version  string // approved
	imported string
	sender   string
	relay    string
	spare    string // a relay that nobody changes

	bystander, bystanders int // the next person of a crowd, and how many are left
}

func newScene(t *testing.T) *scene {
	t.Helper()
	e := newEnsemble(t)
	return e.scene(e.lentCrew())
}

func (e *ensemble) scene(people map[string]hired) *scene {
	e.t.Helper()
	s := &scene{ensemble: e, people: people}
	s.incident = s.people["Bo"].does("/incidents/new", "/incidents/new", map[string]string{"name": "A breach to be swept"})
	s.sender = s.people["Eli"].does("/senders/new", "/senders/new", map[string]string{"name": fmt.Sprintf("Swept %d", s.next()), "from": "swept@larkfield.test", "from_name": "Swept", "reply_to": "help@larkfield.test",
		"bounce_domain": "bounce.larkfield.test"})
	s.spare = s.relayOfItsOwn()
	s.relay = s.people["Eli"].does("/relays/new", "/relays/new", s.inboxRelay())
	s.sender, s.relay = s.newest("Eli", s.sender, "snd"), s.newest("Eli", s.relay, "rel")
	s.imported = s.importedList()
	s.cohort = s.frozenCohort()
	s.version = s.approvedVersion()
	return s
}

// next numbers what is made, so that nothing has the name of another, of this
// scene or of one before.
func (s *scene) next() int { return int(made.Add(1)) }

var made atomic.Int64

// newest finds the last thing of a kind that a list leads to, on its last page.
func (s *scene) newest(who, list, kind string) string {
	s.t.Helper()
	newest := ""
	for page := list; page != ""; {
		body := s.people[who].get(page).body
		if all := regexp.MustCompile(list+`/`+kind+`_\d+`).FindAllString(body, -1); len(all) > 0 {
			newest = all[len(all)-1]
		}
		page = ""
		if next := regexp.MustCompile(`<a href="([^"]+)" rel="next">`).FindStringSubmatch(body); next != nil {
			page = html.UnescapeString(next[1])
		}
	}
	if newest == "" {
		s.t.Fatalf("%s leads to no %s", list, kind)
	}
	return newest
}

// inboxRelay fills the form of a relay with the only one that a stack with the
// sample takes: its capture inbox.
func (s *scene) inboxRelay() map[string]string {
	s.t.Helper()
	known, ok := formTo(formsOf(s.people["Eli"].get("/relays/rel_1").body), "/relays/rel_1")
	if !ok {
		s.t.Fatal("the sample's relay has no form")
	}
	typed := map[string]string{"name": fmt.Sprintf("Swept %d", s.next())}
	for _, name := range []string{"host", "port", "tls", "auth"} {
		typed[name] = known.values().Get(name)
	}
	return typed
}

// relayOfItsOwn is one that nobody else sends through.
func (s *scene) relayOfItsOwn() string {
	s.t.Helper()
	s.people["Eli"].does("/relays/new", "/relays/new", s.inboxRelay())
	return s.newest("Eli", "/relays", "rel")
}

// waitingList uploads a file that nobody had before.
func (s *scene) waitingList() string {
	s.t.Helper()
	n := s.next()
	file := fmt.Sprintf("swept-%d.csv\nemail,name,plan\nann%d@example.com,Ann,pro\nben%d@example.com,Ben,free\nof.all%d@example.com,Of all,free\n", n, n, n, n)
	return s.people["Cem"].does(s.incident+"/lists", s.incident+"/lists", map[string]string{"file": file})
}

func (s *scene) importedList() string {
	s.t.Helper()
	list := s.waitingList()
	s.people["Cem"].does(list, list, nil)
	s.people["Cem"].await(list, "new people")
	return list
}

func (s *scene) draftCohort() string {
	s.t.Helper()
	page := s.incident + "/cohorts/new"
	return s.people["Cem"].does(page, page, map[string]string{"name": fmt.Sprintf("Swept %d", s.next())})
}

func (s *scene) frozenCohort() string {
	s.t.Helper()
	cohort := s.draftCohort()
	s.people["Cem"].does(cohort+"/freeze", cohort+"/freeze", nil)
	s.people["Cem"].await(cohort, "Frozen by")
	return cohort
}

// frozenOf is a frozen cohort of everybody in a file, by its name.
func (s *scene) frozenOf(name, file string) string {
	s.t.Helper()
	cem, page := s.people["Cem"], s.incident+"/lists"
	list := cem.does(page, page, map[string]string{"file": file})
	cem.does(list, list, nil)
	cem.await(list, "new people")
	page = s.incident + "/cohorts/new"
	cohort := cem.does(page, page, map[string]string{"name": name})
	cem.does(cohort+"/freeze", cohort+"/freeze", nil)
	cem.await(cohort, "Frozen by")
	return cohort
}

// placedBefore is a draft whose people were placed in a broader cohort.
func (s *scene) placedBefore() string {
	s.t.Helper()
	s.importedList() // a draft begins with the newest
	cem, page, n := s.people["Cem"], s.incident+"/cohorts/new", 100_000+10*s.next()
	broad := cem.does(page, page, map[string]string{"name": fmt.Sprintf("Broad %d", n), "precedence": fmt.Sprint(n)})
	cem.does(broad+"/freeze", broad+"/freeze", nil)
	cem.await(broad, "Frozen by")
	return cem.does(page, page, map[string]string{"name": fmt.Sprintf("Narrow %d", n), "precedence": fmt.Sprint(n - 5)})
}

// crowd imports a list of so many people, and gives what their addresses begin
// with.
func (s *scene) crowd(people int) string {
	s.t.Helper()
	name := fmt.Sprintf("crowd%d-", s.next())
	file := "crowd.csv\nemail,name\n"
	for i := range people {
		file += fmt.Sprintf("%s%d@example.com,Ann\n", name, i)
	}
	page := s.incident + "/lists"
	list := s.people["Cem"].does(page, page, map[string]string{"file": file})
	s.people["Cem"].does(list, list, nil)
	s.people["Cem"].await(list, "new people")
	return name
}

// person is somebody whom no frozen cohort has, each time another.
func (s *scene) person() string {
	s.t.Helper()
	if s.bystanders == 0 {
		s.crowd(crowded)
		found := regexp.MustCompile(`/recipients/rcp_\d+-(\d+)`).FindStringSubmatch(s.people["Cem"].get(s.draftCohort()).body) // a draft begins with the newest list
		if found == nil {
			s.t.Fatal("a draft shows nobody")
		}
		if _, err := fmt.Sscan(found[1], &s.bystander); err != nil {
			s.t.Fatal(err)
		}
		s.bystanders = crowded
	}
	s.bystanders--
	s.bystander++
	return fmt.Sprintf("/recipients/rcp_%s-%d", last(s.incident)[len("inc_"):], s.bystander-1)
}

// crowded is how many people a crowd has, of whom each is used once.
const crowded = 60

// exclusion has Ada exclude somebody.
func (s *scene) exclusion() string {
	s.t.Helper()
	person := s.person()
	s.people["Ada"].does(person, person, map[string]string{"kind": "deceased", "reason": "the family wrote"})
	return regexp.MustCompile(`/exclusions/exc_\d+`).FindString(s.people["Ada"].get(person).body)
}

// grownCohort is a frozen cohort that two more people match by now.
func (s *scene) grownCohort() string {
	s.t.Helper()
	n, page := s.next(), s.incident+"/cohorts/new"
	upload := func(people ...string) {
		file := "grown.csv\nemail,name,grown\n"
		for _, p := range people {
			file += fmt.Sprintf("%s%d@example.com,Ann,g%d\n", p, n, n)
		}
		list := s.people["Cem"].does(s.incident+"/lists", s.incident+"/lists", map[string]string{"file": file})
		s.people["Cem"].does(list, list, nil)
		s.people["Cem"].await(list, "new people")
	}
	upload("early")
	cohort := s.people["Cem"].does(page, page, map[string]string{"name": fmt.Sprintf("Grown %d", n), "precedence": fmt.Sprint(200_000 + 10*n), "r.0.what": "attribute:grown", "r.0.was": "attribute", "r.0.list": "", "r.0.op": "eq", "r.0.value": fmt.Sprintf("g%d", n)})
	s.people["Cem"].does(cohort+"/freeze", cohort+"/freeze", nil)
	s.people["Cem"].await(cohort, "Frozen by")
	upload("late", "later")
	return cohort
}

// gate has Cem hold people of a draft.
func (s *scene) gate() string {
	s.t.Helper()
	s.importedList()
	cohort := s.draftCohort()
	return s.people["Cem"].does(s.incident+"/gates/new?cohort="+last(cohort), s.incident+"/gates/new", map[string]string{"name": "Account secured", "r.0.what": "attribute:secured", "r.0.op": "exists"})
}

// pool has Cem make a pool of three codes.
func (s *scene) pool() string {
	s.t.Helper()
	n, page := s.next(), s.incident+"/codes"
	return s.people["Cem"].does(page, page, map[string]string{"name": fmt.Sprintf("swept%d", n), "file": fmt.Sprintf("codes.txt\nS%d-1\nS%d-2\nS%d-3\n", n, n, n)})
}

// suppression has Cem keep a reason not to mail an address that nobody has yet.
func (s *scene) suppression(email string) string {
	s.t.Helper()
	at := strings.IndexByte(email, '@')
	return s.people["Cem"].does("/suppressions", "/suppressions", map[string]string{"email": fmt.Sprintf("%s%d%s", email[:at], s.next(), email[at:]), "source": "opt_out", "reason": "they asked by telephone"})
}

// suppressionFile has Cem upload a file of three lines, of which one is refused
// and none was there before.
func (s *scene) suppressionFile() string {
	s.t.Helper()
	const page = "/suppressions/files"
	n := s.next()
	return s.people["Cem"].does(page, page, map[string]string{"source": "bounce", "reason": "bounces of the older system", "file": fmt.Sprintf("b.csv\nemail\nfiled%d@example.net\nfiled.too%d@example.net\nnobody\n", n, n)})
}

// ruleSet is a rule file that says what the one built in says, under a version of
// its own.
func (s *scene) ruleSet() string {
	s.t.Helper()
	return s.people["Eli"].does("/rules", "/rules", map[string]string{"file": "rules.yaml\n" + rulesFile(s.t, builtVersion, fmt.Sprintf("version: '9000.%d'", s.next()))})
}

// undecidedPlan is a checked plan for so many people, and what suppresses the
// next of them.
func (s *scene) undecidedPlan(people int) (page string, suppress func()) {
	s.t.Helper()
	name, usual := s.crowd(people), s.cohort
	s.cohort = s.frozenCohort()
	plan := s.checkedPlan()
	s.cohort = usual
	next := 0
	return plan + "/undecided", func() {
		s.t.Helper()
		s.people["Cem"].does("/suppressions", "/suppressions", map[string]string{"email": fmt.Sprintf("%s%d@example.com", name, next), "source": "opt_out", "reason": "they asked by telephone"})
		next++
	}
}

// submittedVersion has Bo write a text that waits for Ada.
func (s *scene) submittedVersion() string {
	s.t.Helper()
	page := s.incident + "/notices"
	desk := s.people["Bo"].does(page, page, map[string]string{"name": fmt.Sprintf("Swept %d", s.next())})
	return s.people["Bo"].does(desk, desk, map[string]string{"variants[0].subject": "About your account", "variants[0].body": "Words.", "do": "submit"})
}

// questionedVersion has Bo submit a text that lacks what a law asks for where
// somebody of no cohort lives.
func (s *scene) questionedVersion() string {
	s.t.Helper()
	cem, page := s.people["Cem"], s.incident+"/lists"
	list := cem.does(page, page, map[string]string{"file": fmt.Sprintf("place.csv\nemail,jurisdiction\nfay%d@example.com,US-CA\n", s.next())})
	cem.does(list, list, nil)
	cem.await(list, "new people")
	return s.submittedVersion()
}

// commentedVersion is a submitted one whose only paragraph Bo commented on.
func (s *scene) commentedVersion() string {
	s.t.Helper()
	version := s.submittedVersion()
	s.people["Bo"].does(version+"/comment?variant=0&line=1", version+"/comment", map[string]string{"body": "Say by whom."})
	return version
}

func (s *scene) approvedVersion() string {
	s.t.Helper()
	version := s.submittedVersion()
	return s.people["Ada"].does(version+"/approve", version+"/approve", nil)
}

// checkedPlan has Cem plan a campaign that waits for Ada, and that would take
// hours to send.
func (s *scene) checkedPlan() string {
	s.t.Helper()
	return s.planned(map[string]string{"name": fmt.Sprintf("Swept %d", s.next()), "cohort_id": last(s.cohort), "version_id": last(s.version), "sender_id": "snd_1", "relays": "rel_1", "relays.2": last(s.spare),
		"max_rate_per_second": "0.01", "ramp": "1, 50 %, rest", "ramp_hold": "5", "window_from": "00:00", "window_to": "23:59", "window_zone": "Europe/Berlin",
		"max_per_domain": "example.com 5\ndefault 20"})
}

func (s *scene) planned(typed map[string]string) string {
	s.t.Helper()
	page := s.incident + "/campaigns/new"
	s.people["Cem"].does(page, page, typed)
	campaign := s.incident + "/campaigns"
	campaign = "/campaigns/" + last(s.newestCampaign(campaign))
	s.people["Cem"].await(campaign, "Waits for legal")
	return campaign
}

func (s *scene) newestCampaign(page string) string {
	s.t.Helper()
	best, at := 0, ""
	for _, m := range regexp.MustCompile(`/campaigns/cmp_(\d+)`).FindAllStringSubmatch(s.people["Cem"].get(page).body, -1) {
		n := 0
		if _, err := fmt.Sscan(m[1], &n); err != nil {
			s.t.Fatal(err)
		}
		if n > best {
			best, at = n, m[0]
		}
	}
	return at
}

func (s *scene) approvedPlan() string {
	s.t.Helper()
	plan := s.checkedPlan()
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	return plan
}

func (s *scene) runningCampaign() string {
	s.t.Helper()
	plan := s.approvedPlan()
	s.t.Cleanup(func() { s.end(plan) })
	return s.people["Cem"].does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "3"})
}

// alerted has people told of something: a campaign is sent through a relay that
// should offer STARTTLS, which the capture inbox does not. It gives the page
// where that can be acknowledged, which somebody does at the end.
func (s *scene) alerted() string {
	s.t.Helper()
	const page = "/alerts"
	if strings.Contains(s.people["Cem"].get(page).body, "/acknowledge") {
		return page
	}
	s.importedList() // people whom no other campaign tells
	cohort := s.frozenCohort()
	strict := s.inboxRelay()
	strict["tls"] = "starttls"
	s.people["Eli"].does("/relays/new", "/relays/new", strict)
	plan := s.planned(map[string]string{"name": fmt.Sprintf("Swept %d", s.next()), "cohort_id": last(cohort), "version_id": last(s.version), "sender_id": "snd_1",
		"relays": last(s.newest("Eli", "/relays", "rel")), "max_rate_per_second": "5"})
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	s.people["Cem"].does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "3"})
	s.people["Cem"].await(page, "did not prove who it is")
	s.people["Cem"].await(page, "No relay carries")
	s.t.Cleanup(s.calm)
	s.t.Cleanup(func() { s.end(plan) })
	return page
}

// calm acknowledges every alert.
func (s *scene) calm() {
	s.t.Helper()
	for {
		action := regexp.MustCompile(`/alerts/alr_\d+/acknowledge`).FindString(s.people["Eli"].get("/alerts").body)
		if action == "" {
			return
		}
		s.people["Eli"].does("/alerts", action, nil)
	}
}

// amendmentOf has Cem ask for another relay of a paused campaign, and gives the
// page where legal decides.
func (s *scene) amendmentOf(campaign string) string {
	s.t.Helper()
	page := campaign + "/amend"
	s.people["Cem"].does(page, page, map[string]string{"relays": last(s.relayOfItsOwn()), "reason": "because"})
	found := regexp.MustCompile(`/amendments/amd_\d+/approve`).FindString(s.people["Ada"].get(campaign).body)
	if found == "" {
		s.t.Fatal("the campaign's page does not tell legal of the amendment")
	}
	return found
}

// end aborts a campaign that is still under way: it would keep its relay slow.
func (s *scene) end(campaign string) {
	s.t.Helper()
	page := campaign + "/abort"
	f, offered := formTo(formsOf(s.people["Cem"].get(page).body), page)
	if !offered {
		return
	}
	for waiting := range 4 {
		values := f.values()
		values.Set("confirm_recipients", fmt.Sprint(waiting))
		values.Set("reason", "the sweep is over")
		if s.people["Cem"].post(f, values).status == http.StatusSeeOther {
			return
		}
		f, _ = formTo(formsOf(s.people["Cem"].get(page).body), page)
	}
	s.t.Errorf("%s goes on", campaign)
}

// last is the id at the end of a path.
func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
