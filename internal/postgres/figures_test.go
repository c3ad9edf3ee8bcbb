package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"forthwith/internal/evidence"
	"forthwith/internal/filter"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// The sums follow every change of a status, by whichever connection, and none
// that was rolled back.
func TestSumsAreTheCountsOfTheDeliveries(t *testing.T) {
	r := newPlanRig(t, 1100)
	c := r.checked()
	connections := []*pgx.Conn{r.app, r.db.As(t, postgres.AppRole), r.db.As(t, postgres.AppRole)}
	statuses := []string{"pending", "deferred", "accepted", "rejected", "indeterminate", "cancelled", "excluded"}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			conn := rapid.SampledFrom(connections).Draw(rt, "connection")
			from := rapid.IntRange(1, 1100).Draw(rt, "from")
			to, step := from+rapid.IntRange(0, 700).Draw(rt, "span"), rapid.IntRange(1, 9).Draw(rt, "step")
			status, undone := rapid.SampledFrom(statuses).Draw(rt, "status"), rapid.Bool().Draw(rt, "undone")
			tx, err := conn.Begin(context.Background())
			if err != nil {
				rt.Fatal(err)
			}
			_, err = tx.Exec(context.Background(), "UPDATE delivery SET status = $1 WHERE campaign_no = $2 AND seq BETWEEN $3 AND $4 AND seq % $5 = 0", status, int64(c.ID), from, to, step)
			if err != nil {
				rt.Fatal(err)
			}
			if undone {
				err = tx.Rollback(context.Background())
			} else {
				err = tx.Commit(context.Background())
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		var wrong int64
		if err := r.app.QueryRow(context.Background(), postgres.SumsApart).Scan(&wrong); err != nil || wrong != 0 {
			rt.Fatalf("%d sums are wrong, %v", wrong, err)
		}
		r.pagesAgree(rt, c.ID.String(), rapid.SampledFrom(statuses).Draw(rt, "asked"))
	})
	f, err := r.store.Figures(context.Background(), c.ID)
	if err != nil || r.number("SELECT count(*) FROM delivery WHERE status = 'rejected'") != f.Counts[outcome.Rejected] {
		t.Errorf("figures say %v, %v", f.Counts, err)
	}
}

// pagesAgree holds the pages of one status against the deliveries themselves.
func (r *planRig) pagesAgree(rt *rapid.T, campaign, status string) {
	c, store := r.get(1).ID, postgres.EvidenceStore{DB: r.db.DB}
	rows, err := r.app.Query(context.Background(), "SELECT seq FROM delivery WHERE status = $1 ORDER BY seq", status)
	if err != nil {
		rt.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		rt.Fatal(err)
	}
	var got []int64
	limit := rapid.IntRange(40, 400).Draw(rt, "limit")
	for after := int64(0); ; after = got[len(got)-1] {
		n := len(got)
		f := evidence.Filter{Where: []filter.Equal{{Column: "status", Value: []string{status}}}, After: after, Limit: limit}
		if err := store.Rows(context.Background(), c, evidence.Masked, f, func(row evidence.Row) error { got = append(got, row.Delivery.No); return nil }); err != nil {
			rt.Fatal(err)
		}
		if len(got)-n < limit {
			break
		}
	}
	if !slices.Equal(got, want) {
		rt.Fatalf("pages of %s give %s, want %s", status, fmt.Sprint(got), fmt.Sprint(want))
	}
}

func TestTheApplicationCannotWriteSums(t *testing.T) {
	r := newPlanRig(t, 3)
	r.checked()
	for _, change := range []string{"UPDATE delivery_sum SET n = n + 1", "DELETE FROM delivery_sum", "INSERT INTO delivery_pace VALUES (1, now(), 1, 1)", "UPDATE delivery_3 SET status = 'accepted'"} {
		if _, err := r.app.Exec(context.Background(), change); !isCode(err, "42501") && !isCode(err, "42P01") {
			t.Errorf("%s: %v", change, err)
		}
	}
}
