package web

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

// planned is a job on the pages, up to a plan that legal approved.
type planned struct {
	*rig
	ops, legal, admin *browser
	in, cohort        string
	list              string // a second one, that the cohort does not need
	version           string
	otherCohort       string // a draft, as is the other version
	otherVersion      string
	campaign          id.Campaign
	ended             string     // a campaign before this one
	typed             url.Values // the form of the campaign
	seen              url.Values // the launch form as ops saw it, filled in
}

// What the forms hold before anything is changed: a form sends all of it.
var (
	itsFacts = url.Values{"name": {"Breach"}, "language": {"en"}, "texts.incident.measures": {"We moved."}}
	itsOrg   = url.Values{"name": {"Larkfield"}, "contacts.email": {"help@example.com"}}
	itsMail  = url.Values{"name": {"Desk"}, "from": {"notice@example.com"}, "from_name": {"Larkfield"}, "reply_to": {"help@example.com"}, "bounce_domain": {"b.example.com"}, "link_hosts": {""}}
	itsRelay = url.Values{"name": {"R"}, "host": {"smtp.example.com"}, "port": {"587"}, "tls": {"starttls"}, "auth": {"none"}, "max_rate_per_second": {"50"}, "max_connections": {"4"}}
)

// with gives the values of a form with some of them changed.
func with(form url.Values, changed ...string) url.Values {
	out := url.Values{}
	for name, values := range form {
		out[name] = values
	}
	for i := 0; i < len(changed); i += 2 {
		out.Set(changed[i], changed[i+1])
	}
	return out
}

// planning carries a job to where a campaign can be planned.
func planning(t *testing.T) *planned {
	t.Helper()
	r := newRig(t)
	cem, bo, ada, eli := r.hire("cem", access.Ops), r.hire("bo", access.Legal), r.hire("ada", access.Legal), r.hire("eli", access.Admin)
	p := &planned{rig: r, ops: r.signedIn(cem), legal: r.signedIn(ada), admin: r.signedIn(eli)}
	builds := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, first := r.imported(builds, "email,name\nann@example.com,Ann\nben@example.com,Ben\n", map[string]string{"email": "email", "name": "name"})
	of := r.drafted(builds, in, first, "Everybody", 1)
	r.frozen(builds, of)
	p.in, p.cohort = incidentURL(in), of.String()
	p.second("email,name\nann@example.com,Ann\n")
	p.otherCohort = r.drafted(builds, in, first, "Others", 2).String()
	p.text(access.Actor{User: bo.User.ID, Role: access.Legal}, access.Actor{User: ada.User.ID, Role: access.Legal, SteppedUp: true}, in)
	p.does(p.ops, p.in+"/facts", itsFacts)
	p.does(p.admin, "/organisation", itsOrg)
	p.does(p.admin, "/senders/new", itsMail)
	p.does(p.admin, "/relays/new", itsRelay)
	p.key("first")
	p.does(p.admin, "/senders/snd_1/keys/key_1/use", nil)
	p.typed = url.Values{"name": {"Before"}, "cohort_id": {p.cohort}, "version_id": {p.version}, "sender_id": {"snd_1"}, "relays": {"rel_1"},
		"max_rate_per_second": {"10"}, "expire_hours": {"48"}, "on_indeterminate": {"hold"}}
	p.told()
	p.typed.Set("name", "Now")
	p.begun()
	return p
}

// text is an approved version in two languages, and a draft after it.
func (p *planned) text(writes, approves access.Actor, in id.Incident) {
	p.t.Helper()
	d := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{
		{Locale: "en", Jurisdictions: []string{}, Subject: "News", Body: "{{incident.measures}} Code {{notice.code}}."},
		{Locale: "de", Jurisdictions: []string{}, Subject: "Neues", Body: "{{incident.measures}} Kennung {{notice.code}}."}}}
	v := p.written(writes, in, d)
	_, err := p.notices().Submit(p.t.Context(), writes, v.ID, v.SHA256, "")
	if err == nil {
		_, err = p.notices().Approve(p.t.Context(), approves, v.ID, v.SHA256, "")
	}
	d.Variants[0].Subject = "Other news"
	var other notice.Version
	if err == nil {
		other, err = p.notices().Save(p.t.Context(), writes, v.Notice, v.ID, d)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.version, p.otherVersion = v.ID.String(), other.ID.String()
}

