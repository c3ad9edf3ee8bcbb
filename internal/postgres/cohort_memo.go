package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
)

// What is remembered of people at most: incidents, and sets of each. A set of a
// million people has 125 KB.
const (
	memosAtMost = 4
	setsAtMost  = 200
)

// memos remember the people of incidents between two looks. Rows of a list and
// placements never change once they are there, so that what was read is good
// for as long as the same lists are imported, the same cohorts frozen, and no
// exclusion was made or lifted.
type memos struct {
	mu  sync.Mutex
	all map[id.Incident]*memo
}

// memo is one incident at one moment.
type memo struct {
	moment string
	mu     sync.Mutex
	kept   map[string]any
}

// at gives the memo of a moment; an older one goes.
func (m *memos) at(incident id.Incident, moment string) *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.all[incident]; old != nil && old.moment == moment {
		return old
	}
	if m.all == nil || len(m.all) >= memosAtMost {
		m.all = map[id.Incident]*memo{}
	}
	fresh := &memo{moment: moment, kept: map[string]any{}}
	m.all[incident] = fresh
	return fresh
}

// remember gives what was read before, or reads it. Two that ask at once read
// once.
func remember[T any](m *memo, name string, read func() (T, error)) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.kept[name]; ok {
		return known.(T), nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	if len(m.kept) >= setsAtMost {
		m.kept = map[string]any{}
	}
	m.kept[name] = v
	return v, nil
}

// remembered is a scene that reads nothing twice.
type remembered struct {
	scene
	memo *memo
}

// moment names what an incident's people depend on.
func (s scene) moment(ctx context.Context) (string, error) {
	var moment string
	err := s.q.QueryRow(ctx, `SELECT ARRAY(SELECT list_no FROM list WHERE incident_no = $1 AND state = 'imported' ORDER BY 1)::text
		|| ARRAY(SELECT cohort_no FROM cohort WHERE incident_no = $1 AND state = 'frozen' ORDER BY 1)::text
		|| (SELECT count(*) FROM exclusion WHERE incident_no = $1) || '-' || (SELECT count(*) FROM exclusion_lift WHERE incident_no = $1)`, int64(s.incident)).Scan(&moment)
	if err != nil {
		return "", fmt.Errorf("read what people depend on: %w", err)
	}
	return moment, nil
}

func (r remembered) Everyone(ctx context.Context) (cohort.Bitset, error) {
	return remember(r.memo, "everyone", func() (cohort.Bitset, error) { return r.scene.Everyone(ctx) })
}

func (r remembered) List(ctx context.Context, list id.List) (cohort.Bitset, error) {
	return remember(r.memo, list.String(), func() (cohort.Bitset, error) { return r.scene.List(ctx, list) })
}

func (r remembered) Attribute(ctx context.Context, leaf cohort.Leaf) (cohort.Bitset, error) {
	asked := sha256.Sum256(fmt.Appendf(nil, "%+q", fmt.Sprintf("%+v", leaf))) // its values may be somebody's
	return remember(r.memo, string(asked[:]), func() (cohort.Bitset, error) { return r.scene.Attribute(ctx, leaf) })
}

func (r remembered) Members(ctx context.Context, no id.Cohort) (cohort.Bitset, error) {
	return remember(r.memo, no.String(), func() (cohort.Bitset, error) { return r.scene.Members(ctx, no) })
}

func (r remembered) Placed(ctx context.Context) (map[id.Cohort]cohort.Bitset, error) {
	return remember(r.memo, "placed", func() (map[id.Cohort]cohort.Bitset, error) { return r.scene.Placed(ctx) })
}

func (r remembered) Traits(ctx context.Context) (cohort.Traits, error) {
	return remember(r.memo, "traits", func() (cohort.Traits, error) { return r.scene.Traits(ctx) })
}

func (r remembered) Excluded(ctx context.Context) (cohort.Excluded, error) {
	return remember(r.memo, "excluded", func() (cohort.Excluded, error) { return r.scene.Excluded(ctx) })
}
