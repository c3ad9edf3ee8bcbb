package postgres

import (
	"sync"

	"forthwith/internal/id"
)

// lastKnown remembers one thing of each incident, for as long as what it depends
// on is the same. It is small, and apart from the sets of people, of which only a
// few incidents are remembered: the first page tells of many.
type lastKnown[V any] struct {
	mu  sync.Mutex
	all map[id.Incident]knownOf[V]
}

type knownOf[V any] struct {
	of    string
	value V
}

// get gives what is known of a moment, or reads it. Two may read at once.
func (m *lastKnown[V]) get(no id.Incident, of string, read func() (V, error)) (V, error) {
	m.mu.Lock()
	last, found := m.all[no]
	m.mu.Unlock()
	if found && last.of == of {
		return last.value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[id.Incident]knownOf[V]{}
	}
	m.all[no] = knownOf[V]{of, value}
	return value, nil
}
