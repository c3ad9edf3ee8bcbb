package outcome

import "slices"

// Status is where one delivery stands.
type Status string

// The explained statuses.
const (
	Accepted    Status = "accepted"
	Delivered   Status = "delivered"
	Complained  Status = "complained"
	Bounced     Status = "bounced"
	Rejected    Status = "rejected"
	Expired     Status = "expired"
	Suppressed  Status = "suppressed"
	Excluded    Status = "excluded"
	Cancelled   Status = "cancelled"
	Unaddressed Status = "unaddressed"
)

// The unexplained statuses.
const (
	Pending       Status = "pending"
	Held          Status = "held"
	Sending       Status = "sending"
	Deferred      Status = "deferred"
	Indeterminate Status = "indeterminate"
)

// Statuses lists every status in the order in which sums are shown.
var Statuses = []Status{Accepted, Delivered, Sending, Pending, Held, Deferred, Bounced, Complained, Rejected, Expired, Suppressed, Excluded, Cancelled, Unaddressed, Indeterminate}

var unexplained = []Status{Pending, Held, Sending, Deferred, Indeterminate}

// Explained tells whether a status needs nothing more for a campaign to be
// complete.
func (s Status) Explained() bool { return !slices.Contains(unexplained, s) }

// Valid tells whether a status is one of Statuses.
func (s Status) Valid() bool { return slices.Contains(Statuses, s) }

// TextOut are the statuses of those who have a campaign's text, or may have it.
var TextOut = []Status{Accepted, Delivered, Bounced, Complained, Indeterminate}

// Kept tells whether an acceptance is behind a status: nobody with such a
// status is ever mailed again in the campaign.
func (s Status) Kept() bool {
	return s == Accepted || s == Delivered || s == Complained || s == Bounced
}
