package smtpclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

const (
	sender = "bounce+1@example.com"
	ann    = "ann@example.com"
	letter = "Subject: hello\r\n\r\n.leading dot\r\n..two\r\nlast\r\n"
)

func TestReplyOfEveryPhase(t *testing.T) {
	type rule = relaytest.Rule
	act := func(at relaytest.Phase, do relaytest.Action) rule { return rule{At: at, Do: do} }
	cases := map[string]struct {
		rule     rule
		want     outcome.Reply
		verdict  outcome.Verdict
		usable   bool
		accepted int
	}{
		"250 and kept": {rule{}, outcome.Reply{Phase: outcome.PhaseDot, Code: 250, Enhanced: "2.0.0", QueueID: "R00000001"}, outcome.Took, true, 1},
		"421 at MAIL": {act(relaytest.Mail, relaytest.Action{Code: 421, Enhanced: "4.3.2", End: relaytest.ThenClose}),
			outcome.Reply{Phase: outcome.PhaseMail, Code: 421, Enhanced: "4.3.2"}, outcome.Temporary, false, 0},
		"451 at MAIL": {act(relaytest.Mail, relaytest.Action{Code: 451}), outcome.Reply{Phase: outcome.PhaseMail, Code: 451}, outcome.Temporary, true, 0},
		"550 5.1.1 at RCPT": {relaytest.For(ann, relaytest.Rcpt, relaytest.Action{Code: 550, Enhanced: "5.1.1", Text: "no " + ann}),
			outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.1.1"}, outcome.Refused, true, 0},
		"the enhanced code of another class is dropped": {act(relaytest.Rcpt, relaytest.Action{Code: 550, Enhanced: "4.1.1"}),
			outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550}, outcome.Refused, true, 0},
		"452 at DATA": {act(relaytest.Data, relaytest.Action{Code: 452, Enhanced: "4.3.1"}),
			outcome.Reply{Phase: outcome.PhaseData, Code: 452, Enhanced: "4.3.1"}, outcome.Temporary, true, 0},
		"dropped at MAIL":       {act(relaytest.Mail, relaytest.Action{End: relaytest.CloseMute}), lost(outcome.PhaseMail), outcome.Temporary, false, 0},
		"reset at RCPT":         {act(relaytest.Rcpt, relaytest.Action{End: relaytest.CloseMute}), lost(outcome.PhaseRcpt), outcome.Temporary, false, 0},
		"dropped at DATA":       {act(relaytest.Data, relaytest.Action{End: relaytest.CloseMute}), lost(outcome.PhaseData), outcome.Temporary, false, 0},
		"dropped in the body":   {act(relaytest.Body, relaytest.Action{End: relaytest.ResetMute, Bytes: 10}), lost(outcome.PhaseDot), outcome.Unknown, false, 0},
		"554 after the dot":     {act(relaytest.Dot, relaytest.Action{Code: 554, Enhanced: "5.7.1"}), outcome.Reply{Phase: outcome.PhaseDot, Code: 554, Enhanced: "5.7.1"}, outcome.RelayFault, true, 0},
		"closed after the dot":  {act(relaytest.Dot, relaytest.Action{End: relaytest.CloseMute}), lost(outcome.PhaseDot), outcome.Unknown, false, 1},
		"reset after the dot":   {act(relaytest.Dot, relaytest.Action{End: relaytest.ResetMute}), lost(outcome.PhaseDot), outcome.Unknown, false, 1},
		"silent after the dot":  {act(relaytest.Dot, relaytest.Action{End: relaytest.SilenceMute}), lost(outcome.PhaseDot), outcome.Unknown, false, 1},
		"a late 250 is a 250":   {act(relaytest.Dot, relaytest.Action{Delay: 300 * time.Second}), outcome.Reply{Phase: outcome.PhaseDot, Code: 250, Enhanced: "2.0.0", QueueID: "R00000001"}, outcome.Took, true, 1},
		"250, then closed":      {act(relaytest.Dot, relaytest.Action{End: relaytest.ThenClose}), outcome.Reply{Phase: outcome.PhaseDot, Code: 250, Enhanced: "2.0.0", QueueID: "R00000001"}, outcome.Took, true, 1},
		"another 3xx at DATA":   {act(relaytest.Data, relaytest.Action{Code: 334}), outcome.Reply{Phase: outcome.PhaseData, Code: 334}, outcome.Temporary, true, 0},
		"a 3xx after the dot":   {act(relaytest.Dot, relaytest.Action{Code: 354}), lost(outcome.PhaseDot), outcome.Unknown, false, 0},
		"a 250 before the body": {act(relaytest.Data, relaytest.Action{Code: 354, Text: "go ahead\r\n250 2.0.0 ok queued as EARLY001"}), lost(outcome.PhaseData), outcome.Temporary, false, 0},
		"a 354 before DATA":     {act(relaytest.Rcpt, relaytest.Action{Code: 250, Text: "ok\r\n354 go ahead"}), lost(outcome.PhaseData), outcome.Temporary, false, 0},
		"no SMTP after the dot": {act(relaytest.Dot, relaytest.Action{Code: 99}), lost(outcome.PhaseDot), outcome.Unknown, false, 0},
	}
	for name, k := range cases {
		for _, pipelining := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				s := relay(t, relaytest.Config{Pipelining: pipelining, Pace: 200})
				if k.rule.At != "" {
					s.On(k.rule)
				}
				c := reach(t, settings(s))
				got := send(t, c, ann)
				if got != k.want || got.Verdict() != k.verdict || c.Usable() != k.usable {
					t.Errorf("got %+v %s usable %t, want %+v %s %t", got, got.Verdict(), c.Usable(), k.want, k.verdict, k.usable)
				}
				if n := len(s.Accepted(ann)); n != k.accepted {
					t.Errorf("the relay accepted %d, want %d", n, k.accepted)
				}
				for _, p := range []relaytest.Phase{relaytest.Rset, relaytest.Noop, relaytest.Quit} {
					if s.Count(p) != 0 {
						t.Errorf("%s was said", p)
					}
				}
			})
		}
	}
}

