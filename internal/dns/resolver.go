package dns

import (
	"context"
	"time"

	wire "github.com/miekg/dns"
	"golang.org/x/time/rate"

	"forthwith/internal/intake"
)

// What a process may ask at most: questions a second, and questions under way.
// An office's resolver also serves others.
const (
	perSecond = 50
	underWay  = 16
)

// patience is how long one question to one server may take, over UDP and again
// over TCP; each server is asked twice.
const (
	patience = 3 * time.Second
	rounds   = 2
)

// Resolver asks one server, or those of the system. All look-ups of a process
// share one, for its limits are those of the process.
type Resolver struct {
	servers  func() []string // host:port each, asked in this order
	pace     *rate.Limiter
	slots    chan struct{}
	patience time.Duration
}

// New makes a resolver that asks server (host:port), or the servers that the
// system names when it is empty.
func New(server string) *Resolver {
	r := &Resolver{servers: system, pace: rate.NewLimiter(perSecond, underWay), slots: make(chan struct{}, underWay), patience: patience}
	if server != "" {
		r.servers = func() []string { return []string{server} }
	}
	return r
}

// Mail tells whether a domain (A-labels) takes mail. Without an answer, and when
// ctx ends, it is unknown. It implements intake.Resolver.
func (r *Resolver) Mail(ctx context.Context, domain string) intake.DomainMail {
	name := wire.Fqdn(domain)
	if _, ok := wire.IsDomainName(name); !ok || name == "." {
		return intake.MailUnknown
	}
	mx := r.ask(ctx, name, wire.TypeMX)
	if known := judgeMX(mx); known != intake.MailUnknown || mx.kind != empty {
		return known
	}
	return r.hosts(ctx, name)
}

// judgeMX reads what MX records say. A domain with one that means "none" and
// others contradicts itself: the others count.
func judgeMX(a answer) intake.DomainMail {
	switch a.kind {
	case noName:
		return intake.NoMailHost
	case found:
		for _, rr := range a.records {
			if mx, ok := rr.(*wire.MX); ok && mx.Mx != "." {
				return intake.MailTaken
			}
		}
		return intake.NullMX
	}
	return intake.MailUnknown
}

// hosts asks whether the domain itself is a host, which then takes its mail:
// RFC 5321 5.1.
func (r *Resolver) hosts(ctx context.Context, name string) intake.DomainMail {
	verdict := intake.NoMailHost
	for _, kind := range []uint16{wire.TypeA, wire.TypeAAAA} {
		switch r.ask(ctx, name, kind).kind {
		case found:
			return intake.MailTaken
		case silent:
			verdict = intake.MailUnknown
		}
	}
	return verdict
}
