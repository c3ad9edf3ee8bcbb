package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/outcome"
)

// scene reads an incident's people over one connection.
type scene struct {
	q        reader
	db       *DB
	incident id.Incident
}

// Read shows one moment of an incident: everything that f reads is of it. What
// was read of the same moment before is not read again.
func (s CohortStore) Read(ctx context.Context, incident id.Incident, f func(cohort.Scene) error) error {
	if err := s.incidentThere(ctx, incident); err != nil {
		return err
	}
	return away(pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(t pgx.Tx) error {
		now := scene{t, s.DB, incident}
		moment, err := now.moment(ctx)
		if err != nil {
			return err
		}
		return f(remembered{now, s.memos.at(incident, moment)})
	}))
}

func (s scene) set(ctx context.Context, query string, args ...any) (cohort.Bitset, error) {
	rows, err := s.q.Query(ctx, query, append([]any{int64(s.incident)}, args...)...)
	if err != nil {
		return nil, err
	}
	var set cohort.Bitset
	var no int64
	_, err = pgx.ForEachRow(rows, []any{&no}, func() error {
		set.Add(int(no))
		return nil
	})
	return set, err
}

// Everyone gives all recipients but those whose lists were all withdrawn.
func (s scene) Everyone(ctx context.Context) (cohort.Bitset, error) {
	all, err := s.set(ctx, "SELECT recipient_no FROM recipient WHERE incident_no = $1")
	if err != nil {
		return nil, err
	}
	left, err := s.set(ctx, gone)
	return all.Minus(left), err
}

// List gives those with a row in a list.
func (s scene) List(ctx context.Context, list id.List) (cohort.Bitset, error) {
	return s.set(ctx, "SELECT recipient_no FROM list_row WHERE incident_no = $1 AND list_no = $2 AND list_no IN ("+standing+")", int64(list))
}

// Attribute gives those of whom any row satisfies a leaf. A value of another
// type than the leaf's never does, and never fails.
func (s scene) Attribute(ctx context.Context, leaf cohort.Leaf) (cohort.Bitset, error) {
	texts, numbers, err := s.operands(ctx, leaf)
	if err != nil {
		return nil, err
	}
	test := map[cohort.Op]string{
		cohort.Eq: "= ANY", cohort.In: "= ANY", cohort.Lt: "< ANY", cohort.Gt: "> ANY", cohort.Prefix: "prefix", cohort.Exists: "exists",
	}[leaf.Op]
	query, args := "SELECT recipient_no FROM list_row WHERE incident_no = $1 AND ($2 = 0 OR list_no = $2) AND list_no IN ("+standing+") AND ", []any{int64(leaf.List), leaf.Attribute}
	switch {
	case test == "exists":
		query += "attributes ? $3"
	case test == "prefix":
		query, args = query+"starts_with(attributes ->> $3, ($4::text[])[1])", append(args, texts)
	case len(numbers) > 0 && len(texts) == 0:
		query, args = query+"CASE WHEN jsonb_typeof(attributes -> $3) = 'number' THEN (attributes ->> $3)::float8 "+test+"($4::float8[]) END", append(args, numbers)
	default:
		query, args = query+`(attributes ->> $3) COLLATE "C" `+test+"($4::text[])", append(args, texts)
		if leaf.Op == cohort.Lt || leaf.Op == cohort.Gt { // a list may come again with this column as text
			query += ` AND attributes ->> $3 ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'`
		}
	}
	set, err := s.set(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read attribute: %w", err)
	}
	return set, nil
}

