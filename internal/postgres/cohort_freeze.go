package postgres

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
)

// freezeTx is the transaction of a freeze.
type freezeTx struct {
	scene
	cohortTx
}

// Freeze holds the people of a cohort's incident, unless the same freeze runs
// already.
func (s CohortStore) Freeze(ctx context.Context, c cohort.Cohort, f func(cohort.FreezeTx) error) error {
	return s.holding(ctx, func(t *tx) error {
		if err := t.alone("freeze", int64(c.ID)); err != nil {
			return err
		}
		return t.holdPeople(c.Incident, f)
	})
}

// Hold runs f while no import and no freeze of the incident can come between.
func (s CohortStore) Hold(ctx context.Context, incident id.Incident, f func(cohort.FreezeTx) error) error {
	return s.holding(ctx, func(t *tx) error { return t.holdPeople(incident, f) })
}

// holding runs a transaction that reads over a second connection beside its own:
// few at once, or all connections could be first ones.
func (s CohortStore) holding(ctx context.Context, f func(*tx) error) error {
	if err := s.hold.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait to hold people: %w", err)
	}
	defer s.hold.Release(1)
	return s.do(ctx, f)
}

// oneMoment is a freeze that reads people as they were at one moment after it had
// its locks. What becomes of letters goes on meanwhile: somebody who is accepted
// between two leaves of a rule would be in neither.
type oneMoment struct {
	freezeTx
	cohort.Scene
}

// holdPeople takes the locks before anything is read.
func (t *tx) holdPeople(incident id.Incident, f func(cohort.FreezeTx) error) error {
	for _, lock := range []string{peopleLock, cohortsLock} {
		if _, err := t.pg.Exec(t.ctx, lock, int64(incident)); err != nil {
			return fmt.Errorf("lock people of %s: %w", incident, err)
		}
	}
	return CohortStore{t.db}.Read(t.ctx, incident, func(people cohort.Scene) error {
		return f(oneMoment{freezeTx{scene{t.pg, t.db, incident}, cohortTx{t}}, people})
	})
}

// frozenMember is a person in the order of the root.
type frozenMember struct {
	no     int64
	digest [32]byte
}

// Place writes placements, while the root is computed, then members. The primary
// key of placements keeps everybody in one first cohort, whatever came before.
func (t freezeTx) Place(c cohort.Cohort, members cohort.Bitset, reason func(int) cohort.Reason) (canon.Hash, error) {
	all, err := t.digests(members)
	if err != nil {
		return canon.Hash{}, fmt.Errorf("read members of %s: %w", c.ID, err)
	}
	computed := make(chan canon.Hash, 1)
	go func() { computed <- rootOf(all) }()
	if c.Kind != cohort.FollowUp {
		if err := t.placements(c, members, reason); err != nil {
			return canon.Hash{}, fmt.Errorf("place members of %s: %w", c.ID, err)
		}
	}
	root := <-computed // all are in its order from here on
	if err := t.members(c, all); err != nil {
		return root, fmt.Errorf("write members of %s: %w", c.ID, err)
	}
	return root, nil
}

var (
	memberColumns    = []string{"incident_no", "cohort_no", "seq", "recipient_no"}
	placementColumns = []string{"incident_no", "recipient_no", "cohort_no", "reason", "at"}
)

func (t freezeTx) digests(members cohort.Bitset) ([]frozenMember, error) {
	rows, err := t.pg.Query(t.ctx, "SELECT recipient_no, proof_digest FROM recipient WHERE incident_no = $1", int64(t.incident))
	if err != nil {
		return nil, err
	}
	all := make([]frozenMember, 0, members.Len())
	var no int64
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&no, &digest}, func() error {
		if members.Has(int(no)) {
			all = append(all, frozenMember{no, [32]byte(digest)})
		}
		return nil
	})
	if err == nil && len(all) != members.Len() {
		err = fmt.Errorf("%d of %d people are there", len(all), members.Len())
	}
	return all, err
}

// members writes them in the order of the root into a table of their own, which
// gets its indexes once they are all there.
func (t freezeTx) members(c cohort.Cohort, all []frozenMember) error {
	if _, err := t.pg.Exec(t.ctx, "SELECT begin_members($1, $2)", int64(c.Incident), int64(c.ID)); err != nil {
		return err
	}
	apart := fmt.Sprintf("cohort_member_%d_%d", int64(c.Incident), int64(c.ID))
	err := t.copyEach(t.ctx, apart, memberColumns, len(all), func(rows *copyRows, i int) error {
		rows.begin(len(memberColumns))
		rows.bigint(int64(c.Incident))
		rows.bigint(int64(c.ID))
		rows.bigint(int64(i) + 1)
		rows.bigint(all[i].no)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "SELECT attach_members($1, $2)", int64(c.Incident), int64(c.ID))
	return err
}

// placements writes them in the order in which their key is kept.
func (t freezeTx) placements(c cohort.Cohort, members cohort.Bitset, reason func(int) cohort.Reason) error {
	people := make([]int, 0, members.Len())
	members.Each(func(no int) bool { people = append(people, no); return true })
	said := placed{}
	return t.copyEach(t.ctx, "placement", placementColumns, len(people), func(rows *copyRows, i int) error {
		why, err := said.of(reason(people[i]))
		rows.begin(len(placementColumns))
		rows.bigint(int64(c.Incident))
		rows.bigint(int64(people[i]))
		rows.bigint(int64(c.ID))
		rows.jsonb(why)
		rows.timestamptz(t.at)
		return err
	})
}

// placed keeps the documents of reasons: a million people have few of them.
type placed map[string][]byte

func (r placed) of(why cohort.Reason) ([]byte, error) {
	key := make([]byte, 0, 64)
	for _, over := range why.Over {
		key = binary.AppendVarint(key, int64(over))
	}
	if doc, ok := r[string(key)]; ok {
		return doc, nil
	}
	doc, err := json.Marshal(why)
	r[string(key)] = doc
	return doc, err
}
