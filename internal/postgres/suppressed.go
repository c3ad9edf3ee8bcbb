package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/suppression"
)

// suppressedPeople are the members of campaign $1 whom a suppression names, with
// the newest decision about them, unless it is older than the suppression.
// Whoever is excluded, was told by an earlier campaign, or is in no list any more
// is none of them: they are not mailed anyway.
var suppressedPeople = `SELECT h.recipient_no, h.suppression_no, s.source, s.made_at, k.decision, c.incident_no,
	  k.decision IS NULL AND (d.status IS NULL OR c.state IN ('draft', 'preflighting') OR d.status IN ` + openStatuses + `) AS undecided
	FROM suppression_hit h JOIN suppression s USING (suppression_no) JOIN campaign c ON c.campaign_no = h.campaign_no
	JOIN cohort_member m ON m.incident_no = c.incident_no AND m.cohort_no = c.cohort_no AND m.recipient_no = h.recipient_no
	LEFT JOIN delivery d ON d.campaign_no = h.campaign_no AND d.recipient_no = h.recipient_no
	LEFT JOIN LATERAL (` + newestDecision + ` WHERE x.campaign_no = h.campaign_no AND x.recipient_no = h.recipient_no ORDER BY x.decision_no DESC LIMIT 1) k ON k.made_at >= s.made_at
	WHERE h.campaign_no = $1 AND s.released_at IS NULL AND NOT ` + excludedMember + ` AND NOT (` + strings.ReplaceAll(nobodysAnyMore, "$2", "m.incident_no") + `) AND NOT ` + toldBefore

// excludedMember: an exclusion holds for a member.
const excludedMember = "EXISTS (SELECT 1 FROM exclusion_person p WHERE p.incident_no = m.incident_no AND p.recipient_no = m.recipient_no AND " + holding + ")"

const newestDecision = "SELECT q.decision, q.made_at, q.made_by FROM suppression_decided x JOIN suppression_decision q USING (decision_no)"

// decidedAway: a suppression names a member of campaign $1, and they are not to
// be mailed.
const decidedAway = `EXISTS (SELECT 1 FROM suppression_hit h JOIN suppression s USING (suppression_no)
	JOIN LATERAL (` + newestDecision + ` WHERE x.campaign_no = $1 AND x.recipient_no = h.recipient_no ORDER BY x.decision_no DESC LIMIT 1) k ON k.made_at >= s.made_at
	WHERE h.campaign_no = $1 AND h.recipient_no = m.recipient_no AND s.released_at IS NULL AND k.decision <> 'send')`

// Undecided counts whom nobody has decided about. See campaign.DecideTx.
func (t campaignTx) Undecided(no id.Campaign) (int64, error) {
	var n int64
	if err := t.pg.QueryRow(t.ctx, "SELECT count(*) FROM ("+suppressedPeople+") p WHERE undecided", int64(no)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count undecided people of %s: %w", no, err)
	}
	return n, nil
}