func TestTheRelayGetsTheBytesThatWereGiven(t *testing.T) {
	s := relay(t, relaytest.Config{Pipelining: true})
	c := reach(t, settings(s))
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`\.{0,3}[ -~]{0,90}`), 1, 200).Draw(rt, "lines")
		raw := strings.Join(lines, "\r\n") + "\r\n"
		if _, err := c.Envelope(t.Context(), sender, ann); err != nil {
			rt.Fatal(err)
		}
		r, err := c.Deliver(t.Context(), []byte(raw))
		if err != nil || r.Verdict() != outcome.Took {
			rt.Fatalf("got %+v %v", r, err)
		}
		all := s.Messages()
		sum := sha256.Sum256([]byte(raw))
		if m := all[len(all)-1]; m.SHA256 != hex.EncodeToString(sum[:]) || m.BareLF {
			rt.Fatalf("the relay got %q", m.Raw)
		}
	})
}

func TestAConnectionCarriesManyTransactions(t *testing.T) {
	for _, pipelining := range []bool{false, true} {
		s := relay(t, relaytest.Config{Pipelining: pipelining})
		s.On(relaytest.For("no@example.com", relaytest.Rcpt, relaytest.Action{Code: 550, Enhanced: "5.1.1"}))
		s.On(relaytest.For("later@example.com", relaytest.Data, relaytest.Action{Code: 451}))
		c := reach(t, settings(s))
		for _, to := range []string{ann, "no@example.com", "bob@example.com", "later@example.com", "cem@example.com"} {
			send(t, c, to)
		}
		if n := len(s.AcceptedByRcpt()); n != 3 || !c.Usable() {
			t.Errorf("pipelining %t: accepted %v", pipelining, s.AcceptedByRcpt())
		}
		if s.Count(relaytest.Open) != 1 || s.Count(relaytest.Rset) != 2 {
			t.Errorf("%d connections, %d RSET", s.Count(relaytest.Open), s.Count(relaytest.Rset))
		}
		if err := c.Close(); err != nil || s.Count(relaytest.Quit) != 1 {
			t.Errorf("close: %v, %d QUIT", err, s.Count(relaytest.Quit))
		}
	}
}

func TestNothingFollowsAHalfWrittenMessage(t *testing.T) {
	s := relay(t, relaytest.Config{})
	s.On(relaytest.Rule{At: relaytest.Body, Do: relaytest.Action{End: relaytest.SilenceMute}})
	r := settings(s)
	r.Pace = 2000 // 300 ms for the final answer
	c := reach(t, r)
	if got := send(t, c, ann); got != lost(outcome.PhaseDot) || c.Usable() {
		t.Errorf("got %+v", got)
	}
	if err := c.Close(); err != nil || len(s.Messages()) != 0 {
		t.Errorf("close: %v, %d messages", err, len(s.Messages()))
	}
}

func TestTheWaitEndsWithTheContext(t *testing.T) {
	s := relay(t, relaytest.Config{})
	s.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: relaytest.SilenceMute}})
	c := reach(t, settings(s))
	if _, err := c.Envelope(t.Context(), sender, ann); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan outcome.Reply, 1)
	go func() { r, _ := c.Deliver(ctx, []byte(letter)); done <- r }()
	wait(t, func() bool { return len(s.Accepted(ann)) == 1 })
	cancel()
	select {
	case r := <-done:
		if r != lost(outcome.PhaseDot) || c.Usable() {
			t.Errorf("got %+v", r)
		}
	case <-time.After(10 * time.Second):
		t.Error("the wait went on")
	}
}

