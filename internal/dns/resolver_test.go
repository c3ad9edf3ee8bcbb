package dns

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"
	"golang.org/x/time/rate"

	"forthwith/internal/dns/dnstest"
	"forthwith/internal/intake"
)

// quick asks without waiting long.
func quick(server string) *Resolver {
	r := New(server)
	r.pace, r.patience = rate.NewLimiter(rate.Inf, 1), 150*time.Millisecond
	return r
}

func TestOnlyAPlainAnswerSpeaksAgainstADomain(t *testing.T) {
	s := dnstest.Start(t)
	s.Records("mail.example.", "mail.example. 60 IN MX 10 mx.mail.example.")
	s.Records("null.example.", "null.example. 60 IN MX 0 .")
	s.Records("both.example.", "both.example. 60 IN MX 0 .", "both.example. 60 IN MX 10 mx.both.example.")
	s.Records("host.example.", "host.example. 60 IN A 192.0.2.1")
	s.Records("host6.example.", "host6.example. 60 IN AAAA 2001:db8::1")
	s.Records("text.example.", "text.example. 60 IN TXT hello")
	s.Records("alias.example.", "alias.example. 60 IN CNAME mail.example.", "mail.example. 60 IN MX 10 mx.mail.example.")
	s.Records("aliasnull.example.", "aliasnull.example. 60 IN CNAME null.example.", "null.example. 60 IN MX 0 .")
	s.Records("aliashost.example.", "aliashost.example. 60 IN CNAME host.example.", "host.example. 60 IN A 192.0.2.1")
	s.Records("xn--bcher-kva.example.", "xn--bcher-kva.example. 60 IN MX 0 .")
	s.Fails("servfail.example.", wire.RcodeServerFailure)
	s.Fails("refused.example.", wire.RcodeRefused)
	s.Fails("notimp.example.", wire.RcodeNotImplemented)
	s.Silent("silent.example.")
	s.Handle("dangling.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		m.Answer = []wire.RR{record(t, "dangling.example. 60 IN CNAME gone.example.")}
		m.Rcode = wire.RcodeNameError
		_ = w.WriteMsg(m)
	})
	s.Handle("halfsilent.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		if q.Question[0].Qtype != wire.TypeAAAA {
			_ = w.WriteMsg(dnstest.Reply(q))
		}
	})
	s.Handle("referral.example.", func(w wire.ResponseWriter, q *wire.Msg) { _ = w.WriteMsg(new(wire.Msg).SetReply(q)) })
	s.Handle("lame.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		_ = w.WriteMsg(new(wire.Msg).SetRcode(q, wire.RcodeNameError))
	})
	s.Handle("owned.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := new(wire.Msg).SetReply(q)
		m.Authoritative = true
		_ = w.WriteMsg(m)
	})
	s.Handle("other.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		m.Question[0].Name, m.Rcode = "gone.example.", wire.RcodeNameError
		_ = w.WriteMsg(m)
	})
	s.Handle("garbage.example.", func(w wire.ResponseWriter, q *wire.Msg) { _, _ = w.Write([]byte("garbage")) })
	r := quick(s.Addr)
	for domain, want := range map[string]intake.DomainMail{
		"mail.example": intake.MailTaken, "null.example": intake.NullMX, "both.example": intake.MailTaken,
		"host.example": intake.MailTaken, "host6.example": intake.MailTaken, "text.example": intake.NoMailHost,
		"alias.example": intake.MailTaken, "aliasnull.example": intake.NullMX, "aliashost.example": intake.MailTaken,
		"xn--bcher-kva.example": intake.NullMX, "gone.example": intake.NoMailHost, "dangling.example": intake.NoMailHost, "owned.example": intake.NoMailHost,
		"servfail.example": intake.MailUnknown, "refused.example": intake.MailUnknown, "notimp.example": intake.MailUnknown,
		"silent.example": intake.MailUnknown, "halfsilent.example": intake.MailUnknown, "referral.example": intake.MailUnknown,
		"lame.example": intake.MailUnknown, "other.example": intake.MailUnknown, "garbage.example": intake.MailUnknown,
		"": intake.MailUnknown, strings.Repeat("a", 64) + ".example": intake.MailUnknown,
	} {
		t.Run(domain, func(t *testing.T) {
			t.Parallel()
			if got := r.Mail(t.Context(), domain); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func record(t *testing.T, line string) wire.RR {
	t.Helper()
	rr, err := wire.NewRR(line)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

func TestAnAnswerThatIsCutShortIsReadOverTCP(t *testing.T) {
	s := dnstest.Start(t)
	s.Handle("long.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		if m.Truncated = w.LocalAddr().Network() == "udp"; !m.Truncated {
			m.Answer = []wire.RR{record(t, "long.example. 60 IN MX 0 .")}
		}
		_ = w.WriteMsg(m)
	})
	s.Handle("cut.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		m.Truncated = true // over TCP too
		_ = w.WriteMsg(m)
	})
	r := quick(s.Addr)
	if got := r.Mail(t.Context(), "long.example"); got != intake.NullMX {
		t.Errorf("got %q", got)
	}
	if want := []string{"udp MX long.example.", "tcp MX long.example."}; !slices.Equal(s.Asked(), want) {
		t.Errorf("asked %q", s.Asked())
	}
	if got := r.Mail(t.Context(), "cut.example"); got != intake.MailUnknown {
		t.Errorf("one that is cut short over TCP too: %q", got)
	}
}

func TestTheNextServerIsAskedWhereOneSaysNothing(t *testing.T) {
	failing, well := dnstest.Start(t), dnstest.Start(t)
	failing.Fails("null.example.", wire.RcodeServerFailure)
	well.Records("null.example.", "null.example. 60 IN MX 0 .")
	r := quick("")
	r.servers = func() []string { return []string{failing.Addr, well.Addr} }
	if got := r.Mail(t.Context(), "null.example"); got != intake.NullMX || len(failing.Asked()) != 1 {
		t.Errorf("got %q, the first was asked %q", got, failing.Asked())
	}
}

func TestWithoutAServerNothingIsKnown(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	none := quick("")
	none.servers = func() []string { return nil }
	for what, r := range map[string]*Resolver{"a closed port": quick(gone.LocalAddr().String()), "no server": none} {
		if got := r.Mail(t.Context(), "null.example"); got != intake.MailUnknown {
			t.Errorf("%s: %q", what, got)
		}
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	s := dnstest.Start(t)
	if got := quick(s.Addr).Mail(over, "gone.example"); got != intake.MailUnknown || len(s.Asked()) != 0 {
		t.Errorf("after the end: %q, asked %q", got, s.Asked())
	}
}

// A look-up that waits for its slot is seen waiting, since the server lets the
// others go only then.
func TestNoMoreQuestionsAreUnderWayThanAllowed(t *testing.T) {
	s := dnstest.Start(t)
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	for i := range 2 * underWay {
		s.Handle(fmt.Sprintf("d%d.example.", i), func(w wire.ResponseWriter, q *wire.Msg) {
			arrived <- struct{}{}
			<-release
			m := dnstest.Reply(q)
			m.Rcode = wire.RcodeNameError
			_ = w.WriteMsg(m)
		})
	}
	r := New(s.Addr)
	r.pace, r.patience = rate.NewLimiter(rate.Inf, 1), time.Minute
	got := make(chan intake.DomainMail)
	for i := range 2 * underWay {
		go func() { got <- r.Mail(t.Context(), fmt.Sprintf("d%d.example", i)) }()
	}
	for range underWay {
		<-arrived
	}
	if len(r.slots) != underWay {
		t.Errorf("%d questions under way", len(r.slots))
	}
	select {
	case <-arrived:
		t.Error("one more was asked")
	default:
	}
	close(release)
	for range 2 * underWay {
		if m := <-got; m != intake.NoMailHost {
			t.Errorf("got %q", m)
		}
	}
}

func TestQuestionsKeepToTheirPace(t *testing.T) {
	s := dnstest.Start(t)
	r := quick(s.Addr)
	r.pace = rate.NewLimiter(0, 2) // two, and none after them
	for range 2 {
		if got := r.Mail(t.Context(), "gone.example"); got != intake.NoMailHost {
			t.Errorf("got %q", got)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if got := r.Mail(ctx, "gone.example"); got != intake.MailUnknown || len(s.Asked()) != 2 {
		t.Errorf("got %q, asked %d times", got, len(s.Asked()))
	}
}