// told has a campaign launched and aborted.
func (p *planned) told() {
	p.t.Helper()
	p.begun()
	p.check()
	p.approve()
	if got := p.launch(); got.status != 303 {
		p.t.Fatalf("launched: %d %s", got.status, text(got.body))
	}
	p.does(p.ops, campaignURL(p.campaign)+"/abort", url.Values{"confirm_recipients": {"2"}, "reason": {"enough"}})
	p.ended = p.campaign.String()
}

// does fills a form in, which has to be taken.
func (p *planned) does(who *browser, page string, typed url.Values) answered {
	p.t.Helper()
	got := who.submit(page, page, typed)
	if got.status != 303 {
		p.t.Fatalf("%s was answered with %d: %s", page, got.status, text(got.body))
	}
	return got
}

func (p *planned) key(selector string) answered {
	p.t.Helper()
	return p.does(p.admin, "/senders/snd_1/keys/new", url.Values{"algorithm": {"ed25519"}, "selector": {selector}})
}

// begun makes the campaign, which begins its checks.
func (p *planned) begun() {
	p.t.Helper()
	got := p.does(p.ops, p.in+"/campaigns/new", p.typed)
	found := regexp.MustCompile(`cmp_\d+`).FindString(got.location)
	no, err := id.ParseCampaign(found)
	if err != nil {
		p.t.Fatal(err)
	}
	p.campaign = no
}

// check runs the checks that a form began, as a worker would.
func (p *planned) check() {
	p.t.Helper()
	store := postgres.CampaignStore{DB: p.db.DB}
	if err := (campaign.Checker{Store: store, Bench: store, Gates: cohort.Gates{Store: postgres.GateStore(store)}}).Run(p.t.Context(), p.campaign); err != nil {
		p.t.Fatal(err)
	}
}

// second imports another list, as a worker would.
func (p *planned) second(file string) {
	p.t.Helper()
	p.list = p.ops.sendList(p.in+"/lists", file).location
	p.does(p.ops, p.list, url.Values{"use.0": {"email"}, "use.1": {"name"}})
	p.onList(intake.Service.Import)
}

// withdrawn takes it back.
func (p *planned) withdrawn() {
	p.t.Helper()
	p.does(p.ops, p.list+"/withdraw", url.Values{"confirm_rows": {"1"}, "reason": {"the wrong export"}})
	p.onList(intake.Service.WithdrawNow)
}

func (p *planned) onList(do func(intake.Service, context.Context, id.List) error) {
	p.t.Helper()
	no, err := id.ParseList(strings.TrimPrefix(p.list, "/lists/"))
	files := postgres.ListStore{DB: p.db.DB}
	if err == nil {
		err = do(intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files}, p.t.Context(), no)
	}
	if err != nil {
		p.t.Fatalf("%s: %v", p.list, err)
	}
}

// approve has legal approve the plan, and ops see the form that launches it.
func (p *planned) approve() {
	p.t.Helper()
	page := campaignURL(p.campaign)
	p.does(p.legal, page+"/approve", nil)
	p.seen = with(fields(p.ops.get(page+"/launch").body), "confirm_recipients", "2")
}

// planAgain has the campaign checked with what the form held, and approved.
func (p *planned) planAgain() {
	p.t.Helper()
	p.does(p.ops, campaignURL(p.campaign)+"/edit", p.typed)
	p.check()
	p.approve()
}

// launch sends the form that was seen.
func (p *planned) launch() answered {
	p.t.Helper()
	return p.ops.post(campaignURL(p.campaign)+"/launch", p.seen)
}
