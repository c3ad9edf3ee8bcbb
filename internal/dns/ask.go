package dns

import (
	"context"
	"net"
	"strings"

	wire "github.com/miekg/dns"
)

// kind is what an answer comes to.
type kind int

const (
	silent kind = iota // nothing that says something
	found              // records of the type that was asked for
	empty              // the name is there, without such records
	noName             // there is no such name
)

type answer struct {
	kind    kind
	records []wire.RR
}

// largest is how many bytes an answer over UDP may have without being cut into
// pieces on its way.
const largest = 1232

// ask puts one question to the servers in turn until one of them says something.
func (r *Resolver) ask(ctx context.Context, name string, of uint16) answer {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return answer{}
	}
	for range rounds {
		for _, server := range r.servers() {
			if r.pace.Wait(ctx) != nil {
				return answer{}
			}
			if a := r.askOne(ctx, server, name, of); a.kind != silent {
				return a
			}
		}
	}
	return answer{}
}

// askOne asks over UDP, and over TCP where the answer was cut short. The text of
// an error may repeat the question, so that none is kept.
func (r *Resolver) askOne(ctx context.Context, server, name string, of uint16) answer {
	question := new(wire.Msg).SetQuestion(name, of)
	question.SetEdns0(largest, false)
	udp := wire.Client{Net: "udp", Timeout: r.patience, UDPSize: largest}
	reply, _, err := udp.ExchangeContext(ctx, question, server)
	if err == nil && reply.Truncated {
		tcp := wire.Client{Net: "tcp", Timeout: r.patience}
		reply, _, err = tcp.ExchangeContext(ctx, question, server)
	}
	if err != nil {
		return answer{}
	}
	return read(reply, question.Question[0])
}

// read takes a reply only for what it is. One without records counts only from
// a server that has followed the name to its end, or owns it: another one's says
// merely where to ask next. A resolver follows aliases, so that records under
// another name than the one asked for are its own.
func read(reply *wire.Msg, question wire.Question) answer {
	if !reply.Response || reply.Truncated || len(reply.Question) != 1 || !same(reply.Question[0], question) {
		return answer{}
	}
	switch {
	case reply.Rcode == wire.RcodeNameError && ends(reply):
		return answer{kind: noName}
	case reply.Rcode != wire.RcodeSuccess:
		return answer{}
	}
	var records []wire.RR
	for _, rr := range reply.Answer {
		if rr.Header().Rrtype == question.Qtype && rr.Header().Class == wire.ClassINET {
			records = append(records, rr)
		}
	}
	switch {
	case len(records) > 0:
		return answer{found, records}
	case ends(reply):
		return answer{kind: empty}
	}
	return answer{}
}

func ends(reply *wire.Msg) bool { return reply.RecursionAvailable || reply.Authoritative }

func same(a, b wire.Question) bool {
	return a.Qtype == b.Qtype && a.Qclass == b.Qclass && strings.EqualFold(a.Name, b.Name)
}

// system reads which servers this machine asks. It is read anew each time, for
// a network may change under a worker; without one nothing is asked.
func system() []string {
	c, err := wire.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil
	}
	all := make([]string, len(c.Servers))
	for i, s := range c.Servers {
		all[i] = net.JoinHostPort(s, c.Port)
	}
	return all
}