// Undecided reads a page of them. See suppression.DeskStore.
func (s SuppressionStore) Undecided(ctx context.Context, no id.Campaign, after int64, limit int) ([]suppression.Undecided, error) {
	incident, err := s.incidentOf(ctx, no)
	if err != nil {
		return nil, err
	}
	keys, err := s.Incident(ctx, incident)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT p.recipient_no, p.suppression_no, p.source, p.made_at, r.address, r.address_index FROM (`+suppressedPeople+` AND h.recipient_no > $2) p
		JOIN recipient r ON r.incident_no = p.incident_no AND r.recipient_no = p.recipient_no WHERE undecided ORDER BY 1 LIMIT $3`, int64(no), after, limit)
	if err != nil {
		return nil, fmt.Errorf("read undecided people of %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (suppression.Undecided, error) {
		u := suppression.Undecided{Recipient: id.Recipient{Parent: incident}}
		var sealed []byte
		var index *[16]byte
		if err := row.Scan(&u.Recipient.No, (*int64)(&u.Suppression), (*string)(&u.Source), &u.Since, &sealed, &index); err != nil || index == nil {
			return u, err
		}
		u.Since = u.Since.UTC()
		address, err := openAddress(keys, *index, sealed)
		u.Masked = address.Redacted()
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("read undecided people of %s: %w", no, away(err))
	}
	return all, nil
}

func (db *DB) incidentOf(ctx context.Context, no id.Campaign) (int64, error) {
	var incident int64
	err := db.pool.QueryRow(ctx, "SELECT incident_no FROM campaign WHERE campaign_no = $1", int64(no)).Scan(&incident)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, campaign.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", no, away(err))
	}
	return incident, nil
}

// Tallies counts the suppressed people of campaigns. See suppression.DeskStore.
func (s SuppressionStore) Tallies(ctx context.Context, incident id.Incident) ([]suppression.Tally, error) {
	rows, err := s.pool.Query(ctx, `SELECT campaign_no, name FROM campaign c WHERE incident_no = $1 AND state NOT IN ('complete', 'closed_with_exceptions', 'aborted')
		AND EXISTS (SELECT 1 FROM suppression_hit h WHERE h.campaign_no = c.campaign_no) ORDER BY 1`, int64(incident))
	if err != nil {
		return nil, fmt.Errorf("read campaigns with suppressed people: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (suppression.Tally, error) {
		t := suppression.Tally{Decided: map[suppression.Decision]int64{}}
		return t, row.Scan((*int64)(&t.Campaign), &t.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("read campaigns with suppressed people: %w", away(err))
	}
	counted := all[:0]
	for _, t := range all {
		if err := s.tally(ctx, &t); err != nil {
			return nil, fmt.Errorf("count suppressed people of %s: %w", t.Campaign, away(err))
		}
		if t.All() > 0 {
			counted = append(counted, t)
		}
	}
	return counted, nil
}

func (s SuppressionStore) tally(ctx context.Context, t *suppression.Tally) error {
	rows, err := s.pool.Query(ctx, "SELECT coalesce(decision, ''), count(*) FROM ("+suppressedPeople+") p WHERE undecided OR decision IS NOT NULL GROUP BY 1", int64(t.Campaign))
	if err != nil {
		return err
	}
	var decision suppression.Decision
	var n int64
	_, err = pgx.ForEachRow(rows, []any{(*string)(&decision), &n}, func() error {
		if decision == "" {
			t.Undecided = n
		} else {
			t.Decided[decision] = n
		}
		return nil
	})
	return err
}

// Decide runs f in one transaction.
func (s SuppressionStore) Decide(ctx context.Context, f func(suppression.DeskTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(&deskTx{tx: t}) })
}

// deskTx is a transaction about the people of one campaign.
type deskTx struct {
	*tx
	held narrowing
}

// Hold locks a campaign. See suppression.DeskTx.
func (t *deskTx) Hold(no id.Campaign) (id.Incident, error) {
	t.held = narrowing{campaign: int64(no)}
	err := t.pg.QueryRow(t.ctx, "SELECT incident_no, plan_no, state FROM campaign WHERE campaign_no = $1 FOR UPDATE", int64(no)).Scan(&t.held.incident, &t.held.plan, (*string)(&t.held.state))
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, campaign.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("lock %s: %w", no, err)
	}
	switch t.held.state {
	case campaign.Complete, campaign.ClosedEarly, campaign.Aborted:
		return 0, fault.New(fault.Conflict, "campaign_wrong_state", fault.Values{"verb": "decided about", "state": string(t.held.state)})
	}
	return id.Incident(t.held.incident), nil
}

// Suppressed gives those of some people whom a suppression names. See
// suppression.DeskTx.
func (t *deskTx) Suppressed(no id.Campaign, people []id.Recipient) ([]id.Recipient, error) {
	query, args := "SELECT recipient_no FROM ("+suppressedPeople+") p WHERE undecided ORDER BY 1", []any{int64(no)}
	if people != nil {
		query, args = "SELECT DISTINCT recipient_no FROM ("+suppressedPeople+") p WHERE recipient_no = ANY($2) AND incident_no = ANY($3) ORDER BY 1", append(args, numbersOf(people), parentsOf(people))
	}
	numbers, err := t.numbers(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read suppressed people of %s: %w", no, err)
	}
	found := make([]id.Recipient, len(numbers))
	for i, n := range numbers {
		found[i] = id.Recipient{Parent: t.held.incident, No: n}
	}
	return found, nil
}

func parentsOf(people []id.Recipient) []int64 {
	numbers := make([]int64, len(people))
	for i, p := range people {
		numbers[i] = p.Parent
	}
	return numbers
}

const suppressionDecisionReason = "suppression_decision.reason"

// Rule keeps a ruling, and narrows a plan that was made. See suppression.DeskTx.
func (t *deskTx) Rule(r suppression.Ruled, people []id.Recipient, entry ledger.EntryID) (suppression.Ruled, canon.Hash, error) {
	numbers := numbersOf(people)
	root, err := t.rootOver(numbers)
	if err != nil {
		return r, root, err
	}
	if err := t.keepRuling(r, numbers, root, entry); err != nil {
		return r, root, fmt.Errorf("keep a decision about people of %s: %w", r.Campaign, err)
	}
	if r.Decision == suppression.Send || t.held.state == campaign.Draft || t.held.state == campaign.Preflighting {
		return r, root, nil
	}
	n := t.held
	n.ruling, n.by, n.because = rulingOf(r.Decision, ""), access.Actor{User: r.By}, map[string]any{"why": r.Decision}
	n.open = func() ([]int64, error) {
		return t.numbers("SELECT seq FROM delivery WHERE campaign_no = $1 AND recipient_no = ANY($2) AND status IN "+openStatuses+" ORDER BY 1", n.campaign, numbers)
	}
	r.TakenOut, err = t.narrow(n)
	return r, root, err
}

// rulingOf says what a decision makes of a delivery.
func rulingOf(d suppression.Decision, by string) campaign.Ruling {
	switch d {
	case suppression.OtherChannel:
		return campaign.Ruling{Kind: outcome.DecideSuppress, Code: "reason_other_channel", By: by}
	case suppression.Exclude:
		return campaign.Ruling{Kind: outcome.DecideExclude, Code: "reason_suppressed_excluded", By: by}
	}
	return campaign.Ruling{}
}

func (t *deskTx) keepRuling(r suppression.Ruled, numbers []int64, root canon.Hash, entry ledger.EntryID) error {
	keys, err := t.db.Incident(t.ctx, t.held.incident)
	if err != nil {
		return err
	}
	var no int64
	if err := t.pg.QueryRow(t.ctx, "SELECT nextval(pg_get_serial_sequence('suppression_decision', 'decision_no'))").Scan(&no); err != nil {
		return err
	}
	sealed, err := keys.SealText(suppressionDecisionReason, []byte(r.Reason), int64(r.Campaign), no)
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO suppression_decision (decision_no, campaign_no, decision, people, root, reason, made_by, made_at, entry_id)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, no, int64(r.Campaign), string(r.Decision), r.People, root[:], sealed, int64(r.By), r.At, entry)
	if err == nil {
		_, err = t.pg.Exec(t.ctx, "INSERT INTO suppression_decided (campaign_no, recipient_no, decision_no) SELECT $1, u.no, $3 FROM unnest($2::bigint[]) AS u (no)", int64(r.Campaign), numbers, no)
	}
	return err
}

func (t *deskTx) rootOver(numbers []int64) (canon.Hash, error) {
	rows, err := t.pg.Query(t.ctx, "SELECT recipient_no, proof_digest FROM recipient WHERE incident_no = $1 AND recipient_no = ANY($2)", t.held.incident, numbers)
	if err != nil {
		return canon.Hash{}, fmt.Errorf("read digests: %w", err)
	}
	all, err := pgx.CollectRows(rows, readMember)
	if err != nil {
		return canon.Hash{}, fmt.Errorf("read digests: %w", err)
	}
	return rootOf(all), nil
}

// suppressionsNow names what a preflight's matches depend on.
func (p *preparing) suppressionsNow(q reader) (string, error) {
	var now string
	err := q.QueryRow(p.ctx, `SELECT (SELECT count(*) || '-' || count(released_at) FROM suppression) || '-' || (SELECT count(*) FROM suppression_decided WHERE campaign_no = $1)`,
		int64(p.campaign.ID)).Scan(&now)
	if err != nil {
		return "", fmt.Errorf("read suppressions: %w", err)
	}
	return now, nil
}

// beginMatching remembers what the matches begin with.
func (p *preparing) beginMatching() (err error) {
	p.suppressions, err = p.suppressionsNow(p.pg)
	return err
}

// shareSuppressions waits for whoever adds some, and keeps others from it.
func (p *preparing) shareSuppressions() error {
	_, err := p.pg.Exec(p.ctx, suppressionsShared)
	return err
}

// sameSuppressions demands that nobody was suppressed, released or decided about
// since the matches began.
func (p *preparing) sameSuppressions() error {
	now, err := p.suppressionsNow(p.pg)
	if err == nil && now != p.suppressions {
		return campaign.ErrSuppressedMeanwhile
	}
	return err
}

// match finds the people of a block whom a suppression names, while their
// addresses are open. It keeps them over another connection, so that they are
// there to be decided about although this plan is not made.
func (p *preparing) match(chunk *campaign.Chunk) error {
	in := p.db.Installation()
	var digests [][16]byte
	var people []int64
	at := map[int64]int{}
	for i, person := range chunk.People {
		if person.Unaddressed || person.Broken != nil || chunk.Rulings[i].Kind != "" {
			continue
		}
		digests, people = append(digests, in.SuppressionDigest(person.Address.GroupingKey())), append(people, person.Recipient)
		at[person.Recipient] = i
	}
	rows, err := p.db.pool.Query(p.ctx, `SELECT u.recipient_no, s.suppression_no, coalesce(k.decision, ''), coalesce(k.made_by, 0)
		FROM unnest($2::uuid[], $3::bigint[]) AS u (digest, recipient_no) JOIN suppression s ON s.digest = u.digest AND s.released_at IS NULL
		LEFT JOIN LATERAL (`+newestDecision+` WHERE x.campaign_no = $1 AND x.recipient_no = u.recipient_no ORDER BY x.decision_no DESC LIMIT 1) k ON k.made_at >= s.made_at`,
		int64(p.campaign.ID), digests, people)
	if err != nil {
		return fmt.Errorf("match suppressions: %w", err)
	}
	var hits, of []int64
	var person, no, by int64
	var decision suppression.Decision
	_, err = pgx.ForEachRow(rows, []any{&person, &no, (*string)(&decision), &by}, func() error {
		hits, of = append(hits, person), append(of, no)
		r := rulingOf(decision, id.User(by).String())
		r.Undecided = decision == ""
		chunk.Rulings[at[person]] = r
		return nil
	})
	if err != nil || len(hits) == 0 {
		return err
	}
	_, err = p.db.pool.Exec(p.ctx, "INSERT INTO suppression_hit (campaign_no, recipient_no, suppression_no) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING",
		int64(p.campaign.ID), hits, of)
	if err != nil {
		return fmt.Errorf("keep whom suppressions name: %w", err)
	}
	return nil
}
