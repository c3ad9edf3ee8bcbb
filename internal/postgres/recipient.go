package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/vault"
)

var recipientColumns = `SELECT r.recipient_no, r.address, r.address_index, r.jurisdictions, coalesce(r.locale, ''), coalesce(r.timezone, ''), r.consent, r.individuals,
	p.cohort_no, p.reason, p.at, ARRAY(SELECT f.flag FROM unnest('{` + flagWords() + `}'::text[]) WITH ORDINALITY AS f (flag, place)
		WHERE EXISTS (SELECT 1 FROM recipient_flag x WHERE x.incident_no = r.incident_no AND x.flag = f.flag AND x.recipient_no = r.recipient_no) ORDER BY f.place) FROM recipient r LEFT JOIN placement p ON p.incident_no = r.incident_no AND p.recipient_no = r.recipient_no `

// flagWords are all flags, in the order in which they are shown.
func flagWords() string {
	words := make([]string, len(intake.Flags))
	for i, f := range intake.Flags {
		words[i] = string(f)
	}
	return strings.Join(words, ",")
}

// Flagged counts the flags of people whom a list has.
func (s CohortStore) Flagged(ctx context.Context, incident id.Incident) (map[string]int, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, "SELECT m.flag, count(*) FROM recipient_flag m WHERE m.incident_no = $1 AND EXISTS (SELECT 1 FROM "+having+") GROUP BY 1", int64(incident))
	if err != nil {
		return nil, fmt.Errorf("count flags of %s: %w", incident, away(err))
	}
	all := map[string]int{}
	var flag string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&flag, &n}, func() error {
		all[flag] = n
		return nil
	})
	return all, err
}

// Recipients reads a page of people, their addresses masked.
func (s CohortStore) Recipients(ctx context.Context, incident id.Incident, f cohort.Filter) ([]cohort.Recipient, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	return s.recipients(ctx, incident, recipientPage(incident, f))
}

func recipientPage(incident id.Incident, f cohort.Filter) page {
	return page{recipientColumns + "WHERE r.incident_no = $1 AND r.recipient_no > $2", []any{int64(incident), f.After}, recipientConditions, f.Where, "r.recipient_no", f.Limit}
}

// recipientConditions go on from the arguments of recipientPage. People of a
// cohort are found among its members, which are in order: read through
// placements, a page of a small cohort would walk the whole incident. Flags are of
// people whom a list has, as they are counted.
var recipientConditions = conditions{
	"flag":   "r.recipient_no IN (SELECT m.recipient_no FROM recipient_flag m WHERE m.incident_no = $1 AND m.flag = ANY(?) AND m.recipient_no > $2 AND EXISTS (SELECT 1 FROM " + having + "))",
	"cohort": "r.recipient_no IN (SELECT m.recipient_no FROM cohort_member m WHERE m.incident_no = $1 AND m.cohort_no = ? AND m.recipient_no > $2)",
}

func (s CohortStore) recipients(ctx context.Context, incident id.Incident, p page) ([]cohort.Recipient, error) {
	keys, err := s.Incident(ctx, int64(incident))
	if err != nil {
		return nil, err
	}
	return pageFrom(ctx, s.pool, p, func(row pgx.CollectableRow) (cohort.Recipient, error) {
		r, err := readRecipient(row, keys)
		r.ID.Parent = int64(incident)
		return r, err
	})
}

func readRecipient(row pgx.CollectableRow, keys *vault.Incident) (cohort.Recipient, error) {
	var r cohort.Recipient
	var sealed []byte
	var index *[16]byte
	var placed *int64
	var at *time.Time
	err := row.Scan(&r.ID.No, &sealed, &index, &r.Jurisdictions, &r.Locale, &r.Timezone, &r.Consent, &r.Individuals, &placed, &r.Reason, &at, &r.Flags)
	if err != nil {
		return r, err
	}
	if placed != nil {
		r.Cohort, r.PlacedAt = id.Cohort(*placed), at.UTC()
	}
	if index != nil {
		address, err := openAddress(keys, *index, sealed)
		if err != nil {
			return r, err
		}
		r.Masked = address.Redacted()
	}
	return r, nil
}

// Recipient reads one person with the rows behind them.
func (s CohortStore) Recipient(ctx context.Context, no id.Recipient) (cohort.Recipient, error) {
	if err := s.incidentThere(ctx, id.Incident(no.Parent)); err != nil {
		return cohort.Recipient{}, cohort.ErrNoRecipient
	}
	all, err := s.recipients(ctx, id.Incident(no.Parent), page{query: recipientColumns + "WHERE r.incident_no = $1 AND r.recipient_no = $2",
		args: []any{no.Parent, no.No}, order: "r.recipient_no", limit: 1})
	if err != nil {
		return cohort.Recipient{}, err
	}
	if len(all) == 0 {
		return cohort.Recipient{}, cohort.ErrNoRecipient
	}
	if all[0].Rows, err = s.sourceRows(ctx, no); err != nil {
		return cohort.Recipient{}, err
	}
	all[0].MemberOf, err = s.memberOf(ctx, no)
	return all[0], err
}

// memberOf finds the frozen cohorts that have a person: the one where they are
// placed, and follow-ups.
func (s CohortStore) memberOf(ctx context.Context, no id.Recipient) ([]id.Cohort, error) {
	rows, err := s.pool.Query(ctx, `SELECT c.cohort_no FROM cohort c WHERE c.incident_no = $1 AND c.state = 'frozen'
		AND EXISTS (SELECT 1 FROM cohort_member m WHERE m.incident_no = $1 AND m.cohort_no = c.cohort_no AND m.recipient_no = $2) ORDER BY 1`, no.Parent, no.No)
	if err != nil {
		return nil, fmt.Errorf("read cohorts of %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read cohorts of %s: %w", no, away(err))
	}
	var cohorts []id.Cohort
	for _, one := range all {
		cohorts = append(cohorts, id.Cohort(one))
	}
	return cohorts, nil
}

func (s CohortStore) sourceRows(ctx context.Context, no id.Recipient) ([]cohort.SourceRow, error) {
	mappings, err := mappingsOf(ctx, s.pool, no.Parent, intake.Imported, intake.Withdrawn)
	if err != nil {
		return nil, away(err)
	}
	rows, err := s.pool.Query(ctx, `SELECT r.list_no, l.name, l.state = 'withdrawn', r.row_no, r.line, r.attributes FROM list_row r JOIN list l USING (list_no)
		WHERE r.incident_no = $1 AND r.recipient_no = $2 ORDER BY r.list_no, r.row_no`, no.Parent, no.No)
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (cohort.SourceRow, error) {
		var r cohort.SourceRow
		var list int64
		err := row.Scan(&list, &r.ListName, &r.Withdrawn, &r.Row, &r.Line, &r.Attributes)
		r.List = id.List(list)
		for name, typ := range mappings[list].Types() {
			if typ == intake.Secret {
				delete(r.Attributes, name)
			}
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", no, away(err))
	}
	return all, nil
}
