package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
)

const notNone = `{"not":{"attribute":"plan","op":"eq","value":"none"}}`

func (d *desk) next(t *testing.T, no id.Cohort) cohort.Cohort {
	t.Helper()
	c, err := d.cohorts().NextVersion(context.Background(), d.ops, no)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *desk) additions(t *testing.T, c cohort.Cohort) int {
	t.Helper()
	n, err := d.cohorts().Additions(context.Background(), d.legal, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// People who come after a freeze are told by a further version: it has them
// alone, and says what has changed.
func TestAFurtherVersionHasThoseWhoCameSince(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople, fullMapping)
	first := d.frozen(t, d.cohort(t, "Exposed", 20, notNone).ID)
	if first.Edition != 1 || first.Previous != 0 || first.Figures.Difference != nil || d.additions(t, first) != 0 {
		t.Errorf("%+v", first)
	}
	b := d.imported(t, d.incident, header+"ana@example.com,Ana,CA,en,none,a-1,,,,\ndot@example.com,Dot,CA,en,pro,,,,,\nedo@example.com,Edo,NY,de,,,,,,\n", fullMapping)
	if n := d.additions(t, first); n != 2 {
		t.Errorf("%d came since, want 2", n)
	}
	second := d.next(t, first.ID)
	if second.Name != "Exposed (2)" || second.Precedence != 20 || second.Edition != 2 || second.Previous != first.ID || second.State != cohort.Drafted {
		t.Errorf("%+v", second)
	}
	if f := second.Figures; f.Resolved != 2 || f.Size != 5 || f.Difference == nil || *f.Difference != (cohort.Difference{New: 2, Same: 3, Gone: 1}) || len(f.Overlaps) != 0 || len(f.Upgrades) != 0 {
		t.Errorf("%+v, %+v", f, f.Difference)
	}
	live, err := d.cohorts().Size(ctx, d.legal, d.incident, cohort.Sketch{Rule: second.Rule, Precedence: 20, Draft: second.ID})
	if err != nil || live.Difference == nil || *live.Difference != *second.Figures.Difference {
		t.Errorf("%v, while it is edited the difference is %+v", err, live.Difference)
	}
	if d.additions(t, first) != 0 {
		t.Error("those whom the next version has are counted again")
	}
	edit := func(change func(*cohort.Draft)) error {
		_, err := d.cohorts().Change(ctx, d.ops, second.ID, second.Version, func(dr cohort.Draft) cohort.Draft { change(&dr); return dr })
		return err
	}
	if err := edit(func(dr *cohort.Draft) { dr.Precedence = 7 }); !fault.Is(err, "cohort_version_place") {
		t.Errorf("it was moved: %v", err)
	}
	if err := edit(func(dr *cohort.Draft) { dr.Rule = rule(t, fmt.Sprintf(`{"list":%q}`, b.ID)) }); err != nil {
		t.Errorf("its rule: %v", err)
	}
	frozen := d.frozen(t, second.ID)
	if f := frozen.Figures; f.Resolved != 2 || *f.Difference != (cohort.Difference{New: 2, Same: 1, Gone: 3}) {
		t.Errorf("%+v, %+v", f, f.Difference)
	}
	if n := d.count(t, "SELECT count(*) FROM placement WHERE cohort_no = $1", int64(first.ID)); n != 4 {
		t.Errorf("%d are placed in the first version", n)
	}
	d.cohort(t, "Exposed (3)", 40, `{"attribute":"plan","op":"eq","value":"nobody has it"}`)
	third := d.next(t, second.ID)
	if third.Name != "Exposed (4)" || third.Figures.Resolved != 0 {
		t.Errorf("%+v", third)
	}
	for code, no := range map[string]id.Cohort{"cohort_has_version": first.ID, "cohort_state": third.ID} {
		if _, err := d.cohorts().NextVersion(ctx, d.ops, no); !fault.Is(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := d.cohorts().NextVersion(ctx, d.legal, second.ID); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("legal made one: %v", err)
	}
	over, err := d.cohorts().Overlaps(ctx, d.legal, d.incident)
	if err != nil || len(over.Pairs) != 0 {
		t.Errorf("%v, versions overlap: %+v", err, over.Pairs)
	}
}

// What was decided about people before a further version was made holds for it.
func TestADecisionHoldsForTheNextVersion(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople+"eva@example.com,Eva,NY,de,,,,,,\n", fullMapping)
	narrow := d.frozen(t, d.cohort(t, "Pro", 10, `{"attribute":"plan","op":"eq","value":"pro"}`).ID)
	broad := d.frozen(t, d.cohort(t, "All", 20, notNone).ID)
	d.imported(t, d.incident, header+"eva@example.com,Eva,NY,de,pro,b-1,,,,\ndot@example.com,Dot,CA,en,pro,,,,,\n", fullMapping)
	open := d.upgrades(t, narrow.ID).Open
	if len(open) != 1 {
		t.Fatalf("%+v", open)
	}
	err := d.cohorts().DecideUpgrades(ctx, d.ops, cohort.UpgradeDecision{To: narrow.ID, From: broad.ID, Ruling: cohort.TellThem, People: open[0].People.Len(), Reason: "they must know"})
	if err != nil {
		t.Fatal(err)
	}
	next := d.next(t, narrow.ID)
	if len(next.Figures.Upgrades) != 0 || next.Figures.Resolved != 1 {
		t.Errorf("%+v", next.Figures)
	}
	d.imported(t, d.incident, "\n"+header+"cy@example.com,Cy,,,pro,c-1,,,,\n", fullMapping)
	if u := d.upgrades(t, narrow.ID); len(u.Open) != 0 {
		t.Errorf("the earlier version asks still: %+v", u.Open)
	}
	if u := d.upgrades(t, next.ID); len(u.Open) != 1 || u.Open[0].People.Len() != 1 {
		t.Errorf("%+v", u.Open)
	}
}

// A further version waits for the same facts.
func TestAFurtherVersionHasTheSameGates(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople, fullMapping)
	gates := cohort.Gates{Store: postgres.GateStore{DB: d.DB}}
	first := d.frozen(t, d.cohort(t, "Exposed", 20, notNone).ID)
	for _, name := range []string{"Secured", "Not needed"} {
		g, err := gates.Create(ctx, d.ops, d.incident, cohort.GateDraft{Cohort: first.ID, Name: name, Rule: rule(t, `{"attribute":"secured","op":"exists"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if name != "Secured" {
			if _, err := gates.Lift(ctx, d.ops, g.ID, "not needed"); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.imported(t, d.incident, header+"dot@example.com,Dot,CA,en,pro,,,,,\n", fullMapping)
	next := d.next(t, first.ID)
	all, err := gates.List(ctx, d.legal, d.incident, 0, 10)
	if err != nil || len(all) != 3 || all[2].Cohort != next.ID || all[2].Name != "Secured" || all[2].Shut != 1 {
		t.Errorf("%v, %+v", err, all)
	}
}
