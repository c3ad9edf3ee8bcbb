package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

func (d *desk) exclusions() cohort.Exclusions {
	return cohort.Exclusions{Store: postgres.ExclusionStore{DB: d.DB}}
}

// exclude keeps people of the desk's incident from being told.
func (d *desk) exclude(t testing.TB, e cohort.Exclude, people ...int64) cohort.Exclusion {
	t.Helper()
	for _, no := range people {
		e.People = append(e.People, id.Recipient{Parent: int64(d.incident), No: no})
	}
	if e.Kind == "" {
		e.Kind = cohort.CounselDecision
	}
	e.Reason = "because of Ana's letter"
	made, err := d.exclusions().Exclude(context.Background(), d.legal, d.incident, e)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (d *desk) figures(t testing.TB, no id.Cohort) cohort.Figures {
	t.Helper()
	c, err := d.cohorts().Get(context.Background(), d.ops, no)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, l := range c.Figures.LostTo {
		lost += l.Size
	}
	if f := c.Figures; f.Size != f.Resolved+lost+f.Excluded {
		t.Errorf("%d is not %d + %d + %d", f.Size, f.Resolved, lost, f.Excluded)
	}
	why := 0
	for _, n := range c.Figures.ExcludedBy {
		why += n
	}
	if f := c.Figures; f.Excluded != why || f.Considered < f.Size {
		t.Errorf("%d excluded for %v; %d of %d", f.Excluded, f.ExcludedBy, f.Size, f.Considered)
	}
	return c.Figures
}

func TestWhoIsExcludedBeforeTheFreezeIsNoMember(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	all := d.cohort(t, "All", 20, fmt.Sprintf(`{"list":%q}`, a.ID))
	d.cohort(t, "Californians", 10, `{"attribute":"jurisdiction","op":"eq","value":"US-CA"}`)
	before := d.figures(t, all.ID)
	e := d.exclude(t, cohort.Exclude{Kind: cohort.LawEnforcementHold}, 2)
	d.exclude(t, cohort.Exclude{Kind: cohort.Deceased}, 2, 1) // 2 is excluded twice and counts once, 1 is another cohort's
	d.imported(t, d.incident, header+"zoe@example.com,Zoe,,,,,,,,\n", fullMapping)
	d.exclude(t, cohort.Exclude{Kind: cohort.CounselDecision}, 5) // does not match, and is on no list of theirs
	f := d.figures(t, all.ID)
	if before.Excluded != 0 || f.Excluded != 2 || f.Size != before.Size || f.Resolved != before.Resolved-1 {
		t.Errorf("before %+v, after %+v", before, f)
	}
	tally, err := d.exclusions().Tally(ctx, d.legal, d.incident)
	if err != nil || !cmp.Equal(tally, map[cohort.ExclusionKind]int{cohort.LawEnforcementHold: 1, cohort.Deceased: 1, cohort.CounselDecision: 1}) {
		t.Errorf("a tally of %v: %v", tally, err)
	}
	d.frozen(t, all.ID)
	d.imported(t, d.incident, header+"late@example.com,Late,,,,,,,,\n", fullMapping) // who comes later was not asked about
	f = d.figures(t, all.ID)
	for kind, n := range f.ExcludedBy {
		if rows := d.count(t, "SELECT count(*) FROM cohort_exclusion x JOIN exclusion e USING (exclusion_no) WHERE e.kind = '"+string(kind)+"'"); rows != int64(n) {
			t.Errorf("%d are left out for %s, the figures say %d", rows, kind, n)
		}
	}
	if want := (cohort.ByKind{cohort.LawEnforcementHold: 1, cohort.Deceased: 1}); !cmp.Equal(f.ExcludedBy, want) || f.Considered != 5 {
		t.Errorf("of %d people %v are left out, want 5 and %v", f.Considered, f.ExcludedBy, want)
	}
	for sql, want := range map[string]int64{
		"SELECT count(*) FROM cohort_member WHERE recipient_no IN (1, 2)":              0,
		"SELECT count(*) FROM placement WHERE recipient_no IN (1, 2)":                  0,
		"SELECT count(*) FROM cohort_exclusion":                                        2,
		"SELECT exclusion_no FROM cohort_exclusion WHERE recipient_no = 2":             int64(e.ID),
		"SELECT size - resolved_size - excluded FROM cohort WHERE state = 'frozen'":    1,
		"SELECT excluded FROM cohort WHERE state = 'frozen'":                           2,
		"SELECT count(*) FROM ledger_entry WHERE verb = 'people_excluded'":             3,
		"SELECT count(*) FROM ledger_entry WHERE object = 'exc_1' AND actor = 'usr_2'": 1,
	} {
		if n := d.count(t, sql); n != want {
			t.Errorf("%d by %s, want %d", n, sql, want)
		}
	}
}

func TestAWholeListIsExcludedAndLifted(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	hold := d.imported(t, d.incident, header+"ben@example.com,Ben,,,,,,,,\nzoe@example.com,Zoe,,,,,,,,\n", fullMapping)
	all := d.cohort(t, "All", 20, fmt.Sprintf(`{"list":%q}`, a.ID))
	e := d.exclude(t, cohort.Exclude{List: hold.ID, Kind: cohort.LawEnforcementHold})
	if e.People != 2 || e.ListName == "" || e.State() != cohort.Holds || e.Reason != "because of Ana's letter" {
		t.Errorf("excluded %+v", e)
	}
	people, err := d.exclusions().People(ctx, d.ops, e, 0, 1)
	if err != nil || len(people) != 1 || !strings.Contains(people[0].Masked, "•") {
		t.Errorf("its people are %+v: %v", people, err)
	}
	if more, err := d.exclusions().People(ctx, d.ops, e, people[0].ID.No, 50); err != nil || len(more) != 1 || more[0].ID == people[0].ID {
		t.Errorf("the next page is %+v: %v", more, err)
	}
	if f := d.figures(t, all.ID); f.Excluded != 1 || f.Resolved != 3 {
		t.Errorf("excluded: %+v", f)
	}
	if _, err := d.exclusions().Lift(ctx, d.ops, e.ID, "a mistake"); !fault.Is(err, "role_may_not") {
		t.Errorf("ops lifts what legal decided: %v", err)
	}
	if _, err := d.exclusions().Lift(ctx, d.legal, e.ID, " "); !fault.Is(err, "reason_missing") {
		t.Errorf("lifted without a reason: %v", err)
	}
	lifted, err := d.exclusions().Lift(ctx, d.legal, e.ID, "the hold is over")
	if err != nil || lifted.State() != cohort.Lifted || lifted.Lifting.Reason != "the hold is over" || lifted.Lifting.By != d.legal.User {
		t.Errorf("lifted %+v: %v", lifted, err)
	}
	if f := d.figures(t, all.ID); f.Excluded != 0 || f.Resolved != 4 {
		t.Errorf("lifted: %+v", f)
	}
	if _, err := d.exclusions().Lift(ctx, d.legal, e.ID, "again"); !fault.Is(err, "exclusion_lifted") {
		t.Errorf("lifted twice: %v", err)
	}
	for state, want := range map[cohort.LiftState]int{cohort.Holds: 0, cohort.Lifted: 1} {
		if got, err := d.exclusions().List(ctx, d.ops, d.incident, 0, 50, filter.Equal{Column: "state", Value: []string{string(state)}}); err != nil || len(got) != want {
			t.Errorf("%d are %s: %v", len(got), state, err)
		}
	}
}

func TestWhoMayExcludeWhom(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	other := d.open(t)
	one := []id.Recipient{{Parent: int64(d.incident), No: 1}}
	auditor := d.person(t, access.Auditor, "Dee")
	for name, c := range map[string]struct {
		by   access.Actor
		e    cohort.Exclude
		code string
	}{
		"ops for a suppression":       {d.ops, cohort.Exclude{People: one, Kind: cohort.ForSuppression, Reason: "bounced"}, ""},
		"ops for anything else":       {d.ops, cohort.Exclude{People: one, Kind: cohort.Deceased, Reason: "x"}, "role_may_not"},
		"an auditor":                  {auditor, cohort.Exclude{People: one, Kind: cohort.Deceased, Reason: "x"}, "role_may_not"},
		"nobody":                      {d.legal, cohort.Exclude{Kind: cohort.Deceased, Reason: "x"}, "exclusion_whom"},
		"people and a list":           {d.legal, cohort.Exclude{People: one, List: a.ID, Kind: cohort.Deceased, Reason: "x"}, "exclusion_whom"},
		"no reason":                   {d.legal, cohort.Exclude{People: one, Kind: cohort.Deceased, Reason: "\n "}, "reason_missing"},
		"a long reason":               {d.legal, cohort.Exclude{People: one, Kind: cohort.Deceased, Reason: strings.Repeat("x", 4001)}, "field_too_long"},
		"another kind":                {d.legal, cohort.Exclude{People: one, Kind: "whim", Reason: "x"}, "field_not_one_of"},
		"somebody who is not there":   {d.legal, cohort.Exclude{People: []id.Recipient{{Parent: int64(d.incident), No: 99}}, Kind: cohort.Deceased, Reason: "x"}, "no_such_recipient"},
		"somebody of another":         {d.legal, cohort.Exclude{People: []id.Recipient{{Parent: int64(other), No: 1}}, Kind: cohort.Deceased, Reason: "x"}, "no_such_recipient"},
		"a list that is not there":    {d.legal, cohort.Exclude{List: 99, Kind: cohort.Deceased, Reason: "x"}, "exclusion_list"},
		"the same person named twice": {d.legal, cohort.Exclude{People: append(one, one...), Kind: cohort.Deceased, Reason: "x"}, ""},
	} {
		_, err := d.exclusions().Exclude(ctx, c.by, d.incident, c.e)
		if (c.code == "") != (err == nil) || err != nil && !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
	if n := d.count(t, "SELECT count(*) FROM exclusion"); n != 2 {
		t.Errorf("%d exclusions", n)
	}
	if _, err := d.exclusions().Exclude(ctx, d.legal, other, cohort.Exclude{List: a.ID, Kind: cohort.Deceased, Reason: "x"}); !fault.Is(err, "exclusion_list") {
		t.Errorf("another incident's list: %v", err)
	}
}

// What somebody wrote stands in no table in the clear, and in no leaf.
func TestAReasonIsSealed(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, fourPeople, fullMapping)
	e := d.exclude(t, cohort.Exclude{}, 1)
	if _, err := d.exclusions().Lift(context.Background(), d.legal, e.ID, "Ana wrote again"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT count(*) FROM exclusion x WHERE position('Ana'::bytea IN x.reason) > 0 OR x::text ILIKE '%ana''s%'",
		"SELECT count(*) FROM exclusion_lift x WHERE position('Ana'::bytea IN x.reason) > 0",
		"SELECT count(*) FROM ledger_entry x WHERE position('Ana'::bytea IN x.details) > 0 OR x::text LIKE '%Ana%'",
		"SELECT count(*) FROM outbox x WHERE x::text LIKE '%Ana%'",
	} {
		if n := d.count(t, sql); n != 0 {
			t.Errorf("%d by %s", n, sql)
		}
	}
}

// excluded excludes people of the campaign's incident.
func (r *planRig) excluded(by access.Actor, kind cohort.ExclusionKind, people ...int64) cohort.Exclusion {
	r.t.Helper()
	e, err := r.tryExclude(by, kind, people...)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

func (r *planRig) tryExclude(by access.Actor, kind cohort.ExclusionKind, people ...int64) (cohort.Exclusion, error) {
	e := cohort.Exclude{Kind: kind, Reason: "as asked"}
	for _, no := range people {
		e.People = append(e.People, id.Recipient{Parent: int64(r.incident), No: no})
	}
	return r.exclusions().Exclude(context.Background(), by, r.incident, e)
}

func (r *planRig) exclusions() cohort.Exclusions {
	return cohort.Exclusions{Store: postgres.ExclusionStore{DB: r.db.DB}}
}

// counted demands the counts of a preflight, and that they are the deliveries'.
func (r *planRig) counted(no id.Campaign, send, excluded int64) campaign.Campaign {
	r.t.Helper()
	c := r.get(no)
	n := c.Preflight.Counts
	variants := int64(0)
	for _, people := range n.ByVariant {
		variants += people
	}
	pending, out := r.number("SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'pending'", int64(no)), r.number("SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'excluded'", int64(no))
	if n.ToSend != send || n.Excluded != excluded || variants != send || pending != send || out != excluded {
		r.t.Errorf("%+v, %d wait and %d are excluded, want %d and %d", n, pending, out, send, excluded)
	}
	figures, err := r.store.Figures(context.Background(), no)
	if err != nil || figures.Counts[outcome.Pending] != send || figures.Counts[outcome.Excluded] != excluded {
		r.t.Errorf("the figures are %v: %v", figures.Counts, err)
	}
	return c
}

func TestWhoIsExcludedAfterTheFreezeStaysAMemberAndIsNotMailed(t *testing.T) {
	r := newPlanRig(t, 10)
	r.excluded(r.ada, cohort.Deceased, 3, 10) // 10 has no address
	c := r.checked()
	r.counted(c.ID, 8, 1)
	if c.Preflight.Counts.Unaddressed != 1 {
		t.Errorf("who has no address is %+v", c.Preflight.Counts)
	}
	d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(context.Background(), id.Delivery{Parent: int64(c.ID), No: 3})
	if err != nil || d.Status != outcome.Excluded || d.Reason != "reason_deceased" || !phrase.Has(d.Reason) || d.Variant != "" {
		t.Errorf("%+v: %v", d.Row, err)
	}
	if len(d.Decisions) != 1 || d.Decisions[0].By != r.ada.String() || d.Decisions[0].Kind != outcome.DecideExclude {
		t.Errorf("decided by %+v", d.Decisions)
	}
	if n := r.number("SELECT count(*) FROM cohort_member WHERE recipient_no = 3"); n != 1 {
		t.Error("who is excluded after the freeze is no member")
	}
}

// Of people whom nobody mails nothing is asked: sentence 10 says to exclude them.
func TestWhatExcludedPeopleLackStandsInNobodysWay(t *testing.T) {
	r := newPlanRig(t, 5)
	r.exec("UPDATE recipient SET address = '\\x00' WHERE recipient_no = 2") // cannot be opened
	if c := r.checked(); c.Preflight.OK {
		t.Fatal("a person who cannot be read does not block")
	}
	r.excluded(r.ada, cohort.CounselDecision, 2)
	s := r.settings()
	s.Name = "Again"
	if c := r.checkedAs(s); !c.Preflight.OK {
		t.Errorf("excluded, and in the way: %+v", c.Preflight.Blocking)
	}
}

func TestAnExclusionNarrowsWhatWasApproved(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.approved()
	if _, err := r.tryExclude(r.cem, cohort.ForSuppression, 3); !fault.Is(err, "exclusion_needs_legal") {
		t.Errorf("ops narrows what legal approved: %v", err)
	}
	r.counted(c.ID, 9, 0)
	r.excluded(r.ada, cohort.LawEnforcementHold, 3, 4)
	after := r.counted(c.ID, 7, 2)
	if after.State != campaign.Approved || after.PlanHash != c.PlanHash {
		t.Errorf("%s with %s", after.State, after.PlanHash)
	}
	if err := r.launch(c, r.gil); !fault.Is(err, "launch_count") {
		t.Errorf("launched with the old number: %v", err)
	}
	if err := r.launch(after, r.gil); err != nil {
		t.Fatalf("a narrowed plan is not launched: %v", err)
	}
	if n := r.number("SELECT count(*) FROM decision WHERE kind = 'exclude' AND plan_no = 1 AND actor = $1", r.ada.String()); n != 2 {
		t.Errorf("%d decisions", n)
	}
}

// startedAt approves and launches a campaign that was checked.
func (r *planRig) startedAt(no id.Campaign) *sending {
	r.t.Helper()
	ctx := context.Background()
	c, err := r.service.Approve(ctx, r.ada, no, r.get(no).PlanHash, "")
	if err == nil {
		err = r.launch(c, r.gil)
	}
	s := &sending{planRig: r, campaign: c, store: postgres.DeliveryStore{DB: r.db.DB}}
	if err == nil {
		s.worker, err = s.store.Enlist(ctx, "worker", time.Minute)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// Lifted, an exclusion adds nobody to a plan that was made: another one does.
func TestLiftingAddsNobodyToAPlan(t *testing.T) {
	r := newPlanRig(t, 10)
	e := r.excluded(r.ada, cohort.LawEnforcementHold, 3)
	c := r.approved()
	late := r.excluded(r.ada, cohort.Deceased, 4)
	for _, no := range []id.Exclusion{e.ID, late.ID} {
		if _, err := r.exclusions().Lift(context.Background(), r.ada, no, "a mistake"); err != nil {
			t.Fatal(err)
		}
	}
	r.counted(c.ID, 7, 2)
	r.check(c.ID)
	r.counted(c.ID, 9, 0)
	d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(context.Background(), id.Delivery{Parent: int64(c.ID), No: 3})
	if err != nil || d.Status != outcome.Pending || len(d.Decisions) != 0 {
		t.Errorf("the decision of an older plan still holds: %+v %v", d.Row, err)
	}
	s := r.startedAt(c.ID)
	b, _ := s.claim(delivery.Want{Most: 512})
	err = s.store.PutOff(context.Background(), delivery.PutOff{Campaign: int64(c.ID), Incident: int64(r.incident), Worker: s.worker, Claim: delivery.Claim{Batch: b.No, Fence: b.Fence},
		Unmade: []delivery.Unmade{{Claimed: b.People[2], Why: delivery.NotAsApproved}}, After: time.Hour})
	if n := r.number("SELECT count(*) FROM delivery WHERE seq = 3 AND status = 'deferred'"); err != nil || n != 1 {
		t.Errorf("reckoned from the record, the decision of an older plan still holds: %v", err)
	}
}

func TestAnExclusionWhileSendingChangesNobodyWhoWasAccepted(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 21)
	s := r.sending(r.settings())
	first, _ := s.claim(delivery.Want{Most: 5})
	s.answerAll(first, took) // 1 to 5 are accepted
	held, _ := s.claim(delivery.Want{Most: 5})
	open := held.People[0] // 6 is in hand, 7 to 10 are claimed
	intent := func(c delivery.Claimed) []bool {
		t.Helper()
		s.groups++
		granted, err := s.store.Commit(ctx, delivery.Group{Campaign: int64(s.campaign.ID), Incident: int64(r.incident), Worker: s.worker, No: s.groups, At: held.Now,
			Intents: []delivery.Intent{{Seq: c.Seq, Attempt: c.Attempt, Batch: held.No, Fence: held.Fence, Relay: delivery.Relay{No: r.relay, Revision: 1}, Date: held.Now}}})
		if err != nil {
			t.Fatal(err)
		}
		return granted
	}
	if !intent(open)[0] {
		t.Fatal("not granted")
	}
	r.excluded(r.ada, cohort.LawEnforcementHold, 5, 6, 7, 12)
	if intent(held.People[1])[0] {
		t.Error("an intent was granted for somebody who is excluded")
	}
	status := func(seq int64) outcome.Status {
		t.Helper()
		d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(ctx, id.Delivery{Parent: int64(s.campaign.ID), No: seq})
		cached := ""
		if scan := r.app.QueryRow(ctx, "SELECT status FROM delivery WHERE campaign_no = $1 AND seq = $2", int64(s.campaign.ID), seq).Scan(&cached); err != nil || scan != nil {
			t.Fatal(err, scan)
		}
		if cached != string(d.Status) && d.Status != outcome.Sending {
			t.Errorf("%d is %s by its record and %s by the cache", seq, d.Status, cached)
		}
		return d.Status
	}
	for seq, want := range map[int64]outcome.Status{5: outcome.Accepted, 6: outcome.Sending, 7: outcome.Excluded, 8: outcome.Pending, 12: outcome.Excluded} {
		if got := status(seq); got != want {
			t.Errorf("%d is %s, want %s", seq, got, want)
		}
	}
	s.groups++
	later := delivery.Outcome{Seq: 6, Attempt: 1, Relay: r.relay, Reply: outcome.Reply{Phase: outcome.PhaseRcpt, Code: 451}, Ruling: delivery.Ruling{Status: outcome.Deferred}}
	if _, err := s.store.Commit(ctx, delivery.Group{Campaign: int64(s.campaign.ID), Incident: int64(r.incident), Worker: s.worker, No: s.groups, At: held.Now, Outcomes: []delivery.Outcome{later}}); err != nil {
		t.Fatal(err)
	}
	if got := status(6); got != outcome.Excluded {
		t.Errorf("whose attempt was put off is %s: they would be tried again", got)
	}
	if n := s.all(took); n != 12 {
		t.Errorf("%d more were sent to, want 12", n)
	}
	if err := s.store.Conclude(ctx); err != nil || r.get(s.campaign.ID).State != campaign.Complete {
		t.Errorf("%s: %v", r.get(s.campaign.ID).State, err)
	}
}

// An exclusion that comes while the checks run is in the plan that they make.
func TestAnExclusionDuringThePreflightIsNotMissed(t *testing.T) {
	r := newPlanRig(t, 600) // two blocks
	ctx := context.Background()
	c, err := r.service.Create(ctx, r.cem, r.incident, r.settings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.StartPreflight(ctx, r.cem, c.ID); err != nil {
		t.Fatal(err)
	}
	late := &interrupted{CampaignStore: r.store, then: func() { r.excluded(r.ada, cohort.Deceased, 1, 599) }}
	if err := (campaign.Checker{Store: r.store, Bench: late, Gates: r.checker.Gates}).Run(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if after := r.counted(c.ID, 597, 2); after.State != campaign.Ready {
		t.Errorf("%s: %+v", after.State, after.Preflight.Blocking)
	}
}

// interrupted does something after the first block was made.
type interrupted struct {
	postgres.CampaignStore
	then func()
}

func (i *interrupted) Progress(context.Context, campaign.Campaign, int64, int64) {
	if i.then != nil {
		i.then()
		i.then = nil
	}
}
