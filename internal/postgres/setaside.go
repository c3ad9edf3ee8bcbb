package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"forthwith/internal/delivery"
)

// domainKey reads a domain's digest; a person without an address has none.
type domainKey delivery.Domain

func (d *domainKey) ScanUUID(u pgtype.UUID) error {
	*d = domainKey(u.Bytes)
	return nil
}

// SetAside gives people of a claimed batch batches of their own. See
// delivery.Store. The claim becomes a list of those it keeps: left as a span, it
// would be claimed with everybody again after its worker's end.
func (s DeliveryStore) SetAside(ctx context.Context, a delivery.SetAside) (bool, error) {
	seqs, domains := make([]int64, len(a.Aside)), make([][16]byte, len(a.Aside))
	for i, p := range a.Aside {
		seqs[i], domains[i] = p.Seq, p.Domain
	}
	if a.Kept == nil {
		a.Kept = []int64{}
	}
	ours := false
	err := pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error {
		tag, err := t.Exec(ctx, `UPDATE batch SET seqs = $5, block_no = NULL, from_seq = NULL, to_seq = NULL
			WHERE campaign_no = $1 AND batch_no = $2 AND fence = $3 AND worker_no = $4`, a.Campaign, a.Claim.Batch, a.Claim.Fence, a.Worker.No, a.Kept)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		ours = true
		_, err = t.Exec(ctx, `WITH made AS (INSERT INTO batch (campaign_no, batch_no, seqs, stage, domain_key, zone)
				SELECT $1, nextval('batch_number'), u.seqs, b.stage, u.domain, b.zone FROM batch b,
				  (SELECT domain, array_agg(seq ORDER BY seq) AS seqs FROM unnest($3::bigint[], $4::uuid[]) AS p (seq, domain) GROUP BY domain) u
				WHERE b.campaign_no = $1 AND b.batch_no = $2 RETURNING batch_no, seqs)
			UPDATE delivery_open o SET batch_no = m.batch_no FROM made m WHERE o.campaign_no = $1 AND o.seq = ANY(m.seqs) AND o.batch_no = $2`,
			a.Campaign, a.Claim.Batch, seqs, domains)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("set people aside: %w", away(err))
	}
	return ours, nil
}
