package suppression

import (
	"context"
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/reason"
)

// Decision is what becomes of somebody whom a suppression names.
type Decision string

// The decisions.
const (
	Send         Decision = "send"          // anyway
	OtherChannel Decision = "other_channel" // they are reached another way
	Exclude      Decision = "exclude"       // counsel decided so
)

// Decisions lists every decision.
var Decisions = []Decision{Send, OtherChannel, Exclude}

// Ruling is one decision about people of a campaign.
type Ruling struct {
	People   []id.Recipient
	Decision Decision
	Reason   string
}

// Ruled is a ruling on record.
type Ruled struct {
	Campaign id.Campaign
	Incident id.Incident
	Decision Decision
	People   int64
	TakenOut int64 // deliveries of a plan that was made, which are not sent now
	Reason   string
	By       id.User
	At       time.Time
}

// Undecided is somebody whom a suppression names, and nobody has decided about.
type Undecided struct {
	Recipient   id.Recipient
	Masked      string
	Suppression id.Suppression
	Source      Source
	Since       time.Time
}

// Tally counts the people of a campaign whom a suppression names.
type Tally struct {
	Campaign  id.Campaign
	Name      string
	Undecided int64
	Decided   map[Decision]int64
}

// All counts everybody.
func (t Tally) All() int64 {
	n := t.Undecided
	for _, people := range t.Decided {
		n += people
	}
	return n
}

// DeskTx is one transaction about the people of a campaign. No launch, and no
// end of a preflight, comes between.
type DeskTx interface {
	Now() time.Time
	// Hold locks a campaign, and gives its incident. One that has ended is refused.
	Hold(no id.Campaign) (id.Incident, error)
	// Suppressed gives those of some people whom a suppression names; nil asks for
	// everybody who is undecided.
	Suppressed(no id.Campaign, people []id.Recipient) ([]id.Recipient, error)
	// Rule keeps a ruling, and takes its people out of a plan that was made where
	// they are not to be mailed. It gives the ruling with how many, and the root
	// over the digests of its people.
	Rule(r Ruled, people []id.Recipient, entry ledger.EntryID) (Ruled, canon.Hash, error)
	Record(e ledger.Entry) error
}

// DeskStore keeps decisions.
type DeskStore interface {
	Decide(ctx context.Context, f func(DeskTx) error) error
	// Undecided reads a page in order of the people's numbers.
	Undecided(ctx context.Context, no id.Campaign, after int64, limit int) ([]Undecided, error)
	// Tallies counts for each campaign of an incident that has not ended and has
	// somebody whom a suppression names.
	Tallies(ctx context.Context, incident id.Incident) ([]Tally, error)
}

// Desk takes decisions about suppressed people.
type Desk struct{ Store DeskStore }

// mostNamed bounds how many people one request may name.
const mostNamed = 10_000

// Decide says what becomes of people whom a suppression names. Whoever is not to
// be mailed is taken out of a plan that was made; who is to be mailed after all
// is added to none, for that takes new checks.
func (d Desk) Decide(ctx context.Context, by access.Actor, no id.Campaign, r Ruling) (Ruled, error) {
	if err := access.RuleOnPeople.Allow(by); err != nil {
		return Ruled{}, err
	}
	r = r.normalise()
	wrong := r.check()
	switch {
	case len(r.People) == 0:
		wrong = append(wrong, fault.Field{Name: "recipient_ids", Code: "decision_whom", Values: fault.Values{}})
	case len(r.People) > mostNamed:
		wrong = append(wrong, fault.Field{Name: "recipient_ids", Code: "decision_too_many", Values: fault.Values{"limit": mostNamed}})
	}
	if err := fault.Wrongs(wrong); err != nil {
		return Ruled{}, err
	}
	return d.rule(ctx, by, no, r, func(people []id.Recipient) error {
		if len(people) != len(r.People) {
			return fault.Wrong("recipient_ids", "not_suppressed", fault.Values{})
		}
		return nil
	})
}

// DecideAll says it of everybody who is undecided; they must be as many as the
// person saw.
func (d Desk) DecideAll(ctx context.Context, by access.Actor, no id.Campaign, r Ruling, seen int64) (Ruled, error) {
	if err := access.RuleOnPeople.Allow(by); err != nil {
		return Ruled{}, err
	}
	r = r.normalise()
	r.People = nil
	if err := fault.Wrongs(r.check()); err != nil {
		return Ruled{}, err
	}
	return d.rule(ctx, by, no, r, func(people []id.Recipient) error {
		switch n := int64(len(people)); {
		case n == 0:
			return fault.New(fault.Conflict, "nobody_undecided", nil)
		case n != seen:
			return fault.New(fault.Mismatch, "undecided_changed", fault.Values{"people": n})
		}
		return nil
	})
}

func (d Desk) rule(ctx context.Context, by access.Actor, no id.Campaign, r Ruling, check func([]id.Recipient) error) (Ruled, error) {
	var made Ruled
	err := d.Store.Decide(ctx, func(tx DeskTx) error {
		incident, err := tx.Hold(no)
		if err != nil {
			return err
		}
		people, err := tx.Suppressed(no, r.People)
		if err != nil {
			return err
		}
		if err := check(people); err != nil {
			return err
		}
		told := ledger.New(by, ledger.SuppressedDecided, no).In(int64(incident))
		ruled, root, err := tx.Rule(Ruled{Campaign: no, Incident: incident, Decision: r.Decision, People: int64(len(people)), Reason: r.Reason, By: by.User, At: tx.Now()}, people, told.ID)
		if err != nil {
			return err
		}
		made = ruled
		return tx.Record(told.With(map[string]any{"decision": r.Decision, "people": ruled.People, "root": root, "deliveries": ruled.TakenOut, "reason_sha256": reason.Digest(r.Reason)}))
	})
	return made, err
}

func (r Ruling) normalise() Ruling {
	r.Reason = strings.TrimSpace(r.Reason)
	people := slices.Clone(r.People)
	slices.SortFunc(people, func(a, b id.Recipient) int { return int(a.No - b.No) })
	r.People = slices.Compact(people)
	return r
}

func (r Ruling) check() []fault.Field {
	var wrong []fault.Field
	if !slices.Contains(Decisions, r.Decision) {
		wrong = append(wrong, fault.Field{Name: "decision", Code: "field_not_one_of", Values: fault.Values{"name": "decision", "choices": "send, other_channel, exclude"}})
	}
	return append(wrong, reason.Check(r.Reason)...)
}

// Undecided gives a page of those about whom nobody has decided, masked.
func (d Desk) Undecided(ctx context.Context, by access.Actor, no id.Campaign, after int64, limit int) ([]Undecided, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return d.Store.Undecided(ctx, no, after, limit)
}

// Tallies counts the suppressed people of an incident's campaigns.
func (d Desk) Tallies(ctx context.Context, by access.Actor, incident id.Incident) ([]Tally, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return d.Store.Tallies(ctx, incident)
}