// operands gives what a leaf compares with, as it is stored: of a secret
// attribute its blind index.
func (s scene) operands(ctx context.Context, leaf cohort.Leaf) (texts []string, numbers []float64, err error) {
	known, err := s.Known(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range leaf.Values {
		switch {
		case v.IsNumber:
			numbers = append(numbers, v.Number)
		case known.Attributes[leaf.Attribute] == cohort.Secret:
			keys, err := s.db.Incident(ctx, int64(s.incident))
			if err != nil {
				return nil, nil, err
			}
			ix := keys.SecretIndex(leaf.Attribute, v.Text)
			texts = append(texts, fmt.Sprintf("%x", ix[:]))
		default:
			texts = append(texts, v.Text)
		}
	}
	return texts, numbers, nil
}

// Outcome reads whose delivery has one of some statuses now.
func (s scene) Outcome(ctx context.Context, campaign id.Campaign, statuses []outcome.Status) (cohort.Bitset, error) {
	return s.set(ctx, "SELECT d.recipient_no FROM delivery d JOIN campaign c USING (campaign_no) WHERE c.incident_no = $1 AND d.campaign_no = $2 AND d.status = ANY($3)", int64(campaign), statuses)
}

// Told reads the members of a campaign's cohort.
func (s scene) Told(ctx context.Context, campaign id.Campaign) (cohort.Bitset, error) {
	return s.set(ctx, "SELECT m.recipient_no FROM campaign c JOIN cohort_member m USING (incident_no, cohort_no) WHERE c.incident_no = $1 AND c.campaign_no = $2", int64(campaign))
}

// Members reads those of one frozen cohort.
func (s scene) Members(ctx context.Context, no id.Cohort) (cohort.Bitset, error) {
	return s.set(ctx, "SELECT recipient_no FROM cohort_member WHERE incident_no = $1 AND cohort_no = $2", int64(no))
}

// launched reads the campaigns that rules and follow-ups may speak of.
func (s scene) launched(ctx context.Context) (map[id.Campaign]string, error) {
	rows, err := s.q.Query(ctx, "SELECT campaign_no, name FROM campaign WHERE incident_no = $1 AND state IN ('scheduled', 'sending', 'paused', 'complete', 'closed_with_exceptions', 'aborted')", int64(s.incident))
	if err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	all := map[id.Campaign]string{}
	var no int64
	var name string
	_, err = pgx.ForEachRow(rows, []any{&no, &name}, func() error {
		all[id.Campaign(no)] = name
		return nil
	})
	return all, err
}

// firsts reads the names of the first cohorts.
func (s scene) firsts(ctx context.Context) (map[id.Cohort]string, error) {
	all, err := s.Cohorts(ctx)
	names := map[id.Cohort]string{}
	for _, c := range all {
		if c.Kind == cohort.FirstNotice {
			names[c.ID] = c.Name
		}
	}
	return names, err
}

// Known reads what rules may speak of: imported lists, their
// attributes, and campaigns.
func (s scene) Known(ctx context.Context) (cohort.Known, error) {
	k := cohort.Known{Lists: map[id.List]bool{}, Attributes: map[string]cohort.Type{}, Written: intake.Written}
	all, err := mappingsOf(ctx, s.q, int64(s.incident), intake.Imported)
	for no, m := range all {
		k.Lists[id.List(no)] = true
		for name, t := range m.Types() {
			k.Attributes[name] = cohort.Type(t)
		}
	}
	if err == nil {
		k.Campaigns, err = s.launched(ctx)
	}
	if err == nil {
		k.Cohorts, err = s.firsts(ctx)
	}
	return k, err
}

// mappingsOf reads the mapping of each list in one of the states.
func mappingsOf(ctx context.Context, q querier, incident int64, states ...intake.State) (map[int64]intake.Mapping, error) {
	rows, err := q.Query(ctx, "SELECT list_no, columns, mapping FROM list WHERE incident_no = $1 AND state = ANY($2)", incident, states)
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	type line struct {
		no      int64
		columns []string
		raw     map[string]string
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line, error) {
		var l line
		return l, row.Scan(&l.no, &l.columns, &l.raw)
	})
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	out := map[int64]intake.Mapping{}
	for _, l := range lines {
		if out[l.no], err = intake.ParseMapping(l.columns, l.raw); err != nil {
			return nil, fmt.Errorf("read mapping of list %d: %w", l.no, err)
		}
	}
	return out, nil
}

// Cohorts reads all of them.
func (s scene) Cohorts(ctx context.Context) ([]cohort.Cohort, error) {
	rows, err := s.q.Query(ctx, cohortColumns+"WHERE incident_no = $1 ORDER BY cohort_no", int64(s.incident))
	if err != nil {
		return nil, fmt.Errorf("read cohorts: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[cohortRow])
	if err != nil {
		return nil, fmt.Errorf("read cohorts: %w", err)
	}
	return readAll(lines, cohortRow.read)
}

// Placed reads the people of each frozen cohort.
func (s scene) Placed(ctx context.Context) (map[id.Cohort]cohort.Bitset, error) {
	rows, err := s.q.Query(ctx, "SELECT cohort_no, recipient_no FROM placement WHERE incident_no = $1", int64(s.incident))
	if err != nil {
		return nil, fmt.Errorf("read placements: %w", err)
	}
	out := map[id.Cohort]cohort.Bitset{}
	var no, person int64
	_, err = pgx.ForEachRow(rows, []any{&no, &person}, func() error {
		set := out[id.Cohort(no)]
		set.Add(int(person))
		out[id.Cohort(no)] = set
		return nil
	})
	return out, err
}

// Traits reads everybody's places and language.
func (s scene) Traits(ctx context.Context) (cohort.Traits, error) {
	var all cohort.Traits
	rows, err := s.q.Query(ctx, "SELECT recipient_no, jurisdictions, coalesce(locale, '') FROM recipient WHERE incident_no = $1", int64(s.incident))
	if err != nil {
		return all, fmt.Errorf("read traits: %w", err)
	}
	var no int64
	var places []string
	var locale string
	_, err = pgx.ForEachRow(rows, []any{&no, &places, &locale}, func() error {
		all.Add(int(no), places, locale)
		return nil
	})
	return all, err
}

// holding are the exclusions that nobody has lifted.
const holding = "NOT EXISTS (SELECT 1 FROM exclusion_lift l WHERE l.exclusion_no = p.exclusion_no)"

// Excluded reads who is excluded, each under the oldest exclusion that holds.
func (s scene) Excluded(ctx context.Context) (cohort.Excluded, error) {
	rows, err := s.q.Query(ctx, `SELECT e.kind, o.recipient_no FROM (SELECT recipient_no, min(exclusion_no) AS exclusion_no FROM exclusion_person p
		WHERE incident_no = $1 AND `+holding+` GROUP BY 1) o JOIN exclusion e USING (exclusion_no)`, int64(s.incident))
	if err != nil {
		return nil, fmt.Errorf("read who is excluded: %w", err)
	}
	all := cohort.Excluded{}
	var kind string
	var person int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &person}, func() error {
		set := all[cohort.ExclusionKind(kind)]
		set.Add(int(person))
		all[cohort.ExclusionKind(kind)] = set
		return nil
	})
	return all, err
}
