package suppression

import (
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Source says where the reason comes from.
type Source string

// The sources.
const (
	Bounce    Source = "bounce"
	Complaint Source = "complaint"
	OptOut    Source = "opt_out"
	Register  Source = "register" // a list of people who do not want to be mailed
	Other     Source = "other"
)

// Sources lists every source.
var Sources = []Source{Bounce, Complaint, OptOut, Register, Other}

// State says whether a suppression holds.
type State string

// The states.
const (
	Active   State = "active"
	Released State = "released"
)

// States lists every state.
var States = []State{Active, Released}

// New is what a person knows about an address.
type New struct {
	Email  string
	Source Source
	Reason string
}

// Suppression is a known reason not to mail an address, which nobody can read
// from it.
type Suppression struct {
	ID      id.Suppression
	Source  Source
	Reason  string
	By      id.User
	At      time.Time
	File    id.SuppressionFile // 0: it came alone
	Release *Release           // nil: it holds
}

// Release is what ended a suppression.
type Release struct {
	Reason string
	By     id.User
	At     time.Time
}

// State says whether a suppression holds.
func (s Suppression) State() State {
	if s.Release != nil {
		return Released
	}
	return Active
}

// The faults that name a thing as it is.
var (
	ErrNoFile       = fault.New(fault.NotFound, "no_such_suppression_file", nil)
	ErrNotFound     = fault.New(fault.NotFound, "no_such_suppression", nil)
	errKnown        = fault.New(fault.Conflict, "suppression_known", nil)
	errFileReleased = fault.New(fault.Conflict, "suppression_file_released", nil)
	errReleased     = fault.New(fault.Conflict, "suppression_released", nil)
)

func sourceFault(s Source) []fault.Field {
	for _, known := range Sources {
		if s == known {
			return nil
		}
	}
	names := make([]string, len(Sources))
	for i, known := range Sources {
		names[i] = string(known)
	}
	return []fault.Field{{Name: "source", Code: "field_not_one_of", Values: fault.Values{"name": "source", "choices": strings.Join(names, ", ")}}}
}
