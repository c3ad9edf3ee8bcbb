package postgres

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

type exclusionTx struct{ *tx }

// Open holds an incident for exclusions. The lock is the one of its cohorts: a
// freeze sees an exclusion, or the exclusion finds the cohort frozen.
func (t exclusionTx) Open(no id.Incident) error {
	if _, err := t.pg.Exec(t.ctx, cohortsLock, int64(no)); err != nil {
		return fmt.Errorf("lock exclusions of %s: %w", no, err)
	}
	return t.lockOpen(no)
}

// Insert keeps an exclusion and its people. See cohort.ExclusionTx.
func (t exclusionTx) Insert(e cohort.Exclusion, of cohort.Exclude, entry ledger.EntryID) (cohort.Exclusion, canon.Hash, error) {
	keys, err := t.db.Incident(t.ctx, int64(e.Incident))
	if err != nil {
		return e, canon.Hash{}, err
	}
	numbers, root, err := t.chosen(e, of)
	if err != nil {
		return e, root, err
	}
	e.People = int64(len(numbers))
	if err := t.pg.QueryRow(t.ctx, "SELECT nextval(pg_get_serial_sequence('exclusion', 'exclusion_no'))").Scan((*int64)(&e.ID)); err != nil {
		return e, root, fmt.Errorf("number exclusion: %w", err)
	}
	if err := t.insertExclusion(keys, e, root, entry); err != nil {
		return e, root, fmt.Errorf("insert %s: %w", e.ID, err)
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{"exclusion_person"}, []string{"incident_no", "recipient_no", "exclusion_no"},
		pgx.CopyFromSlice(len(numbers), func(i int) ([]any, error) { return []any{int64(e.Incident), numbers[i], int64(e.ID)}, nil }))
	if err != nil {
		return e, root, fmt.Errorf("insert people of %s: %w", e.ID, err)
	}
	return e, root, nil
}

