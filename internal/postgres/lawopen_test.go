package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

const titled = "# Notice of Data Breach\n\n## What Happened\n\n{{incident.measures}} Write to {{contact.email}}. Code {{notice.code}}."

// another adds somebody with the address of the first person.
func (r *planRig) another(no int, places string) {
	r.t.Helper()
	r.exec(`INSERT INTO recipient (incident_no, recipient_no, address, address_index, domain_key, jurisdictions, locale, proof_digest)
		SELECT incident_no, $1::bigint, address, gen_random_uuid(), domain_key, $2::text[], 'en', sha256($1::text::bytea) FROM recipient WHERE recipient_no = 1`, no, places)
}

// The checks of a plan refuse what the law asks of its text and nobody answered,
// for exactly those who get it.
func TestThePlanWaitsForWhatTheLawAsksOfItsText(t *testing.T) {
	r := newPlanRig(t, 6) // five Californians, and one without an address
	r.unanswered = true
	named := 0
	checked := func() campaign.Preflight {
		t.Helper()
		named++
		settings := r.settings()
		settings.Name = fmt.Sprintf("Campaign %d", named)
		c, err := r.service.Create(context.Background(), r.cem, r.incident, settings)
		if err != nil {
			t.Fatal(err)
		}
		return r.check(c.ID).Preflight
	}
	open := func() (int64, string) {
		t.Helper()
		for _, f := range checked().Blocking {
			if f.Code == "law_open" {
				n, _ := f.Values["open"].(float64)
				return int64(n), f.Values["places"].(string)
			}
		}
		return 0, ""
	}
	r.another(7, "{US-MA}")                                                                                                      // of no cohort
	r.listed(2, 0)                                                                                                               // so that people are read anew
	r.exec("INSERT INTO notice (incident_no, name, created_by) VALUES ($1, 'Another', $2)", int64(r.incident), int64(r.bo.User)) // versions have other numbers
	text := notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "{{org.name}}: a notice"}
	text.Body = "{{incident.measures}} Write to {{contact.email}}. Code {{notice.code}}."
	r.variants(text)
	all, places := open()
	if all == 0 || places != "US-CA" {
		t.Fatalf("%d open in %q", all, places)
	}
	text.Body = titled
	r.variants(text)
	if fewer, _ := open(); fewer >= all || fewer == 0 {
		t.Errorf("with title and a heading %d are open, %d without", fewer, all)
	}
	r.answerAll()
	if n, places := open(); n != 0 {
		t.Errorf("%d open in %s, though each is answered", n, places)
	}
	if p := checked(); !p.OK {
		t.Errorf("%+v", p.Blocking)
	}
}

// A version is for whom it may be sent to: what the law of others asks does not
// keep it from its review.
func TestATextIsSubmittedIfOneCohortMayGetIt(t *testing.T) {
	r := newPlanRig(t, 6)
	r.unanswered = true
	ctx, store := context.Background(), postgres.NoticeStore{DB: r.db.DB}
	notices := notice.Service{Store: store, Scene: store}
	draft := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "{{org.name}}: a notice", Body: titled}}}
	made := func(of id.Notice, from id.Version) notice.Version {
		t.Helper()
		v, err := notices.Save(ctx, r.bo, of, from, draft)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	n, err := notices.Create(ctx, r.bo, r.incident, "Californians")
	if err != nil {
		t.Fatal(err)
	}
	first := made(n.ID, 0)
	if _, err := notices.Submit(ctx, r.bo, first.ID, first.SHA256, ""); !fault.Is(err, "law_open_everywhere") {
		t.Errorf("what the law asks of everybody is open: %v", err)
	}
	for _, by := range []access.Actor{r.cem, r.eli} {
		if _, err := notices.Answer(ctx, by, first.ID, []string{"a"}, "because"); !fault.Is(err, "role_may_not") {
			t.Errorf("answered by %s: %v", by.Role, err)
		}
	}
	var open []string
	for _, f := range first.Lint {
		if f.Key != "" && f.Law != "" {
			open = append(open, f.Key)
		}
	}
	before := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'findings_answered'")
	if _, err := notices.Answer(ctx, r.bo, first.ID, open, "They were told on paper."); err != nil {
		t.Fatal(err)
	}
	second := made(n.ID, first.ID) // what was answered is answered in the next version too
	if _, err := notices.Submit(ctx, r.bo, second.ID, second.SHA256, ""); err != nil {
		t.Errorf("answered: %v", err)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'findings_answered'") - before; n != 1 {
		t.Errorf("%d entries of the ledger", n)
	}
	r.another(7, "{}")
	r.some(7, 7)
	other, err := notices.Create(ctx, r.bo, r.incident, "Somewhere")
	if err != nil {
		t.Fatal(err)
	}
	v := made(other.ID, 0)
	if _, err := notices.Submit(ctx, r.bo, v.ID, v.SHA256, ""); err != nil {
		t.Errorf("one cohort has nobody whose law asks for more: %v", err)
	}
}

// People at mailboxes that the breach reached are counted for the lint, and can be
// excluded together; whoever comes later is found again.
func TestPeopleAtMailboxesThatTheBreachReachedAreFound(t *testing.T) {
	r := newPlanRig(t, 6) // five at example.com, and one without an address
	ctx := context.Background()
	r.exec("UPDATE recipient SET domain_key = $1 WHERE recipient_no IN (2, 3)", r.db.Installation().DomainKey("xn--bcher-kva.example"))
	at := func(domains ...string) int64 {
		t.Helper()
		if err := r.changeFacts(func(f incident.Facts) incident.Facts { f.Mailboxes = domains; return f }); err != nil {
			t.Fatal(err)
		}
		a, err := postgres.NoticeStore{DB: r.db.DB}.Audience(ctx, r.incident, 0)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, g := range a.Groups {
			n += g.AtMailboxes
		}
		return n
	}
	exclude := func() (cohort.Exclusion, error) {
		return r.exclusions().Exclude(ctx, r.ada, r.incident, cohort.Exclude{AtMailboxes: true, Kind: cohort.CounselDecision, Reason: "told by post"})
	}
	if n := at(); n != 0 {
		t.Errorf("%d people at no mailbox", n)
	}
	if _, err := exclude(); !fault.Is(err, "exclusion_nobody_there") {
		t.Errorf("of no domain: %v", err)
	}
	if n := at("example.com"); n != 3 {
		t.Errorf("%d people at example.com", n)
	}
	if n := at(" Bücher.example "); n != 2 {
		t.Errorf("%d people at the other", n)
	}
	if e, err := exclude(); err != nil || e.People != 2 {
		t.Errorf("%+v, %v", e, err)
	}
	if n := r.number("SELECT count(*) FROM exclusion_person WHERE recipient_no IN (2, 3)"); n != 2 {
		t.Errorf("%d of them are excluded", n)
	}
	if err := r.changeFacts(func(f incident.Facts) incident.Facts { f.Mailboxes = []string{"no domain"}; return f }); !fault.Is(err, "mailbox_domain_wrong") {
		t.Errorf("no domain: %v", err)
	}
}
