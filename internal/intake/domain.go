package intake

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

// DomainMail is what is known of a domain's mail.
type DomainMail string

// Whether a domain takes mail. MailUnknown is no answer and is never kept.
const (
	MailUnknown DomainMail = ""
	MailTaken   DomainMail = "taken"
	NullMX      DomainMail = "null_mx" // it says that it takes none: RFC 7505
	NoMailHost  DomainMail = "no_host" // it does not exist, or has no mail server and no address: RFC 5321 5.1
)

// Undelivered lists what speaks against a domain.
var Undelivered = []DomainMail{NullMX, NoMailHost}

// Domain is one whose mail is asked about.
type Domain struct {
	Key  [16]byte
	Name string // A-labels; never in a log, an error, a metric or Redis
	Mail DomainMail
}

// Resolver tells whether a domain takes mail.
type Resolver interface {
	Mail(ctx context.Context, domain string) DomainMail
}

// DomainState is how far the domains of an incident were checked.
type DomainState string

// The states.
const (
	DomainsNone    DomainState = "none"    // there was nothing to check yet
	DomainsDue     DomainState = "due"     // asked for, not done
	DomainsChecked DomainState = "checked" // every one had an answer
	DomainsOpen    DomainState = "open"    // some had none; they are asked about again
	DomainsOff     DomainState = "off"     // this installation asks nobody
)

// DomainCheck is what a look at the domains of an incident came to.
type DomainCheck struct {
	State DomainState
	Open  int       // domains without an answer
	At    time.Time // of the last look; zero before the first
	Next  time.Time // when they are looked at again; zero: after the next import
}

// DomainLook is one look, held by a lease.
type DomainLook struct {
	Incident id.Incident
	Began    time.Time // on the database's clock
	Due      time.Time // what it was due for: an import meanwhile makes it due again
	Failed   int       // looks before it that left domains open
}

// DomainStore keeps what is known of domains.
type DomainStore interface {
	// Begin takes the look that is due, for as long as the lease; false when none
	// is due or somebody else has it.
	Begin(ctx context.Context, incident id.Incident, lease time.Duration) (DomainLook, bool, error)
	// Unasked lists domains of people of standing lists that have no answer, or an
	// old one, and that this look has not asked about.
	Unasked(ctx context.Context, l DomainLook, limit int) ([]Domain, error)
	// Answer keeps what was learnt and renews the lease. Who is unknown keeps what
	// was known before.
	Answer(ctx context.Context, l DomainLook, all []Domain, lease time.Duration) error
	// End flags the people of domains that take no mail, and nobody else, and says
	// when to look again.
	End(ctx context.Context, l DomainLook, off bool, wait DomainWait) error
	Check(ctx context.Context, incident id.Incident) (DomainCheck, error)
}

// DomainWait is how long until the next look: while domains are open, and while
// some take no mail.
type DomainWait struct{ Open, Undelivered time.Duration }

// Domains looks at the domains of an incident.
type Domains struct {
	Store    DomainStore
	Resolver Resolver // nil: nobody is asked
	Pace     float64
}

const (
	domainsAtOnce = 256
	domainLease   = 10 * time.Minute
	firstWait     = 5 * time.Minute
	longestWait   = 24 * time.Hour
	// speechless is how many domains in a row without an answer end a look: then it
	// is rather the resolver that says nothing.
	speechless = 64
)

// Check tells how far the domains of an incident were checked.
func (s Domains) Check(ctx context.Context, by access.Actor, incident id.Incident) (DomainCheck, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return DomainCheck{}, err
	}
	return s.Store.Check(ctx, incident)
}

// Look asks about the domains of an incident that are due, and flags people. A
// second run finds nothing due; one that was cut off goes on after its lease.
func (s Domains) Look(ctx context.Context, incident id.Incident) error {
	look, due, err := s.Store.Begin(ctx, incident, s.scaled(domainLease))
	if err != nil || !due {
		return err
	}
	for more := s.Resolver != nil; more; {
		if more, err = s.some(ctx, look); err != nil {
			return err
		}
	}
	return s.Store.End(ctx, look, s.Resolver == nil, DomainWait{Open: s.scaled(backOff(look.Failed)), Undelivered: s.scaled(longestWait)})
}

// some asks about the next domains, and tells whether to go on.
func (s Domains) some(ctx context.Context, look DomainLook) (bool, error) {
	all, err := s.Store.Unasked(ctx, look, domainsAtOnce)
	if err != nil || len(all) == 0 {
		return false, err
	}
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var silent atomic.Int64
	var each sync.WaitGroup
	for i := range all {
		each.Go(func() {
			all[i].Mail = s.Resolver.Mail(asking, all[i].Name)
			if all[i].Mail != MailUnknown {
				silent.Store(0)
			} else if silent.Add(1) >= speechless {
				stop()
			}
		})
	}
	each.Wait()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return asking.Err() == nil, s.Store.Answer(ctx, look, all, s.scaled(domainLease))
}

func (s Domains) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / max(s.Pace, 1))
}

// backOff doubles with each look in a row that left domains open.
func backOff(failed int) time.Duration {
	return min(firstWait<<min(failed, 10), longestWait)
}
