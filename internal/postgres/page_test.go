package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

// step is a node of a plan that was run.
type step struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Unjoined float64 `json:"Rows Removed by Join Filter"`
	Loops    float64 `json:"Actual Loops"`
	Steps    []step  `json:"Plans"`
}

// read gives how many rows of tables a plan looked at.
func (s step) read() float64 {
	var n float64
	if s.Relation != "" {
		n = (s.Rows + s.Removed) * s.Loops
	}
	for _, inner := range s.Steps {
		n += inner.read()
	}
	return n
}

// handled gives how many rows all steps of a plan took in hand, of tables or not.
func (s step) handled() float64 {
	n := (s.Rows + s.Removed + s.Unjoined) * s.Loops
	for _, inner := range s.Steps {
		n += inner.handled()
	}
	return n
}

// rowsRead runs a query and tells how many rows it looked at and how many it gave.
func (d *desk) rowsRead(t *testing.T, query string, args []any) (looked, gave float64) {
	t.Helper()
	p := d.ran(t, query, args)
	return p.read(), p.Rows
}

// ran runs a query and gives its plan.
func (d *desk) ran(t *testing.T, query string, args []any) step {
	t.Helper()
	return ranOn(t, d.raw, query, args)
}

func ranOn(t *testing.T, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, query string, args []any) step {
	t.Helper()
	var raw []byte
	if err := db.QueryRow(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+query, args...).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan step }
	if err := json.Unmarshal(raw, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// crowd gives the incident 100,000 people, a cohort of all but the last five,
// one of these five, and 100,000 ledger entries of which three are rare.
func (d *desk) crowd(t *testing.T) (most, few int64) {
	t.Helper()
	owner := d.As(t, postgres.OwnerRole)
	do := func(sql string, args ...any) {
		if _, err := owner.Exec(context.Background(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	in := int64(d.incident)
	do("SELECT begin_people($1)", in)
	do("SELECT attach_people($1)", in)
	do("INSERT INTO recipient (incident_no, recipient_no, proof_digest) SELECT $1, n, '\\x00' FROM generate_series(1, 100000) n", in)
	most, few = in*1000+1, in*1000+2
	do("SELECT make_partition($1::text::regclass, $2), make_partition($1::text::regclass, $3)", fmt.Sprintf("cohort_member_%d", in), most, few)
	do(`INSERT INTO cohort_member (incident_no, cohort_no, seq, recipient_no)
		SELECT $1, CASE WHEN n > 99995 THEN $3::bigint ELSE $2::bigint END, n, n FROM generate_series(1, 100000) n`, in, most, few)
	do(`INSERT INTO ledger_entry (entry_id, at, actor, verb, object, details_sha256, details, leaf_hash)
		SELECT lpad(to_hex(n), 32, '0')::uuid, now(), CASE WHEN n > 99997 THEN 'usr_77' ELSE 'system' END, CASE WHEN n > 99997 THEN 'rare' ELSE 'outcomes_recorded' END, 'o', '\x00', '\x00', '\x00'
		FROM generate_series(1, 100000) n`)
	do("INSERT INTO ledger_leaf (index, entry_id, leaf_hash) SELECT 1000 + n, lpad(to_hex(n), 32, '0')::uuid, '\\x00' FROM generate_series(1, 100000) n")
	do("ANALYZE recipient, cohort_member, placement, ledger_entry, ledger_leaf")
	return most, few
}

func TestAPageNeverReadsAWholeCollection(t *testing.T) {
	d := newDesk(t)
	most, few := d.crowd(t)
	is := func(column string, value any) []filter.Equal { return []filter.Equal{{Column: column, Value: value}} }
	people := func(where []filter.Equal, after int64) func() (string, []any, error) {
		return func() (string, []any, error) {
			return postgres.RecipientPageForTest(d.incident, cohort.Filter{Where: where, After: after, Limit: 51})
		}
	}
	entries := func(where []filter.Equal) func() (string, []any, error) {
		return func() (string, []any, error) { return postgres.LedgerPageForTest(0, 51, where...) }
	}
	for name, c := range map[string]struct {
		query func() (string, []any, error)
		want  float64
	}{
		"people":                          {people(nil, 0), 51},
		"people of a large cohort":        {people(is("cohort", most), 0), 51},
		"people far into a large cohort":  {people(is("cohort", most), 90000), 51},
		"people of a small cohort":        {people(is("cohort", few), 0), 5},
		"the ledger":                      {entries(nil), 51},
		"entries with a common verb":      {entries(is("verb", "outcomes_recorded")), 51},
		"entries with a rare verb":        {entries(is("verb", "rare")), 3},
		"entries of somebody rarely seen": {entries(is("actor", "usr_77")), 3},
	} {
		t.Run(name, func(t *testing.T) {
			query, args, err := c.query()
			if err != nil {
				t.Fatal(err)
			}
			looked, gave := d.rowsRead(t, query, args)
			if gave != c.want || looked > 1000 {
				t.Errorf("looked at %.0f rows and gave %.0f, want %.0f", looked, gave, c.want)
			}
		})
	}
}

func TestAFilterThatACollectionDoesNotKnowLetsNothingPass(t *testing.T) {
	d := newDesk(t)
	d.upload(t, d.incident, fourPeople, fullMapping)
	unknown := filter.Equal{Column: "sha256", Value: "x"}
	if all, err := d.lists.List(t.Context(), d.ops, d.incident, 0, 10, unknown); err == nil || all != nil {
		t.Errorf("%d lists: %v", len(all), err)
	}
	known := filter.Equal{Column: "state", Value: []string{string(intake.Importing)}}
	if all, err := d.lists.List(t.Context(), d.ops, d.incident, 0, 10, known); err != nil || len(all) != 1 {
		t.Errorf("%d lists: %v", len(all), err)
	}
}