func (t exclusionTx) insertExclusion(keys *vault.Incident, e cohort.Exclusion, root canon.Hash, entry ledger.EntryID) error {
	sealed, err := keys.SealText(exclusionReason, []byte(e.Reason), int64(e.Incident), int64(e.ID))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO exclusion (exclusion_no, incident_no, list_no, kind, people, root, reason, made_by, made_at, entry_id)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8, $9, $10)`,
		int64(e.ID), int64(e.Incident), int64(e.List), string(e.Kind), e.People, root[:], sealed, int64(e.By), e.At, entry)
	return err
}

// chosen reads whom an exclusion speaks of, in the order of their numbers, and
// the root over their digests in the order of these.
func (t exclusionTx) chosen(e cohort.Exclusion, of cohort.Exclude) ([]int64, canon.Hash, error) {
	among, arg := "recipient_no = ANY($2)", any(numbersOf(of.People))
	switch {
	case e.List != 0:
		if err := t.imported(e); err != nil {
			return nil, canon.Hash{}, err
		}
		among, arg = "recipient_no IN (SELECT recipient_no FROM list_row WHERE incident_no = $1 AND list_no = $2)", int64(e.List)
	case of.AtMailboxes:
		facts, _, err := newestFacts(t.ctx, t.pg, e.Incident)
		if err != nil {
			return nil, canon.Hash{}, err
		}
		among, arg = "domain_key = ANY($2) AND NOT "+isGone("p.recipient_no"), t.db.domainKeys(facts.Mailboxes)
	}
	query := "SELECT recipient_no, proof_digest FROM recipient p WHERE incident_no = $1 AND " + among
	rows, err := t.pg.Query(t.ctx, query, int64(e.Incident), arg)
	if err != nil {
		return nil, canon.Hash{}, fmt.Errorf("read whom to exclude: %w", err)
	}
	all, err := pgx.CollectRows(rows, readMember)
	if err != nil {
		return nil, canon.Hash{}, fmt.Errorf("read whom to exclude: %w", err)
	}
	if of.AtMailboxes && len(all) == 0 {
		return nil, canon.Hash{}, fault.Wrong("at_mailboxes", "exclusion_nobody_there", nil)
	}
	if len(of.People) > 0 && len(all) != len(of.People) {
		return nil, canon.Hash{}, fault.Wrong("recipient_ids", "no_such_recipient", fault.Values{})
	}
	return byNumber(all), rootOf(all), nil
}

func readMember(row pgx.CollectableRow) (m frozenMember, err error) {
	var digest []byte
	err = row.Scan(&m.no, &digest)
	copy(m.digest[:], digest)
	return m, err
}

// imported refuses a list that is another incident's, or has nobody.
func (t exclusionTx) imported(e cohort.Exclusion) error {
	var there bool
	err := t.pg.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM list WHERE list_no = $1 AND incident_no = $2 AND state = 'imported' AND accepted > 0)", int64(e.List), int64(e.Incident)).Scan(&there)
	if err != nil {
		return fmt.Errorf("read %s: %w", e.List, err)
	}
	if !there {
		return fault.Wrong("list_id", "exclusion_list", fault.Values{})
	}
	return nil
}

func numbersOf(people []id.Recipient) []int64 {
	numbers := make([]int64, len(people))
	for i, p := range people {
		numbers[i] = p.No
	}
	return numbers
}

func byNumber(all []frozenMember) []int64 {
	numbers := make([]int64, len(all))
	for i, m := range all {
		numbers[i] = m.no
	}
	slices.Sort(numbers)
	return numbers
}

// rootOf sorts people by their digests, and gives the root over these.
func rootOf(all []frozenMember) canon.Hash {
	slices.SortFunc(all, func(a, b frozenMember) int { return bytes.Compare(a.digest[:], b.digest[:]) })
	leaves := make([]ledger.Hash, len(all))
	for i, m := range all {
		leaves[i] = ledger.RecordHash(m.digest[:])
	}
	return canon.Hash(ledger.Root(leaves))
}

// Lock reads an exclusion for a change.
func (t exclusionTx) Lock(no id.Exclusion) (cohort.Exclusion, error) {
	var incident int64
	err := t.pg.QueryRow(t.ctx, "SELECT incident_no FROM exclusion WHERE exclusion_no = $1", int64(no)).Scan(&incident)
	if isMissing(err) {
		return cohort.Exclusion{}, cohort.ErrNoExclusion
	}
	if err == nil {
		err = t.Open(id.Incident(incident))
	}
	if err != nil {
		return cohort.Exclusion{}, err
	}
	return oneExclusion(t.ctx, t.db, t.pg, no)
}

// Lift keeps that an exclusion was taken back.
func (t exclusionTx) Lift(e cohort.Exclusion, entry ledger.EntryID) error {
	keys, err := t.db.Incident(t.ctx, int64(e.Incident))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(liftReason, []byte(e.Lifting.Reason), int64(e.Incident), int64(e.ID))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO exclusion_lift (exclusion_no, incident_no, reason, made_by, made_at, entry_id) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(e.ID), int64(e.Incident), sealed, int64(e.Lifting.By), e.Lifting.At, entry)
	if violates(err, "exclusion_lifted_once") {
		return fault.New(fault.Conflict, "exclusion_lifted", nil)
	}
	if err != nil {
		return fmt.Errorf("lift %s: %w", e.ID, err)
	}
	return nil
}

// LeaveOut keeps the exclusion list of a cohort. See cohort.FreezeTx.
func (t freezeTx) LeaveOut(c cohort.Cohort, excluded cohort.Bitset) error {
	var people []int64
	excluded.Each(func(n int) bool {
		people = append(people, int64(n))
		return true
	})
	if len(people) == 0 {
		return nil
	}
	tag, err := t.pg.Exec(t.ctx, `INSERT INTO cohort_exclusion (incident_no, cohort_no, recipient_no, exclusion_no)
		SELECT $1::bigint, $2::bigint, recipient_no, min(exclusion_no) FROM exclusion_person p WHERE incident_no = $1 AND recipient_no = ANY($3) AND `+holding+` GROUP BY recipient_no`,
		int64(c.Incident), int64(c.ID), people)
	if err == nil && tag.RowsAffected() != int64(len(people)) {
		err = fmt.Errorf("%d of %d excluded people are there", tag.RowsAffected(), len(people))
	}
	if err != nil {
		return fmt.Errorf("write who is left out of %s: %w", c.ID, err)
	}
	return nil
}
