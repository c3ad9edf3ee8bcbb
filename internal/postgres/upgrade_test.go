package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// upgrades reads what is to be decided of a cohort.
func (d *desk) upgrades(t *testing.T, no id.Cohort) cohort.Undecided {
	t.Helper()
	u, err := d.cohorts().Upgrades(context.Background(), d.legal, no)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Whoever turns out to belong to a narrower cohort after they were placed in a
// broader one is never passed over: the narrower one does not freeze until
// somebody has decided what they are to hear.
func TestALaterNarrowerClaimIsDecided(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	broad := d.frozen(t, d.cohort(t, "Exposed", 20, fmt.Sprintf(`{"list":%q}`, a.ID)).ID) // all four
	b := d.imported(t, d.incident, header+"ana@example.com,Ana,CA,en,pro,a-1,,,,\nben@example.com,Ben,NY,de,pro,b-1,,,,\ndot@example.com,Dot,CA,en,,,,,,\n", fullMapping)
	narrow := d.cohort(t, "Reset", 10, fmt.Sprintf(`{"list":%q}`, b.ID))
	if len(narrow.Figures.Upgrades) != 1 || narrow.Figures.Upgrades[0] != (cohort.Loss{Cohort: broad.ID, Size: 2}) || narrow.Figures.Resolved != 1 {
		t.Fatalf("%+v", narrow.Figures)
	}
	if _, err := d.cohorts().Freeze(ctx, d.ops, narrow.ID); !fault.Is(err, "cohort_undecided") {
		t.Errorf("frozen over two who are undecided: %v", err)
	}
	wide := d.cohort(t, "Everybody", 30, `{"not":{"attribute":"plan","op":"eq","value":"none"}}`)
	if len(wide.Figures.Upgrades) != 0 {
		t.Errorf("a broader cohort asks about %+v", wide.Figures.Upgrades)
	}
	decide := func(by string, ruling cohort.Ruling, people int, reason string) error {
		who := d.ops
		if by == "legal" {
			who = d.legal
		}
		return d.cohorts().DecideUpgrades(ctx, who, cohort.UpgradeDecision{To: narrow.ID, From: broad.ID, Ruling: ruling, People: people, Reason: reason})
	}
	for code, err := range map[string]error{
		"upgrades_changed": decide("ops", cohort.TellThem, 3, "their passwords were reset"),
		"reason_missing":   decide("ops", cohort.TellThem, 2, "  "),
		"field_not_one_of": decide("ops", "perhaps", 2, "because"),
		"role_may_not":     decide("ops", cohort.LeaveIt, 2, "because"),
	} {
		if !fault.Is(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := decide("ops", cohort.TellThem, 2, "their passwords were reset"); err != nil {
		t.Fatal(err)
	}
	if u := d.upgrades(t, narrow.ID); len(u.Open) != 0 || u.Tell != 2 || u.Leave != 0 || u.Waiting != 2 {
		t.Errorf("%+v", u)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'upgrades_decided'"); n != 1 {
		t.Errorf("%d entries", n)
	}
	done := d.frozen(t, narrow.ID)
	if done.Figures.Resolved != 1 || done.Figures.Size != 3 {
		t.Errorf("%+v", done.Figures)
	}
	// Somebody more turns up for the frozen one.
	d.imported(t, d.incident, "\n"+header+"cy@example.com,Cy,,,gold,c-1,,,,\n", fullMapping)
	gold := d.cohort(t, "Gold", 5, `{"attribute":"plan","op":"eq","value":"gold"}`)
	if u := d.upgrades(t, gold.ID); len(u.Open) != 1 || u.Open[0].From != broad.ID || u.Open[0].People.Len() != 1 {
		t.Errorf("%+v", u.Open)
	}
	if _, err := d.raw.Exec(ctx, "DELETE FROM upgrade_person"); err == nil {
		t.Error("a decision was forgotten")
	}
}

// However many decide at once, each is answered: what reads in one place and
// writes in another must not take all connections to wait with.
func TestManyMayDecideAboutUpgradesAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	broad := d.frozen(t, d.cohort(t, "Exposed", 20, fmt.Sprintf(`{"list":%q}`, a.ID)).ID)
	b := d.imported(t, d.incident, header+"ana@example.com,Ana,CA,en,pro,a-1,,,,\n", fullMapping)
	narrow := d.cohort(t, "Reset", 10, fmt.Sprintf(`{"list":%q}`, b.ID))
	var all sync.WaitGroup
	var kept atomic.Int64
	for range 40 {
		all.Go(func() {
			err := d.cohorts().DecideUpgrades(ctx, d.ops, cohort.UpgradeDecision{To: narrow.ID, From: broad.ID, Ruling: cohort.TellThem, People: 1, Reason: "their passwords were reset"})
			if err == nil {
				kept.Add(1)
			} else if fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Mismatch {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept.Load() != 1 {
		t.Errorf("it was decided %d times", kept.Load())
	}
}

// Those of whom it was decided are chosen by a follow-up.
func TestAFollowUpReachesThoseWhoAreToHearMore(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	c := r.checked()
	if _, err := r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.launch(r.get(c.ID), r.gil); err != nil {
		t.Fatal(err)
	}
	r.exec("INSERT INTO placement (incident_no, recipient_no, cohort_no, reason) SELECT $1, n, $2, '{}' FROM generate_series(1, 20) n", int64(r.incident), r.cohort)
	r.listed(2, 3)
	narrow, err := r.cohorts().Create(ctx, r.cem, r.incident, cohort.Draft{Name: "Narrow", Precedence: 2, Rule: rule(t, `{"list":"lst_2"}`)})
	if err != nil || len(narrow.Figures.Upgrades) != 1 || narrow.Figures.Resolved != 0 {
		t.Fatalf("%+v: %v", narrow.Figures, err)
	}
	d := cohort.UpgradeDecision{To: narrow.ID, From: id.Cohort(r.cohort), Ruling: cohort.LeaveIt, People: 3, Reason: "nothing else to say"}
	if err := r.cohorts().DecideUpgrades(ctx, r.ada, d); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"upgraded":%q}`, narrow.ID)
	if f, err := r.followUp("Nobody yet", c.ID, text); err != nil || f.Figures.Size != 0 {
		t.Errorf("%+v, %v", f.Figures, err)
	}
	r.listed(3, 5)
	narrower, err := r.cohorts().Create(ctx, r.cem, r.incident, cohort.Draft{Name: "Narrower", Precedence: 1, Rule: rule(t, `{"list":"lst_3"}`)})
	if err != nil {
		t.Fatal(err)
	}
	d.To, d.Ruling, d.People = narrower.ID, cohort.TellThem, 5
	if err := r.cohorts().DecideUpgrades(ctx, r.cem, d); err != nil {
		t.Fatal(err)
	}
	if f, err := r.followUp("Told more", c.ID, fmt.Sprintf(`{"upgraded":%q}`, narrower.ID)); err != nil || f.Figures.Resolved != 5 {
		t.Errorf("%+v, %v", f.Figures, err)
	}
	if _, err := r.followUp("Unknown", c.ID, `{"upgraded":"coh_99"}`); !fault.Is(err, "rule_cohort_unknown") {
		t.Errorf("of a cohort that is not there: %v", err)
	}
}
