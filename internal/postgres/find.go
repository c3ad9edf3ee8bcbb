package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/evidence"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/mailaddr"
)

// Find looks for an address in every incident. An incident whose key was
// destroyed knows nobody any more.
func (s EvidenceStore) Find(ctx context.Context, address mailaddr.Address) ([]evidence.Found, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.incident_no, f.document->>'name' FROM incident i
		JOIN LATERAL (SELECT document FROM incident_fact WHERE incident_no = i.incident_no ORDER BY version DESC LIMIT 1) f ON true
		ORDER BY i.incident_no DESC`)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (evidence.Found, error) {
		f := evidence.Found{Masked: address.Redacted()}
		err := row.Scan((*int64)(&f.Incident), &f.Name)
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", away(err))
	}
	var out []evidence.Found
	for _, f := range all {
		there, err := s.findIn(ctx, &f, address)
		if err != nil {
			return nil, fmt.Errorf("look up in %s: %w", f.Incident, err)
		}
		if there {
			out = append(out, f)
		}
	}
	return out, nil
}

// FindIn looks for an address in one incident, by its blind index. Where the key
// was destroyed nobody is known any more.
func (s EvidenceStore) FindIn(ctx context.Context, incident id.Incident, address mailaddr.Address) ([]id.Recipient, error) {
	keys, err := s.Incident(ctx, int64(incident))
	if fault.Is(err, "incident_shredded") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, "SELECT incident_no, recipient_no FROM recipient WHERE incident_no = $1 AND address_index = $2",
		int64(incident), keys.AddressIndex(address.GroupingKey()))
	if err != nil {
		return nil, fmt.Errorf("find somebody in %s: %w", incident, away(err))
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (no id.Recipient, err error) {
		return no, row.Scan(&no.Parent, &no.No)
	})
	if err != nil {
		return nil, fmt.Errorf("find somebody in %s: %w", incident, away(err))
	}
	return found, nil
}

// findIn fills in what one incident holds about an address.
func (s EvidenceStore) findIn(ctx context.Context, f *evidence.Found, address mailaddr.Address) (bool, error) {
	found, err := s.FindIn(ctx, f.Incident, address)
	if err != nil || len(found) == 0 {
		return false, err
	}
	f.Recipient = found[0]
	err = s.pool.QueryRow(ctx, `SELECT r.jurisdictions, coalesce(r.locale, ''), coalesce(c.name, '')
		FROM recipient r LEFT JOIN placement p USING (incident_no, recipient_no) LEFT JOIN cohort c ON c.cohort_no = p.cohort_no
		WHERE r.incident_no = $1 AND r.recipient_no = $2`, int64(f.Incident), f.Recipient.No).Scan(&f.Jurisdictions, &f.Locale, &f.Cohort)
	if err != nil {
		return false, away(err)
	}
	if err := s.toldTo(ctx, f); err != nil {
		return false, err
	}
	return true, s.grantedTo(ctx, f)
}

// toldTo reads every delivery to a person.
func (s EvidenceStore) toldTo(ctx context.Context, f *evidence.Found) error {
	rows, err := s.pool.Query(ctx, `SELECT d.campaign_no, d.seq, c.name FROM campaign c JOIN delivery d ON d.campaign_no = c.campaign_no
		WHERE c.incident_no = $1 AND d.recipient_no = $2 ORDER BY d.campaign_no`, int64(f.Incident), f.Recipient.No)
	if err != nil {
		return away(err)
	}
	var no id.Delivery
	var name string
	var told []id.Delivery
	_, err = pgx.ForEachRow(rows, []any{&no.Parent, &no.No, &name}, func() error {
		told, f.Deliveries = append(told, no), append(f.Deliveries, evidence.Told{Campaign: name})
		return nil
	})
	for i, no := range told {
		if err == nil {
			var d evidence.Detail
			d, err = s.Delivery(ctx, no)
			f.Deliveries[i].Row = d.Row
		}
	}
	return away(err)
}

// grantedTo reads for each pool whether a person holds a code of it, without
// opening one. A grant came with its entry in the ledger.
func (s EvidenceStore) grantedTo(ctx context.Context, f *evidence.Found) error {
	rows, err := s.pool.Query(ctx, `SELECT p.pool_no, p.name, coalesce(g.campaign_no, 0), coalesce(c.name, ''), e.at FROM code_pool p
		LEFT JOIN pool_grant g ON g.incident_no = $1 AND g.recipient_no = $2 AND g.pool_no = p.pool_no
		LEFT JOIN campaign c ON c.campaign_no = g.campaign_no LEFT JOIN ledger_entry e ON e.entry_id = g.entry_id
		WHERE p.incident_no = $1 ORDER BY p.pool_no`, int64(f.Incident), f.Recipient.No)
	if err != nil {
		return away(err)
	}
	f.Codes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (evidence.Granted, error) {
		var g evidence.Granted
		var at *time.Time
		err := row.Scan((*int64)(&g.Pool), &g.Name, (*int64)(&g.Campaign), &g.By, &at)
		g.At = utc(at)
		return g, err
	})
	return away(err)
}
