package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/obligation"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
)

// needed gives how many people wait for a thing that ops has to do; 0: nothing waits.
func needed(t *testing.T, db *postgres.DB, of access.Actor, in cohort.Cohort, kind overview.Kind) int64 {
	t.Helper()
	s, err := postgres.OverviewStore{DB: db}.Standing(context.Background(), in.Incident)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range s.Needs(of) {
		if n.Kind == kind {
			return n.People
		}
	}
	return 0
}

// Whoever comes with a list after the last freeze, or is excluded no more, waits
// for a cohort, and somebody is told so. Whom a freeze left aside does not wait.
func TestWhoComesAfterTheLastFreezeWaitsForACohort(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, fourPeople, fullMapping)
	held := d.exclude(t, cohort.Exclude{}, 2)
	first := d.frozen(t, d.cohort(t, "Pro", 20, `{"attribute":"plan","op":"eq","value":"pro"}`).ID)
	newcomers := func() int64 { t.Helper(); return needed(t, d.DB, d.ops, first, overview.PlaceNewcomers) }
	if n := newcomers(); n != 0 {
		t.Errorf("%d people wait whom the freeze left aside", n)
	}
	came := d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,pro,b-1,,,,\ndot@example.com,Dot,CA,en,pro,,,,,\neve@example.com,Eve,CA,en,pro,,,,,\n", fullMapping)
	if n := newcomers(); n != 2 {
		t.Errorf("%d people wait who came since, want 2", n)
	}
	d.exclude(t, cohort.Exclude{}, eve(t, d, came))
	if n := newcomers(); n != 1 {
		t.Errorf("%d people wait after one of two was excluded", n)
	}
	if _, err := d.exclusions().Lift(context.Background(), d.legal, held.ID, "the hold is over"); err != nil {
		t.Fatal(err)
	}
	if n := newcomers(); n != 2 {
		t.Errorf("%d people wait after an exclusion was lifted, want 2", n)
	}
	next := d.next(t, first.ID)
	if n := newcomers(); n != 0 {
		t.Errorf("%d people wait while a draft may take them", n)
	}
	d.frozen(t, next.ID)
	if n := newcomers(); n != 0 {
		t.Errorf("%d people wait after the next freeze", n)
	}
	third := d.imported(t, d.incident, header+"fay@example.com,Fay,CA,en,pro,,,,,\n", fullMapping)
	if n := newcomers(); n != 1 {
		t.Errorf("%d people wait who came after the next freeze, want 1", n)
	}
	d.withdrawn(t, third)
	if n := newcomers(); n != 0 {
		t.Errorf("%d people wait whose list was withdrawn", n)
	}
}

// eve is the last one who came with a list.
func eve(t *testing.T, d *desk, of intake.List) int64 {
	t.Helper()
	return d.count(t, "SELECT max(recipient_no) FROM list_row WHERE list_no = $1", int64(of.ID))
}

// tell carries a campaign that was checked to its end.
func (r *planRig) tell(no id.Campaign) {
	r.t.Helper()
	s := r.startedAt(no)
	s.all(took)
	if err := s.store.Conclude(context.Background()); err != nil || r.get(no).State != campaign.Complete {
		r.t.Fatalf("%s is %s: %v", no, r.get(no).State, err)
	}
}

// Whom a campaign left out for a reason that holds no more waits for another one of
// the same cohort, which tells nobody twice.
func TestWhoWasPassedOverWaitsForAnotherCampaign(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 12)
	c := r.checked()
	r.listed(2, 5) // 6 to 12 are in the first list alone
	r.exec(withdrawFirst)
	e := r.excluded(r.ada, cohort.LawEnforcementHold, 4, 5)
	r.suppress("p3@example.com")
	r.check(c.ID)
	r.decide(c.ID, "exclude", 3)
	c = r.check(c.ID)
	if n := c.Preflight.Counts; n.ToSend != 2 || n.Excluded != 9 {
		t.Fatalf("%+v, %+v", n, c.Preflight.Blocking)
	}
	r.tell(c.ID)
	of, err := r.cohorts().Get(ctx, r.cem, c.Settings.Cohort)
	if err != nil {
		t.Fatal(err)
	}
	waits := func(want int64, why string) {
		t.Helper()
		if n := needed(t, r.db.DB, r.cem, of, overview.PlanAnother); n != want {
			t.Errorf("%s, %d people wait for another campaign, want %d", why, n, want)
		}
		f, err := obligation.Service{Store: postgres.ObligationStore{DB: r.db.DB}, Rules: postgres.RuleStore{DB: r.db.DB}}.Figures(ctx, r.ada, r.incident)
		all, _ := f.Of(obligation.Everywhere)
		if got := int64(all.Reached[obligation.NotYet]); err != nil || got != want {
			t.Errorf("%s, %d people are counted as not told yet, want %d: %v, %v", why, got, want, all.Reached, err)
		}
	}
	waits(0, "while the reasons hold")
	if _, err := r.exclusions().Lift(ctx, r.ada, e.ID, "the hold is over"); err != nil {
		t.Fatal(err)
	}
	waits(2, "after the hold")
	r.listed(3, 8)
	waits(5, "after another list has brought three")
	s := r.settings()
	s.Name = "Tell the others"
	c = r.checkedAs(s)
	if n := needed(t, r.db.DB, r.cem, of, overview.PlanAnother); n != 0 {
		t.Errorf("%d people wait for another campaign that is there", n)
	}
	r.decide(c.ID, "exclude", 3)
	if c = r.check(c.ID); c.Preflight.Counts.ToSend != 5 {
		t.Fatalf("%+v, %+v", c.Preflight.Counts, c.Preflight.Blocking)
	}
	r.tell(c.ID)
	waits(0, "after they were told")
}
