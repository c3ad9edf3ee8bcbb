package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/postgres"
)

// crowded makes a campaign of 200,000 people whose gate some reviews opened, shut
// and opened again, and whose batches are claimed by sixty-four connections.
func (r *gateRig) crowded() campaign.Campaign {
	r.t.Helper()
	c := r.approved()
	do := func(sql string, args ...any) {
		r.t.Helper()
		if _, err := r.owner.Exec(context.Background(), sql, args...); err != nil {
			r.t.Fatalf("%s: %v", sql, err)
		}
	}
	in := int64(r.incident)
	do("INSERT INTO recipient (incident_no, recipient_no, proof_digest) SELECT $1, n, '\\x00' FROM generate_series(11, 200000) n", in)
	do("INSERT INTO cohort_member (incident_no, cohort_no, seq, recipient_no) SELECT $1, $2, n, n FROM generate_series(11, 200000) n", in, r.cohort)
	do("INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes) SELECT $1, 1, n, n, n, '', '{}' FROM generate_series(11, 200000) n", in)
	for _, open := range []bool{true, false, true} {
		do(`WITH review AS (INSERT INTO gate_review (incident_no, gate_no, opened, shut, root, at, entry_id) VALUES ($1, $2, 1, 1, '\x00', now(), gen_random_uuid()) RETURNING review_no)
			INSERT INTO gate_fact (incident_no, gate_no, recipient_no, review_no, open) SELECT $1, $2, n, review_no, $3 AND n % 2 = 0 FROM review, generate_series(11, 200000) n`, in, int64(r.gate), open)
	}
	do(`INSERT INTO delivery (campaign_no, seq, recipient_no, plan_no, variant_no, domain_key, leaf, status)
		SELECT $1, n, n, 1, 0, gen_random_uuid(), sha256('leaf'), 'held' FROM generate_series(11, 200000) n`, int64(c.ID))
	r.importing(2, "no", 1)
	r.take(2) // so that it matters who is left without a list
	do("INSERT INTO worker (name, lease_until) VALUES ('one', now() + interval '1 hour')")
	// Half of the batches are spans, half of them lists; every sixth is claimed.
	do(`INSERT INTO batch (campaign_no, batch_no, block_no, from_seq, to_seq, worker_no)
		SELECT $1, nextval('batch_number'), n / 512, n + 1, n + 512, CASE WHEN n / 512 % 6 = 0 THEN 1 END FROM generate_series(10240, 102400, 512) n`, int64(c.ID))
	do(`INSERT INTO batch (campaign_no, batch_no, seqs, worker_no)
		SELECT $1, nextval('batch_number'), ARRAY(SELECT generate_series(n + 1, n + 512)), CASE WHEN n / 512 % 6 = 0 THEN 1 END FROM generate_series(102912, 199000, 512) n`, int64(c.ID))
	do("ANALYZE recipient, cohort_member, list_row, gate_fact, gate_review, delivery, batch")
	return c
}

// Whom a gate is shut for is looked up for the people of one block, or of one
// review, and for nobody else, however many there are.
func TestAGateIsLookedUpForNobodyElse(t *testing.T) {
	r := newGateRig(t, 10)
	c := r.crowded()
	d := &desk{Database: r.db, raw: r.owner}
	some := func(from, to int) (seqs []int64) {
		for i := from; i < to; i++ {
			seqs = append(seqs, int64(i))
		}
		return seqs
	}
	for name, q := range map[string]struct {
		query string
		args  []any
		gave  float64
		most  float64 // rows that are looked at
	}{
		"the first block of a preflight": {postgres.SomeMembersForTest, []any{int64(c.ID), int64(r.incident), r.cohort, 0, 512, []int64{int64(r.gate)}}, 512, 5_000},
		"a late block of a preflight":    {postgres.SomeMembersForTest, []any{int64(c.ID), int64(r.incident), r.cohort, 180_000, 512, []int64{int64(r.gate)}}, 512, 5_000},
		"a batch that is claimed":        {postgres.SomeShutForTest, []any{int64(c.ID), some(150_000, 150_512)}, 256, 5_000},
	} {
		t.Run(name, func(t *testing.T) {
			looked, gave := d.rowsRead(t, q.query, q.args)
			if gave != q.gave || looked > q.most {
				t.Errorf("looked at %.0f rows and gave %.0f, want %.0f of at most %.0f", looked, gave, q.gave, q.most)
			}
		})
	}

	// Of the claimed batches, 31,232 people, each is looked for once among those who
	// are taken out, not each of these in every batch.
	for _, q := range []struct {
		name   string
		people []int64
		most   float64
	}{{"people of no claimed batch", some(11, 10_200), 250_000}, {"everybody", some(11, 200_000), 1_000_000}} {
		t.Run("batches are recalled from "+q.name, func(t *testing.T) {
			p := d.ran(t, postgres.RecallHoldingForTest, []any{int64(c.ID), q.people})
			if n := p.handled(); n > q.most {
				t.Errorf("%.0f rows were taken in hand, at most %.0f are needed", n, q.most)
			}
			want := map[bool]int64{true: 0, false: 61}[len(q.people) == 200_000-11]
			if n := r.number("SELECT count(*) FROM batch WHERE campaign_no = $1 AND worker_no IS NOT NULL", int64(c.ID)); n != want {
				t.Errorf("%d batches are claimed afterwards, want %d", n, want)
			}
		})
	}
}
