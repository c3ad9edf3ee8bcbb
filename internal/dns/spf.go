package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"blitiri.com.ar/go/spf"
	wire "github.com/miekg/dns"

	"forthwith/internal/sender"
)

// SPF evaluates the record of a domain (RFC 7208) for mail from each address,
// as receivers do, with their limits of ten look-ups and two void ones. Whatever
// all of them need is asked once. Without an answer a result is silent.
func (s Senders) SPF(ctx context.Context, domain string, from []netip.Addr) map[netip.Addr]sender.SPFResult {
	once := &onceAsked{ctx: ctx, names: s, answers: map[string]answer{}}
	out := map[netip.Addr]sender.SPFResult{}
	for _, ip := range from {
		if ctx.Err() != nil {
			break
		}
		out[ip] = once.verdict(spf.CheckHostWithSender(ip.AsSlice(), domain, "bounces@"+domain, spf.WithContext(ctx), spf.WithResolver(once)))
	}
	return out
}

// personal are macros that stand for what a letter has of its own: its sender's
// local part, the name that a relay gives itself, and names of its address.
var personal = regexp.MustCompile(`(?i)%\{[slhp]`)

// broken are the errors of a record that have a name of their own.
var broken = []struct {
	err error
	is  sender.SPFResult
}{
	{spf.ErrMultipleRecords, sender.SPFTwo}, {spf.ErrLookupLimitReached, sender.SPFLookups}, {spf.ErrVoidLookupLimitReached, sender.SPFVoid},
}

func (o *onceAsked) verdict(r spf.Result, err error) sender.SPFResult {
	switch r {
	case spf.TempError:
		return sender.SPFSilent
	case spf.None:
		return sender.SPFNone
	case spf.PermError:
		for _, b := range broken {
			if errors.Is(err, b.err) {
				return b.is
			}
		}
		return sender.SPFBroken
	}
	switch {
	case o.personal:
		return sender.SPFDepends
	case r == spf.Pass:
		return sender.SPFPass
	}
	return sender.SPFNot
}

// onceAsked asks for the library, and remembers what was answered.
type onceAsked struct {
	ctx      context.Context
	names    Senders
	personal bool // a record asks for what letters have of their own
	answers  map[string]answer
}

func (o *onceAsked) ask(name string, of uint16) answer {
	key := wire.TypeToString[of] + " " + strings.ToLower(wire.Fqdn(name))
	a, known := o.answers[key]
	if !known {
		a = o.names.askName(o.ctx, name, of)
		o.answers[key] = a
	}
	return a
}

// failed says what the library needs to know of an answer without records. The
// name stays out of it.
func failed(a answer) error {
	switch a.kind {
	case silent:
		return &net.DNSError{Err: "no answer", IsTemporary: true}
	case noName, empty:
		return &net.DNSError{Err: "no records", IsNotFound: true}
	}
	return nil
}

// LookupTXT implements spf.DNSResolver.
func (o *onceAsked) LookupTXT(_ context.Context, name string) ([]string, error) {
	a := o.ask(name, wire.TypeTXT)
	var out []string
	for _, rr := range a.records {
		if txt, ok := rr.(*wire.TXT); ok {
			text := plain(strings.Join(txt.Txt, ""))
			o.personal = o.personal || strings.HasPrefix(strings.ToLower(text), "v=spf1") && personal.MatchString(text)
			out = append(out, text)
		}
	}
	return out, failed(a)
}

// LookupMX implements spf.DNSResolver.
func (o *onceAsked) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	a := o.ask(name, wire.TypeMX)
	var out []*net.MX
	for _, rr := range a.records {
		if mx, ok := rr.(*wire.MX); ok {
			out = append(out, &net.MX{Host: mx.Mx, Pref: mx.Preference})
		}
	}
	return out, failed(a)
}

// LookupIPAddr implements spf.DNSResolver. A name without one of the two kinds
// of address may still have the other.
func (o *onceAsked) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	var out []net.IPAddr
	var none error
	for _, of := range []uint16{wire.TypeA, wire.TypeAAAA} {
		a := o.ask(host, of)
		for _, rr := range a.records {
			if ip, ok := addressIn(rr); ok {
				out = append(out, net.IPAddr{IP: ip.AsSlice()})
			}
		}
		if a.kind == silent {
			return nil, failed(a)
		}
		if a.kind != found {
			none = failed(a)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, none
}

// LookupAddr implements spf.DNSResolver.
func (o *onceAsked) LookupAddr(_ context.Context, ip string) ([]string, error) {
	name, err := wire.ReverseAddr(ip)
	if err != nil {
		return nil, failed(answer{kind: noName})
	}
	a := o.ask(name, wire.TypePTR)
	var out []string
	for _, rr := range a.records {
		if ptr, ok := rr.(*wire.PTR); ok {
			out = append(out, ptr.Ptr)
		}
	}
	return out, failed(a)
}
