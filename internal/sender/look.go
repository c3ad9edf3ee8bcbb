package sender

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Names asks the DNS. What is not answered before ctx ends is Silence.
type Names interface {
	Texts(ctx context.Context, name string) Texts
	Addresses(ctx context.Context, host string) Addresses
	// Exists tells whether there is such a name, whatever stands there.
	Exists(ctx context.Context, domain string) Heard
	// TakesMail tells whether mail to a domain can arrive.
	TakesMail(ctx context.Context, domain string) Heard
	// SPF tells what receivers make of mail under a domain from each address.
	SPF(ctx context.Context, domain string, from []netip.Addr) map[netip.Addr]SPFResult
}

// patience is how long a look-up takes in all. What was not answered by then is
// not known.
const patience = 5 * time.Second

// CheckTx keeps look-ups. None is ever changed: the newest counts.
type CheckTx interface {
	// InsertCheck writes a look-up, and gives it with its time.
	InsertCheck(c Check) (Check, error)
}

// CheckStore reads what a look-up is about.
type CheckStore interface {
	// Hosts lists relays in order of their ids.
	Hosts(ctx context.Context, limit int) ([]RelayHost, error)
}

// recordedCheck is what the ledger keeps of a look-up.
type recordedCheck struct {
	Revision int            `json:"revision"`
	Found    map[string]int `json:"found"` // by state
}

// Check looks the records of an identity up, and keeps what it found. Nothing is
// locked meanwhile: it stands for the revision that it began with.
func (s Service) Check(ctx context.Context, by access.Actor, no id.Sender) (Check, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Check{}, err
	}
	subject, err := s.subject(ctx, no)
	if err != nil {
		return Check{}, err
	}
	c := Check{Sender: no, Revision: subject.Sender.Revision, By: by.User, Items: judge(subject, s.look(ctx, subject))}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if c, err = tx.InsertCheck(c); err != nil {
			return err
		}
		found := map[string]int{}
		for _, i := range c.Items {
			found[string(i.State)]++
		}
		return tx.Record(ledger.New(by, ledger.SenderChecked, no).With(recordedCheck{c.Revision, found}))
	})
	return c, err
}

func (s Service) subject(ctx context.Context, no id.Sender) (Subject, error) {
	var out Subject
	var err error
	if out.Sender, err = s.Store.Sender(ctx, no); err != nil {
		return out, err
	}
	all, err := s.Store.Keys(ctx, no)
	if err != nil {
		return out, err
	}
	for _, k := range all {
		if k.State() != KeyRetired {
			out.Keys = append(out.Keys, k)
		}
	}
	out.Relays, err = s.Store.Hosts(ctx, mostChecked)
	return out, err
}

// look asks everything at once.
func (s Service) look(ctx context.Context, of Subject) Answers {
	a := Answers{Off: s.Names == nil, Keys: map[id.DKIMKey]Texts{}, Relays: map[id.Relay]Addresses{}}
	if a.Off {
		return a
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, k := range of.Keys {
		all.Go(func() {
			t := s.Names.Texts(ctx, k.Host())
			mu.Lock()
			defer mu.Unlock()
			a.Keys[k.ID] = t
		})
	}
	from, bounces := of.Sender.FromDomain(), of.Sender.BounceDomain
	_, reply := splitAddress(of.Sender.ReplyTo)
	all.Go(func() { a.DMARC = s.Names.Texts(ctx, "_dmarc."+from) })
	if above := organisational(from); above != from {
		all.Go(func() { a.Parent = s.Names.Texts(ctx, "_dmarc."+above) })
	}
	all.Go(func() { a.SPF = s.Names.Texts(ctx, bounces) })
	all.Go(func() { a.From = s.Names.Exists(ctx, from) })
	all.Go(func() { a.Bounce = s.Names.TakesMail(ctx, bounces) })
	all.Go(func() { a.Reply = s.Names.TakesMail(ctx, reply) })
	all.Go(func() {
		a.Relays = s.hosts(ctx, of.Relays)
		a.Passes = s.Names.SPF(ctx, bounces, seenAt(a.Relays))
	})
	all.Wait()
	return a
}

func splitAddress(address string) (local, domain string) {
	local, domain, _ = strings.Cut(address, "@")
	return local, domain
}

// hosts finds out where relays stand. One that is given by its address is not
// asked about.
func (s Service) hosts(ctx context.Context, relays []RelayHost) map[id.Relay]Addresses {
	out := map[id.Relay]Addresses{}
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, r := range relays {
		all.Go(func() {
			at := Addresses{Found, []netip.Addr{netip.IPv4Unspecified()}} // localhost: nowhere that others see
			if ip, err := netip.ParseAddr(r.Host); err == nil {
				at.All = []netip.Addr{ip.Unmap()}
			} else if r.Host != "localhost" {
				at = s.Names.Addresses(ctx, r.Host)
			}
			mu.Lock()
			defer mu.Unlock()
			out[r.ID] = at
		})
	}
	all.Wait()
	return out
}

// seenAt are the addresses that receivers may see mail come from, and one that
// nobody sends from.
func seenAt(relays map[id.Relay]Addresses) []netip.Addr {
	ips := []netip.Addr{anybody}
	for _, at := range relays {
		for _, ip := range at.All {
			if len(at.All) <= mostPerHost && !isPrivate(ip) {
				ips = append(ips, ip)
			}
		}
	}
	return sorted(ips)
}
