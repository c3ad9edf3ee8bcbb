package intake

import (
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// State is where a list stands.
type State string

// The states.
const (
	Awaiting  State = "awaiting_confirmation"
	Importing State = "importing"
	Imported  State = "imported"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Withdrawn State = "withdrawn"
)

// States lists every state.
var States = []State{Awaiting, Importing, Imported, Failed, Cancelled, Withdrawn}

// Counts say what became of the rows. Rows = Accepted + Rejected, and
// Accepted = New + Known + Repeats.
type Counts struct {
	Rows, Accepted, Rejected int64
	New                      int64 // people whom the incident did not have
	Known                    int64 // people whom another list had brought
	Repeats                  int64 // further rows of a person of this list
}

// Failure says why a list came to nothing, as a code of the catalogue.
type Failure struct {
	Code   string       `json:"code"`
	Values fault.Values `json:"values,omitempty"`
}

// List is one file with its provenance.
type List struct {
	ID         id.List
	Incident   id.Incident
	Name       string
	State      State
	SHA256     canon.Hash // of the file's bytes as they came
	Bytes      int64
	Dialect    Dialect
	Columns    []string
	Mapping    Mapping // proposed while the list awaits confirmation
	Counts     Counts
	Done       int64 // bytes that the import has read so far
	Failure    *Failure
	UploadedBy id.User
	UploadedAt time.Time
	ImportedAt time.Time
	Withdrawal *Withdrawal // nil: nobody asked to take it back
}

// Progress is the part of the file that was read, from 0 to 1.
func (l List) Progress() float64 {
	switch {
	case l.State == Imported:
		return 1
	case l.Bytes == 0:
		return 0
	}
	return min(float64(l.Done)/float64(l.Bytes), 1)
}

// ErrNoList means that there is no such list.
var ErrNoList = fault.New(fault.NotFound, "no_such_list", nil)

// ErrSameFile means that the incident has these bytes as a list already.
var ErrSameFile = fault.New(fault.Conflict, "list_same_file", nil)

// ErrCancelled ends an import that somebody cancelled.
var ErrCancelled = fault.New(fault.Conflict, "list_cancelled", nil)

const longestName = 200

func checkName(name string) []fault.Field {
	switch {
	case name == "":
		return []fault.Field{{Name: "name", Code: "field_missing", Values: fault.Values{"name": "name"}}}
	case len([]rune(name)) > longestName:
		return []fault.Field{{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}}}
	}
	return nil
}

// confirm starts the import of a list that waits for it.
func (l List) confirm(d Dialect, columns []string, m Mapping) (List, error) {
	if l.State != Awaiting {
		return l, l.wrongState()
	}
	l.Dialect, l.Columns, l.Mapping, l.State = d, columns, m, Importing
	return l, nil
}

// cancel gives up a list that is not imported yet.
func (l List) cancel(why *Failure) (List, error) {
	if l.State != Awaiting && l.State != Importing {
		return l, l.wrongState()
	}
	l.State, l.Failure = Cancelled, why
	return l, nil
}

func (l List) wrongState() error {
	return fault.New(fault.Conflict, "list_state", fault.Values{"state": string(l.State)})
}

// finish ends an import with its counts.
func (l List) finish(made Counts, at time.Time) (List, error) {
	if l.State != Importing {
		return l, ErrCancelled
	}
	if made.Rows == 0 {
		return l, fault.New(fault.Invalid, "list_no_rows", nil)
	}
	l.State, l.Counts, l.ImportedAt, l.Done = Imported, made, at, l.Bytes
	return l, nil
}

// fail ends an import that no second run could save, unless it has ended already:
// by whoever cancelled it, or by another run.
func (l List) fail(f *fault.Fault) (List, error) {
	if l.State != Importing {
		return l, l.wrongState()
	}
	l.State, l.Failure = Failed, &Failure{Code: f.Code, Values: f.Values}
	return l, nil
}
