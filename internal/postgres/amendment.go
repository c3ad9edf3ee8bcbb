package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// amendmentReason holds why ops asks for more than the plan.
const amendmentReason = "amendment.reason"

// approvedAmendments are the documents of a campaign's approved amendments.
const approvedAmendments = `ARRAY(SELECT document FROM amendment m WHERE m.campaign_no = c.campaign_no
	AND EXISTS (SELECT 1 FROM approval a WHERE a.kind = 'amendment' AND a.target = m.sha256) ORDER BY m.no)`

// amendedRate is the highest rate that an approved amendment allows, or NULL.
const amendedRate = `(SELECT (convert_from(document, 'UTF8')::jsonb->>'max_rate_per_second')::double precision FROM amendment m WHERE m.campaign_no = c.campaign_no
	AND convert_from(document, 'UTF8')::jsonb->>'max_rate_per_second' IS NOT NULL
	AND EXISTS (SELECT 1 FROM approval a WHERE a.kind = 'amendment' AND a.target = m.sha256) ORDER BY m.no DESC LIMIT 1)`

const amendmentColumns = `SELECT m.amendment_no, m.sha256, m.document, m.reason, m.made_by, coalesce(a.approver, 0), a.at,
	m.no = (SELECT max(no) FROM amendment n WHERE n.campaign_no = m.campaign_no), c.incident_no
	FROM amendment m JOIN campaign c USING (campaign_no)
	LEFT JOIN LATERAL (SELECT approver, at FROM approval WHERE kind = 'amendment' AND target = m.sha256 ORDER BY at LIMIT 1) a ON true `

// sealedAmendment is an amendment whose reason is not opened yet.
type sealedAmendment struct {
	campaign.Amendment
	incident int64
	reason   []byte
}

func scanAmendment(row pgx.CollectableRow) (sealedAmendment, error) {
	var a sealedAmendment
	var sum, document []byte
	err := row.Scan((*int64)(&a.ID), &sum, &document, &a.reason, (*int64)(&a.MadeBy), (*int64)(&a.ApprovedBy), &a.ApprovedAt, &a.Newest, &a.incident)
	if err != nil {
		return a, err
	}
	if a.Hash = canon.FromBytes(sum); a.Hash != canon.Hash(sha256.Sum256(document)) {
		return a, errors.New("an amendment does not fit its hash")
	}
	if a.ApprovedAt != nil {
		*a.ApprovedAt = a.ApprovedAt.UTC()
	}
	a.Widening, err = campaign.ReadWidening(document)
	return a, err
}

// Amend runs f in a transaction about amendments.
func (s CampaignStore) Amend(ctx context.Context, f func(campaign.AmendTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

// Amendment reads one. See campaign.AmendStore.
func (s CampaignStore) Amendment(ctx context.Context, no id.Amendment) (campaign.Amendment, error) {
	a, err := oneFrom(ctx, s.pool, amendmentColumns+"WHERE m.amendment_no = $1", []any{int64(no)}, no, campaign.ErrNoAmendment, scanAmendment)
	if err != nil {
		return a.Amendment, err
	}
	return s.openAmendment(ctx, a)
}

// AmendmentsOf reads those of a campaign. See campaign.AmendStore.
func (s CampaignStore) AmendmentsOf(ctx context.Context, no id.Campaign) ([]campaign.Amendment, error) {
	all, err := amendments(ctx, s.pool, no, "DESC")
	if err != nil {
		return nil, err
	}
	out := make([]campaign.Amendment, len(all))
	for i, a := range all {
		if out[i], err = s.openAmendment(ctx, a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func amendments(ctx context.Context, q querier, no id.Campaign, order string) ([]sealedAmendment, error) {
	rows, err := q.Query(ctx, amendmentColumns+"WHERE m.campaign_no = $1 ORDER BY m.no "+order, int64(no))
	if err != nil {
		return nil, fmt.Errorf("read amendments of %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, scanAmendment)
}

func (s CampaignStore) openAmendment(ctx context.Context, a sealedAmendment) (campaign.Amendment, error) {
	in, err := s.Incident(ctx, a.incident)
	if err != nil {
		return a.Amendment, err
	}
	plain, err := in.OpenText(amendmentReason, a.reason, int64(a.Campaign))
	a.Reason = string(plain)
	return a.Amendment, err
}

// Amendments reads those of a campaign. See campaign.AmendTx.
func (t campaignTx) Amendments(no id.Campaign) ([]campaign.Amendment, error) {
	all, err := amendments(t.ctx, t.pg, no, "ASC")
	out := make([]campaign.Amendment, len(all))
	for i, a := range all {
		out[i] = a.Amendment
	}
	return out, err
}

// RelaysNow reads relays as they stand. See campaign.AmendTx.
func (t campaignTx) RelaysNow(c campaign.Campaign, relays []id.Relay) ([]campaign.RelayNow, error) {
	m, err := material(t.ctx, t.db, t.pg, campaign.Campaign{ID: c.ID, Incident: c.Incident, Settings: campaign.Settings{Relays: relays, Cohort: c.Settings.Cohort, Version: c.Settings.Version, Sender: c.Settings.Sender}})
	return m.Relays, err
}

// InsertAmendment keeps a proposed amendment. See campaign.AmendTx.
func (t campaignTx) InsertAmendment(c campaign.Campaign, document []byte, a campaign.Amendment) (no id.Amendment, err error) {
	in, err := t.db.keys.incident(t.ctx, int64(c.Incident))
	if err != nil {
		return 0, err
	}
	reason, err := in.SealText(amendmentReason, []byte(a.Reason), int64(c.ID))
	if err != nil {
		return 0, err
	}
	err = t.pg.QueryRow(t.ctx, "INSERT INTO amendment (campaign_no, no, sha256, document, reason, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING amendment_no",
		int64(c.ID), a.No, a.Hash[:], document, reason, int64(a.MadeBy), a.MadeAt).Scan((*int64)(&no))
	if err != nil {
		return 0, fmt.Errorf("insert amendment: %w", err)
	}
	return no, nil
}

// ApproveAmendment writes the approval. See campaign.AmendTx. The database holds
// the rules about different people, and about excluded relays, too.
func (t campaignTx) ApproveAmendment(c campaign.Campaign, a campaign.Amendment, by id.User, comment string) error {
	err := t.approval("amendment", a.Hash, c, by, comment)
	if violates(err, "campaign_relay_excluded") {
		return fault.Wrong("relays", "relays_excluded", nil)
	}
	return peopleFault(err)
}
