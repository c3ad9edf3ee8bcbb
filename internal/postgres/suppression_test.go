package postgres_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
	"forthwith/internal/suppression"
)

func (r *planRig) suppressions() suppression.Service {
	return suppression.Service{Store: postgres.SuppressionStore{DB: r.db.DB}}
}

func (r *planRig) desk() suppression.Desk {
	return suppression.Desk{Store: postgres.SuppressionStore{DB: r.db.DB}}
}

// suppress keeps a reason not to mail an address.
func (r *planRig) suppress(email string) suppression.Suppression {
	r.t.Helper()
	s, err := r.suppressions().Add(context.Background(), r.cem, suppression.New{Email: email, Source: suppression.OptOut, Reason: "p asked by phone"})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// undecided gives the numbers of those about whom nobody has decided.
func (r *planRig) undecided(no id.Campaign) []int64 {
	r.t.Helper()
	all, err := r.desk().Undecided(context.Background(), r.cem, no, 0, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	var numbers []int64
	for _, u := range all {
		if u.Masked != "p•••@e•••.com" || u.Source != suppression.OptOut {
			r.t.Errorf("an undecided person is %+v", u)
		}
		numbers = append(numbers, u.Recipient.No)
	}
	return numbers
}

func (r *planRig) decide(no id.Campaign, d suppression.Decision, people ...int64) suppression.Ruled {
	r.t.Helper()
	ruling := suppression.Ruling{Decision: d, Reason: "P's lawyer wrote"}
	for _, p := range people {
		ruling.People = append(ruling.People, id.Recipient{Parent: int64(r.incident), No: p})
	}
	made, err := r.desk().Decide(context.Background(), r.ada, no, ruling)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

func blocks(c campaign.Campaign) map[string]int64 {
	found := map[string]int64{}
	for _, f := range c.Preflight.Blocking {
		found[f.Code] = f.People
	}
	return found
}

// waitsFor gives how many people something is about that waits for somebody.
func (r *planRig) waitsFor(who access.Actor, kind overview.Kind) int64 {
	r.t.Helper()
	s, err := postgres.OverviewStore{DB: r.db.DB}.Standing(context.Background(), r.incident)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range s.Needs(who) {
		if n.Kind == kind {
			return n.People
		}
	}
	return 0
}

func TestNobodyIsDroppedSilently(t *testing.T) {
	r := newPlanRig(t, 10)
	for _, email := range []string{"p1@example.com", "p2@EXAMPLE.com", "p3@example.com", "stranger@example.com"} {
		r.suppress(email)
	}
	c := r.checked()
	if c.State != campaign.Draft || c.Preflight.OK || blocks(c)["people_undecided"] != 3 {
		t.Fatalf("%s, %+v", c.State, c.Preflight.Blocking)
	}
	if got := r.undecided(c.ID); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Fatalf("undecided are %v", got)
	}
	if n := r.waitsFor(r.ada, overview.DecidePeople); n != 3 {
		t.Errorf("legal is told of %d people who are undecided", n)
	}
	r.decide(c.ID, suppression.Send, 1)
	r.decide(c.ID, suppression.OtherChannel, 2)
	if n := r.waitsFor(r.ada, overview.DecidePeople); n != 0 {
		t.Errorf("legal is told of %d people before the checks have run again", n)
	}
	if got := r.undecided(c.ID); !slices.Equal(got, []int64{3}) {
		t.Errorf("undecided are %v", got)
	}
	if c = r.check(c.ID); blocks(c)["people_undecided"] != 1 {
		t.Errorf("%+v", c.Preflight.Blocking)
	}
	r.decide(c.ID, suppression.Exclude, 3)
	c = r.check(c.ID)
	if n := c.Preflight.Counts; c.State != campaign.Ready || n.ToSend != 7 || n.Suppressed != 1 || n.Excluded != 1 || n.Unaddressed != 1 {
		t.Fatalf("%s, %+v, %+v", c.State, n, c.Preflight.Blocking)
	}
	for seq, want := range map[int64]struct {
		status outcome.Status
		reason string
	}{1: {outcome.Pending, ""}, 2: {outcome.Suppressed, "reason_other_channel"}, 3: {outcome.Excluded, "reason_suppressed_excluded"}} {
		d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(context.Background(), id.Delivery{Parent: int64(c.ID), No: seq})
		if err != nil || d.Status != want.status || d.Reason != want.reason {
			t.Errorf("%d is %s because of %q: %v", seq, d.Status, d.Reason, err)
		}
		if want.reason != "" && (len(d.Decisions) != 1 || d.Decisions[0].By != r.ada.User.String()) {
			t.Errorf("%d was decided by %+v", seq, d.Decisions)
		}
	}
	tallies, err := r.desk().Tallies(context.Background(), r.cem, r.incident)
	if err != nil || len(tallies) != 1 || tallies[0].Undecided != 0 || tallies[0].All() != 3 || tallies[0].Decided[suppression.OtherChannel] != 1 {
		t.Errorf("a tally of %+v: %v", tallies, err)
	}
	if c, err = r.service.Approve(context.Background(), r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE delivery SET status = 'pending' WHERE status = 'suppressed'")
	if f, ok := fault.As(r.launch(c, r.gil)); !ok || !names(f, "suppressed") {
		t.Errorf("launched to somebody who is suppressed: %+v", f)
	}
	r.exec("UPDATE delivery SET status = 'suppressed' WHERE seq = 2")
	if err := r.launch(c, r.gil); err != nil {
		t.Error(err)
	}
}

func TestASuppressionAfterTheApprovalStopsTheLaunchUntilItIsDecided(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.approved()
	for _, email := range []string{"p1@example.com", "p2@example.com", "p3@example.com"} {
		r.suppress(email)
	}
	if err := r.launch(c, r.gil); !fault.Is(err, "people_undecided") {
		t.Fatalf("launched: %v", err)
	}
	if after := r.get(c.ID); after.State != campaign.Approved || after.PlanHash != c.PlanHash {
		t.Fatalf("the approval is void: %s", after.State)
	}
	r.decide(c.ID, suppression.Send, 1)
	if n := r.decide(c.ID, suppression.OtherChannel, 2); n.TakenOut != 1 {
		t.Errorf("%+v", n)
	}
	if err := r.launch(r.get(c.ID), r.gil); !fault.Is(err, "people_undecided") {
		t.Errorf("launched with one undecided: %v", err)
	}
	all, err := r.desk().DecideAll(context.Background(), r.ada, c.ID, suppression.Ruling{Decision: suppression.Exclude, Reason: "x"}, 1)
	if err != nil || all.People != 1 || all.TakenOut != 1 {
		t.Errorf("%+v: %v", all, err)
	}
	after := r.get(c.ID)
	if n := after.Preflight.Counts; n.ToSend != 7 || n.Suppressed != 1 || n.Excluded != 1 {
		t.Errorf("%+v", n)
	}
	if err := r.launch(after, r.gil); err != nil {
		t.Errorf("decided, and not launched: %v", err)
	}
	if n := r.number("SELECT count(*) FROM delivery WHERE status = 'pending'"); n != 7 {
		t.Errorf("%d wait", n)
	}
}

func TestReleasedOrExcludedNobodyNeedsADecision(t *testing.T) {
	r := newPlanRig(t, 10)
	ctx := context.Background()
	c := r.approved()
	s := r.suppress("p1@example.com")
	r.suppress("p2@example.com")
	if _, err := r.suppressions().Release(ctx, r.cem, s.ID, "a mistake"); !fault.Is(err, "role_may_not") {
		t.Errorf("ops releases: %v", err)
	}
	released, err := r.suppressions().Release(ctx, r.ada, s.ID, "a mistake")
	if err != nil || released.State() != suppression.Released || released.Release.Reason != "a mistake" || released.Reason != "p asked by phone" {
		t.Errorf("%+v: %v", released, err)
	}
	if _, err := r.suppressions().Release(ctx, r.ada, s.ID, "again"); !fault.Is(err, "suppression_released") {
		t.Errorf("released twice: %v", err)
	}
	r.excluded(r.ada, cohort.Deceased, 2)
	if got := r.undecided(c.ID); len(got) != 0 {
		t.Errorf("undecided are %v", got)
	}
	if err := r.launch(r.get(c.ID), r.gil); err != nil {
		t.Error(err)
	}
	again := r.suppress("p1@example.com") // newer than anything that was decided
	if got := r.undecided(c.ID); !slices.Equal(got, []int64{1}) || again.ID == s.ID {
		t.Errorf("undecided are %v", got)
	}
	if n := r.decide(c.ID, suppression.OtherChannel, 1); n.TakenOut != 1 {
		t.Errorf("while it is sent: %+v", n)
	}
}

func TestADecisionThatIsOlderThanTheSuppressionDoesNotCount(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.approved()
	s := r.suppress("p1@example.com")
	r.decide(c.ID, suppression.Send, 1)
	if _, err := r.suppressions().Release(context.Background(), r.ada, s.ID, "settled"); err != nil {
		t.Fatal(err)
	}
	r.suppress("p1@example.com")
	if got := r.undecided(c.ID); !slices.Equal(got, []int64{1}) {
		t.Errorf("undecided are %v", got)
	}
	if c = r.check(c.ID); blocks(c)["people_undecided"] != 1 {
		t.Errorf("%+v", c.Preflight.Blocking)
	}
}

// One that had to wait came when it had its turn: a decision that was made meanwhile
// knew nothing of it.
func TestADecisionWhileASuppressionWaitsDoesNotCount(t *testing.T) {
	r := newPlanRig(t, 10)
	ctx := context.Background()
	c := r.approved()
	s := r.suppress("p1@example.com")
	preflight, err := r.owner.Begin(ctx)
	if err == nil {
		_, err = preflight.Exec(ctx, "SELECT pg_advisory_xact_lock_shared(hashtextextended('suppressions', 0))")
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() {
		_, err := r.suppressions().Release(ctx, r.ada, s.ID, "settled")
		ended <- err
	}()
	r.waits(1)
	go func() {
		_, err := r.suppressions().Add(ctx, r.cem, suppression.New{Email: "p1@example.com", Source: suppression.OptOut, Reason: "p asked again"})
		ended <- err
	}()
	r.waits(2)
	r.decide(c.ID, suppression.Send, 1)
	if err := preflight.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if got := r.undecided(c.ID); !slices.Equal(got, []int64{1}) {
		t.Errorf("undecided are %v", got)
	}
}

func TestWhoMayDecideAboutWhom(t *testing.T) {
	r := newPlanRig(t, 10)
	ctx := context.Background()
	c := r.approved()
	r.suppress("p1@example.com")
	one, other := []id.Recipient{{Parent: int64(r.incident), No: 1}}, []id.Recipient{{Parent: int64(r.incident), No: 4}}
	for name, t1 := range map[string]struct {
		by   access.Actor
		r    suppression.Ruling
		code string
	}{
		"ops":                 {r.cem, suppression.Ruling{People: one, Decision: suppression.Send, Reason: "x"}, "role_may_not"},
		"nobody":              {r.ada, suppression.Ruling{Decision: suppression.Send, Reason: "x"}, "decision_whom"},
		"no reason":           {r.ada, suppression.Ruling{People: one, Decision: suppression.Send}, "reason_missing"},
		"no decision":         {r.ada, suppression.Ruling{People: one, Reason: "x"}, "field_not_one_of"},
		"who is not named":    {r.ada, suppression.Ruling{People: other, Decision: suppression.Send, Reason: "x"}, "not_suppressed"},
		"another incident's":  {r.ada, suppression.Ruling{People: []id.Recipient{{Parent: 99, No: 1}}, Decision: suppression.Send, Reason: "x"}, "not_suppressed"},
		"one named and one's": {r.ada, suppression.Ruling{People: append(other, one...), Decision: suppression.Send, Reason: "x"}, "not_suppressed"},
	} {
		if _, err := r.desk().Decide(ctx, t1.by, c.ID, t1.r); !fault.Is(err, t1.code) {
			t.Errorf("%s: %v, want %s", name, err, t1.code)
		}
	}
	if _, err := r.desk().DecideAll(ctx, r.ada, c.ID, suppression.Ruling{Decision: suppression.Send, Reason: "x"}, 2); !fault.Is(err, "undecided_changed") {
		t.Errorf("all, of another number: %v", err)
	}
	if _, err := r.desk().Decide(ctx, r.ada, 99, suppression.Ruling{People: one, Decision: suppression.Send, Reason: "x"}); !fault.Is(err, "no_such_campaign") {
		t.Errorf("no campaign: %v", err)
	}
	if n := r.number("SELECT count(*) FROM suppression_decision"); n != 0 {
		t.Errorf("%d decisions", n)
	}
}

func TestAFileOfSuppressionsTellsTheDifference(t *testing.T) {
	r := newPlanRig(t, 10)
	ctx := context.Background()
	c := r.approved()
	r.suppress("p1@example.com")
	d, err := r.suppressions().Import(ctx, r.cem, strings.NewReader("email\np1@example.com\np2@example.com\np2@example.com\nnobody\n"), suppression.Bounce, "the old system's list")
	if err != nil || d.Lines != 4 || d.Added != 1 || d.Known() != 2 || d.Refused != 1 {
		t.Fatalf("%+v: %v", d, err)
	}
	all, err := r.suppressions().List(ctx, r.ada, 0, 50, filter.Equal{Column: "source", Value: []string{"bounce"}})
	if err != nil || len(all) != 1 || all[0].Reason != "the old system's list" {
		t.Errorf("%+v: %v", all, err)
	}
	if d.Holding != 1 || d.Source != suppression.Bounce || d.Reason != "the old system's list" || d.By != r.cem.User || all[0].File != d.ID {
		t.Errorf("the file is %+v, its suppression %+v", d, all)
	}
	if wrong, err := r.suppressions().Refused(ctx, r.ada, d.ID, 0, 50); err != nil || len(wrong) != 1 || wrong[0] != (suppression.RefusedLine{Line: 5, Code: "address_no_at"}) {
		t.Errorf("refused are %+v: %v", wrong, err)
	}
	if n := r.number("SELECT count(*) FROM suppression_hit WHERE campaign_no = $1", int64(c.ID)); n != 2 {
		t.Errorf("%d are matched", n)
	}
	if _, err := r.suppressions().Add(ctx, r.cem, suppression.New{Email: "p2@example.com", Source: suppression.Bounce, Reason: "x"}); !fault.Is(err, "suppression_known") {
		t.Errorf("twice: %v", err)
	}
}

// A file is released as a whole: what it brought holds no more, what others said
// of the same people does, and who released one before is not named again.
func TestAFileOfSuppressionsIsReleasedAsAWhole(t *testing.T) {
	r := newPlanRig(t, 10)
	ctx := context.Background()
	alone := r.suppress("p1@example.com")
	f, err := r.suppressions().Import(ctx, r.cem, strings.NewReader("p1@example.com\np2@example.com\np3@example.com\np4@example.com\n"), suppression.Register, "p's register")
	if err != nil {
		t.Fatal(err)
	}
	one, err := r.suppressions().List(ctx, r.ada, alone.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.suppressions().Release(ctx, r.ada, one[0].ID, "they called"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.suppressions().ReleaseFile(ctx, r.cem, f.ID, "a mistake"); !fault.Is(err, "role_may_not") {
		t.Errorf("ops releases: %v", err)
	}
	if _, err := r.suppressions().ReleaseFile(ctx, r.ada, f.ID, " "); !fault.Is(err, "reason_missing") {
		t.Errorf("without a reason: %v", err)
	}
	f, err = r.suppressions().ReleaseFile(ctx, r.ada, f.ID, "the wrong export")
	if err != nil || f.Last == nil || f.Last.Reason != "the wrong export" || f.Last.By != r.ada.User || f.Added != 3 || f.Holding != 0 || f.Released() != 3 || f.Known() != 1 {
		t.Errorf("%+v: %v", f, err)
	}
	for no, want := range map[id.Suppression]string{alone.ID: "", one[0].ID: "they called", one[0].ID + 1: "the wrong export", one[0].ID + 2: "the wrong export"} {
		s, err := r.suppressions().Get(ctx, r.ada, no)
		if err != nil || (s.Release == nil) != (want == "") || s.Release != nil && s.Release.Reason != want {
			t.Errorf("%s is %+v, want it released for %q: %v", no, s.Release, want, err)
		}
	}
	if _, err := r.suppressions().ReleaseFile(ctx, r.ada, f.ID, "again"); !fault.Is(err, "suppression_file_released") {
		t.Errorf("again: %v", err)
	}
	if _, err := r.suppressions().ReleaseFile(ctx, r.ada, 99, "x"); !fault.Is(err, "no_such_suppression_file") {
		t.Errorf("one that is not there: %v", err)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE object = $1", f.ID.String()); n != 2 {
		t.Errorf("%d entries of the file, want that it came and that it was released", n)
	}
	if again, err := r.suppressions().Import(ctx, r.cem, strings.NewReader("p2@example.com\n"), suppression.Register, "the right export"); err != nil || again.Added != 1 {
		t.Errorf("after the release: %+v: %v", again, err)
	}
}

// A suppression keeps no address, and neither it nor a decision says a reason in
// the clear.
func TestNoAddressAndNoReasonIsKept(t *testing.T) {
	r := newPlanRig(t, 5)
	c := r.approved()
	r.suppress("p1@example.com")
	f, err := r.suppressions().Import(context.Background(), r.cem, strings.NewReader("p1@example.com\np1@ example\np3@example.com\n"), suppression.Register, "their lawyer's list, asked by phone")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.suppressions().ReleaseFile(context.Background(), r.ada, f.ID, "the lawyer took it back"); err != nil {
		t.Fatal(err)
	}
	of := canon.Hash(sha256.Sum256([]byte("p4@example.com\n")))
	if one, err := r.suppressions().Import(context.Background(), r.cem, strings.NewReader("p4@example.com\n"), suppression.Bounce, "asked by phone"); err != nil || one.SHA256 != of {
		t.Fatalf("%+v: %v", one, err)
	}
	if n := r.number("SELECT count(*) FROM suppression_file x WHERE x::text LIKE '%' || $1 || '%'", of.String()); n != 0 {
		t.Error("addresses can be tested against the hash of a file")
	}
	r.decide(c.ID, suppression.OtherChannel, 1)
	for _, table := range []string{"suppression_file", "suppression_refusal", "suppression", "suppression_hit", "suppression_decision", "suppression_decided", "ledger_entry", "outbox", "decision"} {
		for _, text := range []string{"p1@", "asked by phone", "lawyer"} {
			plain := r.number("SELECT count(*) FROM "+table+" x WHERE x::text LIKE '%' || $1 || '%' OR x::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'", text)
			if plain != 0 {
				t.Errorf("%s says %q", table, text)
			}
		}
	}
}

// One that comes while the checks run is not missed.
func TestASuppressionDuringThePreflightIsNotMissed(t *testing.T) {
	r := newPlanRig(t, 600)
	ctx := context.Background()
	c, err := r.service.Create(ctx, r.cem, r.incident, r.settings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.StartPreflight(ctx, r.cem, c.ID); err != nil {
		t.Fatal(err)
	}
	late := &interrupted{CampaignStore: r.store, then: func() { r.suppress("p1@example.com") }}
	if err := (campaign.Checker{Store: r.store, Bench: late, Gates: r.checker.Gates}).Run(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if after := r.get(c.ID); after.State != campaign.Draft || blocks(after)["people_undecided"] != 1 {
		t.Errorf("%s: %+v", after.State, after.Preflight.Blocking)
	}
}
