package cohort

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Recipient is one person as a page shows them: the address is masked.
type Recipient struct {
	ID            id.Recipient
	Masked        string // empty: no address
	Jurisdictions []string
	Locale        string
	Timezone      string
	Consent       *bool
	Individuals   int
	Cohort        id.Cohort // where they are placed, if anywhere yet
	Reason        *Reason
	PlacedAt      time.Time
	Flags         []string    // why they should be looked at before they are told
	Rows          []SourceRow // asked for one person only
	MemberOf      []id.Cohort // the frozen cohorts that have them; asked for one person only
}

// SourceRow is a row of a list behind a person. Secret attributes are left out.
type SourceRow struct {
	List       id.List
	ListName   string
	Withdrawn  bool // the list was taken back
	Row        int64
	Line       int64
	Attributes map[string]any
}

// ErrNoRecipient means that there is no such person.
var ErrNoRecipient = fault.New(fault.NotFound, "no_such_recipient", nil)

// Filter narrows a listing of people.
type Filter struct {
	Where []filter.Equal
	After int64 // number of the last person seen
	Limit int
}

// People reads persons, with their addresses masked.
type People interface {
	Recipients(ctx context.Context, incident id.Incident, f Filter) ([]Recipient, error)
	Recipient(ctx context.Context, no id.Recipient) (Recipient, error)
	// Flagged counts those who should be looked at, by why.
	Flagged(ctx context.Context, incident id.Incident) (map[string]int, error)
	// Digests gives the digests of a frozen cohort's members in their order, and
	// that of one of them; ErrNoMember when they are none.
	Digests(ctx context.Context, c Cohort, of id.Recipient) (canon.Hash, []canon.Hash, error)
}

// Recipients gives a page of an incident's people, in order of their numbers.
func (s Service) Recipients(ctx context.Context, by access.Actor, incident id.Incident, f Filter) ([]Recipient, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.People.Recipients(ctx, incident, f)
}

// Flagged counts the people of an incident who should be looked at, by why.
func (s Service) Flagged(ctx context.Context, by access.Actor, incident id.Incident) (map[string]int, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.People.Flagged(ctx, incident)
}

// Recipient gives one person with the rows behind them.
func (s Service) Recipient(ctx context.Context, by access.Actor, no id.Recipient) (Recipient, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Recipient{}, err
	}
	return s.People.Recipient(ctx, no)
}
