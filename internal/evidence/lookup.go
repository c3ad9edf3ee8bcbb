package evidence

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/mailaddr"
)

// Found is what one incident holds about one person. The address is masked.
type Found struct {
	Incident      id.Incident
	Name          string // of the incident
	Recipient     id.Recipient
	Masked        string
	Jurisdictions []string
	Locale        string
	Cohort        string // where they are placed, if anywhere
	Deliveries    []Told
	Codes         []Granted // one for each pool of the incident
}

// Granted says whether a code of a pool was handed out to the person, for ever.
// The code itself is a secret: nobody finds it by an address.
type Granted struct {
	Pool     id.Pool
	Name     string      // of the pool, behind "code."
	Campaign id.Campaign // whose checks handed it out
	By       string      // its name
	At       *time.Time  // nil: they hold none
}

// Told is one campaign to the person.
type Told struct {
	Campaign string
	Row
}

// Finder looks for a person in every incident whose key is there.
type Finder interface {
	Find(ctx context.Context, address mailaddr.Address) ([]Found, error)
	// FindIn gives the person of one incident who has an address: one, or none.
	FindIn(ctx context.Context, incident id.Incident, address mailaddr.Address) ([]id.Recipient, error)
	Do(ctx context.Context, f func(Tx) error) error
}

// Desk answers who asks about one person.
type Desk struct{ Finder Finder }

// lookUpOf names a look-up in the ledger: it is about no object of ours.
type lookUpOf struct{}

func (lookUpOf) String() string { return "person" }

// LookUp finds everything about one person by their address. Every call is put
// on record before it is answered, with the reason and without the address; so
// is one that finds nobody.
func (d Desk) LookUp(ctx context.Context, by access.Actor, email, reason string) ([]Found, error) {
	if err := access.LookUp.Allow(by); err != nil {
		return nil, err
	}
	address, err := addressOf(email)
	var wrong []fault.Field
	if err != nil {
		wrong = append(wrong, fault.Field{Name: "email", Code: "lookup_address"})
	}
	if strings.TrimSpace(reason) == "" {
		wrong = append(wrong, fault.Field{Name: "reason", Code: "reason_missing"})
	}
	if err := fault.Wrongs(wrong); err != nil {
		return nil, err
	}
	found, err := d.Finder.Find(ctx, address)
	if err != nil {
		return nil, err
	}
	people := make([]id.Recipient, len(found))
	for i, f := range found {
		people[i] = f.Recipient
	}
	return found, d.record(ctx, ledger.New(by, ledger.PersonLookedUp, lookUpOf{}), reason, people)
}

// forPreview stands in the ledger where others give a reason.
const forPreview = "preview"

// FindIn finds the person of one incident by their address, for who may read the
// incident and wants to see a text as that person gets it. It tells nothing but
// who it is; like every look-up it is put on record, also when it finds nobody.
func (d Desk) FindIn(ctx context.Context, by access.Actor, incident id.Incident, email string) (id.Recipient, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return id.Recipient{}, err
	}
	address, err := addressOf(email)
	if err != nil {
		return id.Recipient{}, fault.Wrong("person", "person_address", nil)
	}
	found, err := d.Finder.FindIn(ctx, incident, address)
	if err == nil {
		err = d.record(ctx, ledger.New(by, ledger.PersonLookedUp, lookUpOf{}).In(int64(incident)), forPreview, found)
	}
	switch {
	case err != nil:
		return id.Recipient{}, err
	case len(found) == 0:
		return id.Recipient{}, fault.Wrong("person", "person_of_nobody", nil)
	}
	return found[0], nil
}

func addressOf(typed string) (mailaddr.Address, error) {
	return mailaddr.Parse(strings.TrimSpace(typed))
}

// record tells of a look-up, with whom it found and without the address.
func (d Desk) record(ctx context.Context, e ledger.Entry, reason string, found []id.Recipient) error {
	return d.Finder.Do(ctx, func(tx Tx) error {
		return tx.Record(e.With(map[string]any{"reason": reason, "found": append([]id.Recipient{}, found...)}))
	})
}
