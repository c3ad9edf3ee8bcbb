package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"forthwith/internal/postgres"
)

// The people of a first list are written apart. What comes of it is the same as
// for any other: each index of the parent, its constraints, and no more rights.
func TestTheFirstListOfAnIncidentGetsWholeTables(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, fourPeople, fullMapping)
	for _, parent := range []string{"list_row", "recipient"} {
		d.isWhole(t, fmt.Sprintf("%s_%d", parent, int64(d.incident)), parent)
	}
	if n := d.count(t, "SELECT count(*) FROM pg_trigger WHERE tgrelid = $1::text::regclass AND tgname = 'insert_only_truncate'", fmt.Sprintf("list_row_%d", int64(d.incident))); n != 1 {
		t.Error("the rows of a first list can be truncated")
	}
}

// isWhole demands what comes of a table that was written apart.
func (d *desk) isWhole(t *testing.T, child, parent string) {
	t.Helper()
	if n := d.count(t, "SELECT count(*) FROM pg_inherits WHERE inhrelid = $1::text::regclass AND inhparent = $2::text::regclass", child, parent); n != 1 {
		t.Errorf("%s is no partition of its parent", child)
	}
	if n := d.count(t, `SELECT count(*) FROM pg_index p WHERE p.indrelid = $2::text::regclass AND NOT EXISTS (SELECT 1 FROM pg_inherits h
		JOIN pg_index c ON c.indexrelid = h.inhrelid WHERE h.inhparent = p.indexrelid AND c.indrelid = $1::text::regclass AND c.indisvalid)`, child, parent); n != 0 {
		t.Errorf("%s lacks %d indexes of its parent", child, n)
	}
	if n := d.count(t, "SELECT has_table_privilege($1::text, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')::int", child); n != 0 {
		t.Errorf("the application has rights to %s itself", child)
	}
	if n := d.count(t, "SELECT count(*) FROM pg_constraint WHERE conrelid = $1::text::regclass AND conname = 'of_parent'", child); n != 0 {
		t.Errorf("%s still has what let it be attached unread", child)
	}
}

// The members of a cohort have a table of their own below the incident's, which
// is evidence as any other.
func TestMembersOfAFrozenCohortHaveAWholeTable(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.imported(t, d.incident, fourPeople, fullMapping)
	c := d.frozen(t, d.cohort(t, "All", 10, fmt.Sprintf(`{"list":%q}`, l.ID)).ID)
	parent := fmt.Sprintf("cohort_member_%d", int64(d.incident))
	child := fmt.Sprintf("%s_%d", parent, int64(c.ID))
	d.isWhole(t, child, parent)
	owner := d.As(t, postgres.OwnerRole)
	for _, table := range []string{"cohort_member", parent, child} {
		for _, change := range []string{"UPDATE %s SET seq = seq + 100", "DELETE FROM %s", "TRUNCATE %s"} {
			if _, err := owner.Exec(ctx, fmt.Sprintf(change, table)); !isConstraint(err, "evidence_insert_only") {
				t.Errorf(change+": %v", table, err)
			}
		}
	}
	app := d.As(t, postgres.AppRole)
	if _, err := app.Exec(ctx, "SELECT begin_members($1, 99)", int64(d.incident)); !isCode(err, "23503") {
		t.Errorf("members of a cohort that is not there: %v", err)
	}
	if _, err := app.Exec(ctx, "INSERT INTO cohort_member (incident_no, cohort_no, seq, recipient_no) VALUES ($1, $2, 99, 1)", int64(d.incident), int64(c.ID)); !isCode(err, "23505") {
		t.Errorf("a member twice: %v", err)
	}
}

// A first import that fails leaves no table behind, and the next one is the first.
func TestAFirstListThatFailsLeavesNoTables(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, fourPeople, fullMapping)
	if _, err := d.raw.Exec(ctx, "DELETE FROM list_chunk"); err != nil {
		t.Fatal(err)
	}
	_ = d.lists.Import(ctx, l.ID) // its state says how it ended
	if n := d.count(t, "SELECT count(*) FROM pg_class WHERE relname = ANY(ARRAY['recipient_' || $1::text, 'list_row_' || $1::text])", fmt.Sprint(int64(d.incident))); n != 0 {
		t.Errorf("%d tables were left", n)
	}
	if l := d.imported(t, d.incident, fourPeople, fullMapping); l.Counts.New == 0 {
		t.Error("the next list brought nobody")
	}
}

func TestPeoplesTablesAreMadeForWhatExistsOnly(t *testing.T) {
	d := newDesk(t)
	app := d.As(t, postgres.AppRole)
	if _, err := app.Exec(context.Background(), "SELECT begin_people(99)"); !isCode(err, "23503") {
		t.Errorf("people of an incident that is not there: %v", err)
	}
	for _, inner := range []string{"make_apart('recipient', 1)", "begin_apart('recipient', 1)", "attach_apart('recipient', 1)", "attach_partition('recipient', 1)"} {
		if _, err := app.Exec(context.Background(), "SELECT "+inner); !isCode(err, "42501") {
			t.Errorf("the application calls %s by itself: %v", inner, err)
		}
	}
}
