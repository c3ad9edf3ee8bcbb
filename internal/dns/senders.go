package dns

import (
	"context"
	"net/netip"
	"strings"
	"unicode/utf8"

	wire "github.com/miekg/dns"

	"forthwith/internal/intake"
	"forthwith/internal/sender"
)

// Senders asks about the domains of sender identities. It implements
// sender.Names.
type Senders struct{ *Resolver }

var heard = map[kind]sender.Heard{silent: sender.Silence, found: sender.Found, empty: sender.Nothing, noName: sender.Nothing}

// Texts gives the TXT records under a name. An answer is at most one message of
// the DNS, 64 KiB.
func (s Senders) Texts(ctx context.Context, name string) sender.Texts {
	a := s.askName(ctx, name, wire.TypeTXT)
	out := sender.Texts{Heard: heard[a.kind]}
	for _, rr := range a.records {
		if txt, ok := rr.(*wire.TXT); ok {
			out.Records = append(out.Records, plain(strings.Join(txt.Txt, "")))
		}
	}
	return out
}

// askName asks about a name, if it is one.
func (r *Resolver) askName(ctx context.Context, name string, of uint16) answer {
	name = wire.Fqdn(name)
	if _, ok := wire.IsDomainName(name); !ok || name == "." {
		return answer{}
	}
	return r.ask(ctx, name, of)
}

// Addresses gives where a host stands. One kind of address without an answer
// leaves open where else it stands.
func (s Senders) Addresses(ctx context.Context, host string) sender.Addresses {
	out := sender.Addresses{Heard: sender.Nothing}
	for _, of := range []uint16{wire.TypeA, wire.TypeAAAA} {
		a := s.askName(ctx, host, of)
		if a.kind == silent {
			return sender.Addresses{}
		}
		for _, rr := range a.records {
			if ip, ok := addressIn(rr); ok {
				out.Heard, out.All = sender.Found, append(out.All, ip)
			}
		}
	}
	return out
}

func addressIn(rr wire.RR) (netip.Addr, bool) {
	var raw []byte
	switch rr := rr.(type) {
	case *wire.A:
		raw = rr.A
	case *wire.AAAA:
		raw = rr.AAAA
	}
	ip, ok := netip.AddrFromSlice(raw)
	return ip.Unmap(), ok
}

// Exists tells whether there is such a domain, whatever stands there.
func (s Senders) Exists(ctx context.Context, domain string) sender.Heard {
	switch s.askName(ctx, domain, wire.TypeNS).kind {
	case found, empty:
		return sender.Found
	case noName:
		return sender.Nothing
	}
	return sender.Silence
}

// TakesMail tells whether mail to a domain can arrive, as Mail does.
func (s Senders) TakesMail(ctx context.Context, domain string) sender.Heard {
	switch s.Mail(ctx, domain) {
	case intake.MailTaken:
		return sender.Found
	case intake.MailUnknown:
		return sender.Silence
	}
	return sender.Nothing
}

// plain undoes the escapes in which the library gives the bytes of a text, and
// marks what is no printable ASCII: no record that we ask for holds it.
func plain(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b == '\\' && i+1 < len(text) {
			b = text[i+1]
			if i++; i+2 < len(text) && digits(text[i:i+3]) {
				b = (text[i]-'0')*100 + (text[i+1]-'0')*10 + text[i+2] - '0'
				i += 2
			}
		}
		if b < ' ' && b != '\t' || b >= 0x7f {
			out.WriteRune(utf8.RuneError)
			continue
		}
		out.WriteByte(b)
	}
	return out.String()
}

func digits(text string) bool { return strings.Trim(text, "0123456789") == "" }
