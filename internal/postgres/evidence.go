package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/vault"
)

// EvidenceStore implements evidence.Store.
type EvidenceStore struct{ *DB }

// IncidentOf names the incident of a campaign.
func (s EvidenceStore) IncidentOf(ctx context.Context, c id.Campaign) (id.Incident, error) {
	var no int64
	err := s.pool.QueryRow(ctx, "SELECT incident_no FROM campaign WHERE campaign_no = $1", int64(c)).Scan(&no)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, campaign.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", c, away(err))
	}
	return id.Incident(no), nil
}

// reportPage is how many deliveries are read in one go.
const reportPage = 2000

// names are what a report says by name instead of by number.
type names struct {
	incident int64
	cohort   string
	domain   string // of Message-IDs
	variants []string
	relays   map[int64]string
	keys     *vault.Incident
	codes    *vault.Installation
}

func (s EvidenceStore) names(ctx context.Context, c id.Campaign) (names, error) {
	n := names{relays: map[int64]string{}, codes: s.Installation()}
	var document []byte
	err := s.pool.QueryRow(ctx, `SELECT c.incident_no, h.name, coalesce(p.document, '') FROM campaign c JOIN cohort h USING (cohort_no)
		LEFT JOIN plan p ON p.sha256 = c.plan_sha256 WHERE c.campaign_no = $1`, int64(c)).Scan(&n.incident, &n.cohort, &document)
	if err != nil {
		return n, err
	}
	if len(document) > 0 {
		plan, err := campaign.ReadPlan(document)
		if err != nil {
			return n, err
		}
		for _, v := range plan.Text.Ordered() {
			n.variants = append(n.variants, campaign.VariantName(v.Source))
		}
		_, n.domain, _ = strings.Cut(plan.Sender.From, "@")
	}
	rows, err := s.pool.Query(ctx, "SELECT relay_no, name FROM relay")
	if err != nil {
		return n, err
	}
	var no int64
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&no, &name}, func() error { n.relays[no] = name; return nil }); err != nil {
		return n, err
	}
	n.keys, err = s.Incident(ctx, n.incident)
	return n, err
}

// Rows calls f for each delivery. See evidence.Store.
func (s EvidenceStore) Rows(ctx context.Context, c id.Campaign, who evidence.Identifiers, filter evidence.Filter, f func(evidence.Row) error) error {
	n, err := s.names(ctx, c)
	if err != nil {
		return fmt.Errorf("read %s: %w", c, away(err))
	}
	after, left := filter.After, filter.Limit
	for {
		limit := reportPage
		if filter.Limit > 0 {
			limit = min(limit, left)
		}
		page, err := s.page(ctx, c, n, who, after, filter.Where, limit)
		if err != nil {
			return fmt.Errorf("read deliveries of %s: %w", c, away(err))
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
		}
		left -= len(page)
		if len(page) < limit || filter.Limit > 0 && left <= 0 {
			return nil
		}
		after = page[len(page)-1].Delivery.No
	}
}

func (n names) email(r dossier, who evidence.Identifiers) (string, error) {
	if r.index == nil {
		return "", nil
	}
	if who == evidence.Digests {
		return hex.EncodeToString(r.proof), nil
	}
	address, err := openAddress(n.keys, *r.index, r.address)
	if err != nil {
		return "", err
	}
	if who == evidence.Full {
		return address.String(), nil
	}
	return address.Redacted(), nil
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