func TestRefusesWhatIsNotFitForTheWire(t *testing.T) {
	s := relay(t, relaytest.Config{})
	c := reach(t, settings(s))
	for name, a := range map[string]string{
		"line feed": "a\nRCPT TO:<b@example.com>@example.com", "carriage return": "a\r@example.com", "bracket": "a@example.com> SIZE=1 <",
		"blank": "a b@example.com", "NUL": "a\x00@example.com", "too long": strings.Repeat("a", 255), "not UTF-8": "a\xff@example.com", "empty": "",
	} {
		if _, err := c.Envelope(t.Context(), sender, a); !fault.Is(err, "address_unfit") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Envelope(t.Context(), a, ann); a != "" && !fault.Is(err, "address_unfit") {
			t.Errorf("%s as sender: %v", name, err)
		}
	}
	if _, err := c.Envelope(t.Context(), sender, "ann\u00e9@example.com"); !fault.Is(err, "address_needs_smtputf8") {
		t.Errorf("letters beyond ASCII: %v", err)
	}
	for name, raw := range map[string]string{
		"bare LF": "a\nb\r\n", "bare CR": "a\rb\r\n", "no end": "a", "smuggled dot": "a\n.\r\nMAIL FROM:<x@example.com>\r\n", "empty": "", "doubled CR": "a\r\r\n",
	} {
		if r, err := c.Envelope(t.Context(), sender, ann); err != nil || !Proceed(r) {
			t.Fatal(r, err)
		}
		if _, err := c.Deliver(t.Context(), []byte(raw)); err == nil {
			t.Errorf("%s was sent", name)
		}
	}
	if s.Count(relaytest.Data) != 0 || len(s.Messages()) != 0 {
		t.Error("bytes reached DATA")
	}
	if got := send(t, c, ann); got.Verdict() != outcome.Took {
		t.Errorf("the connection is spoilt: %+v", got)
	}
}

// Nobody is judged by what a relay said of the message before.
func TestAWordTooManyIsNotTheNextMessagesAnswer(t *testing.T) {
	s := relay(t, relaytest.Config{})
	s.On(relaytest.Nth(1, relaytest.Dot, relaytest.Action{Code: 250, Text: "ok\r\n550 5.1.1 nobody"}))
	c := reach(t, settings(s))
	first, second := send(t, c, ann), send(t, c, "bea@example.com")
	if first.Verdict() != outcome.Took || second != lost(outcome.PhaseMail) || c.Usable() {
		t.Errorf("got %+v, then %+v", first, second)
	}
}

func TestATalkativeRelayIsLeft(t *testing.T) {
	s := relay(t, relaytest.Config{})
	s.On(relaytest.Rule{At: relaytest.Mail, Do: relaytest.Action{Code: 250, Text: strings.Repeat("x", 2*talkative)}})
	c := reach(t, settings(s))
	if got := send(t, c, ann); got != lost(outcome.PhaseMail) || c.Usable() {
		t.Errorf("got %+v", got)
	}
}

func TestQueueIDIsNeverAnAddress(t *testing.T) {
	for text, want := range map[string]string{
		"2.0.0 Ok: queued as 4XyZ1234abcd": "4XyZ1234abcd", "OK id=1tFxyz-0001ab-2C": "1tFxyz-0001ab-2C",
		"Ok 0100018f3a7b9c1e-aaaa-bbbb":       "0100018f3a7b9c1e-aaaa-bbbb",
		"2.0.0 queued as ann1990@example.com": "", "queued as annabel": "", "OK id=ann1990x@example.com": "", "accepted for ann1990": "",
	} {
		if got := queueID(text); got != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
}

func FuzzReadNeverKeepsText(f *testing.F) {
	f.Add(250, "2.0.0 queued as 4XyZ1234abcd")
	f.Add(550, "5.1.1 <ann@example.com> unknown")
	f.Fuzz(func(t *testing.T, code int, text string) {
		r := read(outcome.PhaseDot, code, text)
		if strings.ContainsAny(r.QueueID+r.Enhanced, "@<> \r\n") || len(r.QueueID) > 64 || len(r.Enhanced) > 9 {
			t.Errorf("kept %q %q", r.QueueID, r.Enhanced)
		}
	})
}

func relay(t *testing.T, cfg relaytest.Config) *relaytest.Server {
	t.Helper()
	s, err := relaytest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// settings reach a scripted relay on loopback; all waiting is 200 times as fast.
func settings(s *relaytest.Server) Relay {
	return Relay{
		Host: "127.0.0.1", Port: s.Port(), TLS: Plain, Hello: "forthwith.test", Pace: 200,
		Guard: Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []int{s.Port()}},
	}
}

func reach(t *testing.T, r Relay) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c *Conn, to string) outcome.Reply {
	t.Helper()
	r, err := c.Envelope(t.Context(), sender, to)
	if err == nil && Proceed(r) {
		r, err = c.Deliver(t.Context(), []byte(letter))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wait(t *testing.T, done func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !done() {
		select {
		case <-limit:
			t.Fatal("waited in vain")
		case <-time.After(time.Millisecond):
		}
	}
}
