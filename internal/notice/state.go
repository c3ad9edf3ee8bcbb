package notice

import (
	"regexp"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// placeForm is the form of an ISO 3166-1 or -2 code.
var placeForm = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)

// State is where a version stands.
type State string

// The states.
const (
	Drafted   State = "draft"
	InReview  State = "in_review"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// Version is one version of a notice.
type Version struct {
	ID        id.Version
	Notice    id.Notice
	Incident  id.Incident
	No        int
	SHA256    canon.Hash
	State     State
	People    access.People // authors: everyone who edited any version in its line
	Document  Document
	CreatedBy id.User
	CreatedAt time.Time
	Events    []Event   // in their order
	Answers   []Answer  // to findings of any version of its notice, the oldest first
	Lint      []Finding // as lists stand now
}

// Event is what happened to a version. Its comment is sealed where it is kept.
type Event struct {
	Kind    EventKind
	By      id.User
	At      time.Time
	Comment string
}

// EventKind says what happened.
type EventKind string

// What can happen to a version.
const (
	Submitted EventKind = "submit"
	Approval  EventKind = "approve"
	Rejection EventKind = "reject"
	Withdraws EventKind = "withdraw"
)

// StateAfter derives the state from what happened, in its order.
func StateAfter(events []Event) State {
	if len(events) == 0 {
		return Drafted
	}
	return map[EventKind]State{Submitted: InReview, Approval: Approved, Rejection: Rejected, Withdraws: Withdrawn}[events[len(events)-1].Kind]
}

// Submit asks for a review of exactly the text that the author saw.
func (v Version) Submit(seen canon.Hash) (Version, error) {
	return v.move(seen, Drafted, InReview)
}

// Approve is legal's yes to one hash, by somebody who wrote none of it.
func (v Version) Approve(by id.User, seen canon.Hash) (Version, error) {
	if err := v.People.MayApproveText(by); err != nil {
		return v, err
	}
	return v.move(seen, InReview, Approved)
}

// Reject is legal's no. An author may reject an own text.
func (v Version) Reject(seen canon.Hash) (Version, error) {
	return v.move(seen, InReview, Rejected)
}

// Withdraw takes an approval back; a withdrawn version is never launched
// again.
func (v Version) Withdraw(seen canon.Hash) (Version, error) {
	return v.move(seen, Approved, Withdrawn)
}

// move changes the state, never the text. Another hash than the reviewer saw
// is told before anything else: the reviewer looked at something different.
func (v Version) move(seen canon.Hash, from, to State) (Version, error) {
	if seen != v.SHA256 {
		return v, fault.New(fault.Mismatch, "text_changed", nil)
	}
	if v.State != from {
		return v, fault.New(fault.Conflict, "version_state", fault.Values{"state": string(v.State), "needed": string(from)})
	}
	v.State = to
	return v, nil
}
