package main

import (
	"bytes"
	"context"
	"fmt"

	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/sample"
)

// verdict is what the oracle found.
type verdict struct {
	People, Accepted, Indeterminate, Missing, Silent, Marked, Foreign int
	wrong                                                             []string
}

func (v verdict) String() string {
	return fmt.Sprintf("people=%d accepted=%d indeterminate=%d missing=%d duplicates=%d marked=%d foreign=%d", v.People, v.Accepted, v.Indeterminate, v.Missing, v.Silent, v.Marked, v.Foreign)
}

func (v verdict) err() error {
	switch {
	case len(v.wrong) > 0:
		return fmt.Errorf("%s (and %d more)", v.wrong[0], len(v.wrong)-1)
	case v.Missing > 0 || v.Silent > 0 || v.Foreign > 0:
		return fmt.Errorf("an invariant does not hold")
	}
	return nil
}

// judge holds the relay's own record, the report and the database against each
// other: C-1 to C-4.
func (w *world) judge(ctx context.Context, report []sample.ReportRow) (verdict, error) {
	var v verdict
	taken := map[string]int{}
	for _, m := range w.Messages() {
		if len(m.Rcpt) != 1 || bytes.Count(m.Raw, []byte("\r\nTo: ")) != 1 {
			v.Foreign++
		}
		if m.Accepted {
			taken[m.Header("Message-Id")]++
		}
	}
	for _, r := range report {
		n := taken["<"+r.MessageID+">"]
		delete(taken, "<"+r.MessageID+">")
		v.one(r, n)
	}
	if len(taken) > 0 {
		v.wrong = append(v.wrong, fmt.Sprintf("%d messages stand in no report", len(taken)))
	}
	return v, w.sums(ctx, &v)
}

// one judges one person by how often the relay took their message.
func (v *verdict) one(r sample.ReportRow, taken int) {
	v.People++
	switch {
	case r.Status == outcome.Accepted:
		v.Accepted++
		if taken == 0 {
			v.wrong = append(v.wrong, r.Delivery+" counts as accepted and the relay does not know it")
		}
	case r.Status == outcome.Indeterminate:
		v.Indeterminate++
	case taken > 0:
		v.wrong = append(v.wrong, r.Delivery+" was taken and counts as "+string(r.Status))
	case !r.Status.Explained():
		v.Missing++
	}
	if taken > 1 && !r.PossibleDuplicate {
		v.Silent += taken - 1
	}
	if taken > 1 && r.PossibleDuplicate {
		v.Marked += taken - 1
	}
}

// sums holds that statuses add up to the cohort, that no message went out
// without an intent, and that the ledger has its checkpoints.
func (w *world) sums(ctx context.Context, v *verdict) error {
	var members, deliveries, unannounced int
	err := w.SQL.QueryRow(ctx, `SELECT (SELECT sum(resolved_size) FROM cohort WHERE cohort_no IN (SELECT cohort_no FROM campaign WHERE state <> 'draft')),
		(SELECT count(*) FROM delivery), (SELECT count(*) FROM delivery d WHERE d.status = 'accepted' AND NOT EXISTS
		  (SELECT 1 FROM intent i WHERE i.campaign_no = d.campaign_no AND i.seq = d.seq))`).Scan(&members, &deliveries, &unannounced)
	if err != nil {
		return err
	}
	if members != deliveries {
		v.wrong = append(v.wrong, fmt.Sprintf("%d deliveries for %d members", deliveries, members))
	}
	apart, err := w.count(ctx, postgres.SumsApart)
	if err != nil {
		return err
	}
	if apart > 0 {
		v.wrong = append(v.wrong, fmt.Sprintf("%d sums are not the count of their deliveries", apart))
	}
	if unannounced > 0 {
		v.wrong = append(v.wrong, fmt.Sprintf("%d accepted without an intent", unannounced))
	}
	return nil
}

// count reads one number.
func (w *world) count(ctx context.Context, sql string, args ...any) (int, error) {
	var n int
	err := w.SQL.QueryRow(ctx, sql, args...).Scan(&n)
	return n, err
}
