package dns

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"forthwith/internal/dns/dnstest"
	"forthwith/internal/sender"
)

var (
	ours = netip.MustParseAddr("198.51.100.7")
	six  = netip.MustParseAddr("2001:db8::7")
)

// publish has one SPF record under a name.
func publish(s *dnstest.Server, domain string, records ...string) {
	lines := make([]string, len(records))
	for i, text := range records {
		lines[i] = domain + `. 60 IN TXT "` + text + `"`
	}
	s.Records(domain+".", lines...)
}

func TestSPFSaysWhatReceiversMakeOfIt(t *testing.T) {
	s := dnstest.Start(t)
	s.Records("mx.example.", "mx.example. 60 IN MX 5 a.example.")
	s.Records("a.example.", "a.example. 60 IN A 198.51.100.7", "a.example. 60 IN AAAA 2001:db8::7")
	s.Fails("failing.example.", wire.RcodeServerFailure)
	s.Silent("mute.example.")
	includes := func(n int, end string) string {
		text := "v=spf1"
		for i := range n {
			name := fmt.Sprintf("i%d.example", i)
			publish(s, name, "v=spf1 -all")
			text += " include:" + name
		}
		return text + end
	}
	for domain, c := range map[string]struct {
		records   []string
		four, six sender.SPFResult
	}{
		"ip4":         {[]string{"v=spf1 ip4:198.51.100.0/24 -all"}, sender.SPFPass, sender.SPFNot},
		"ip6":         {[]string{"v=spf1 ip6:2001:db8::/32 ~all"}, sender.SPFNot, sender.SPFPass},
		"host":        {[]string{"v=spf1 a:a.example -all"}, sender.SPFPass, sender.SPFPass},
		"mailhosts":   {[]string{"v=spf1 mx:mx.example -all"}, sender.SPFPass, sender.SPFPass},
		"include":     {[]string{"v=spf1 include:ip4.spf.example -all"}, sender.SPFPass, sender.SPFNot},
		"redirect":    {[]string{"v=spf1 redirect=ip4.spf.example"}, sender.SPFPass, sender.SPFNot},
		"exists":      {[]string{"v=spf1 exists:a.%{o2}.%{d1} -all"}, sender.SPFNot, sender.SPFNot},
		"soft":        {[]string{"v=spf1 ~ip4:198.51.100.7 ?all"}, sender.SPFNot, sender.SPFNot},
		"nobody":      {[]string{"hello", "v=spf1"}, sender.SPFNot, sender.SPFNot},
		"other":       {[]string{"hello", "v=spf10 +all"}, sender.SPFNone, sender.SPFNone},
		"two":         {[]string{"v=spf1 +all", "v=spf1 -all"}, sender.SPFTwo, sender.SPFTwo},
		"ten":         {[]string{includes(10, " +all")}, sender.SPFPass, sender.SPFPass},
		"eleven":      {[]string{includes(11, " +all")}, sender.SPFLookups, sender.SPFLookups},
		"earlier":     {[]string{"v=spf1 ip4:198.51.100.7 " + includes(11, " +all")[7:]}, sender.SPFPass, sender.SPFLookups},
		"void":        {[]string{"v=spf1 a:g1.example a:g2.example a:g3.example +all"}, sender.SPFVoid, sender.SPFVoid},
		"loop":        {[]string{"v=spf1 include:loop.spf.example -all"}, sender.SPFLookups, sender.SPFLookups},
		"misspelt":    {[]string{"v=spf1 ipv4:198.51.100.7 -all"}, sender.SPFBroken, sender.SPFBroken},
		"noinclude":   {[]string{"v=spf1 include:gone.example -all"}, sender.SPFBroken, sender.SPFBroken},
		"local":       {[]string{"v=spf1 exists:%{l}.example -all"}, sender.SPFDepends, sender.SPFDepends},
		"failing":     {[]string{"v=spf1 include:failing.example +all"}, sender.SPFSilent, sender.SPFSilent},
		"unanswering": {[]string{"v=spf1 a:mute.example +all"}, sender.SPFSilent, sender.SPFSilent},
		"huge":        {[]string{"v=spf1", "", strings.Repeat("x", 255)}, sender.SPFNot, sender.SPFNot},
	} {
		name := domain + ".spf.example"
		publish(s, name, c.records...)
		t.Run(domain, func(t *testing.T) {
			t.Parallel()
			got := Senders{quick(s.Addr)}.SPF(t.Context(), name, []netip.Addr{ours, six})
			if got[ours] != c.four || got[six] != c.six {
				t.Errorf("%q and %q, want %q and %q", got[ours], got[six], c.four, c.six)
			}
		})
	}
	t.Run("no such domain", func(t *testing.T) {
		if got := (Senders{quick(s.Addr)}).SPF(t.Context(), "gone.example", []netip.Addr{ours}); got[ours] != sender.SPFNone {
			t.Errorf("%v", got)
		}
	})
}

// What all addresses need is asked once.
func TestSPFAsksNothingTwice(t *testing.T) {
	s := dnstest.Start(t)
	publish(s, "example.test", "v=spf1 include:a.example.test include:b.example.test -all")
	publish(s, "a.example.test", "v=spf1 -all")
	publish(s, "b.example.test", "v=spf1 -all")
	Senders{quick(s.Addr)}.SPF(t.Context(), "example.test", []netip.Addr{ours, six, netip.MustParseAddr("192.0.2.1")})
	if got := s.Asked(); len(got) != 3 {
		t.Errorf("asked %q", got)
	}
}

func TestTextsAreReadAsTheyStand(t *testing.T) {
	s := dnstest.Start(t)
	long := strings.Repeat("0123456789", 6000)
	s.Handle("odd.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		m.Answer = []wire.RR{record(t, `odd.example. 60 IN TXT "a\"b\\c" "; d\009\000\200"`)}
		_ = w.WriteMsg(m)
	})
	s.Handle("huge.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		m := dnstest.Reply(q)
		if m.Truncated = w.LocalAddr().Network() == "udp"; !m.Truncated {
			rr := &wire.TXT{Hdr: wire.RR_Header{Name: "huge.example.", Rrtype: wire.TypeTXT, Class: wire.ClassINET}}
			for part := range slices.Chunk([]byte(long), 255) {
				rr.Txt = append(rr.Txt, string(part))
			}
			m.Answer = []wire.RR{rr}
		}
		_ = w.WriteMsg(m)
	})
	s.Records("alias.example.", "alias.example. 60 IN CNAME there.example.", `there.example. 60 IN TXT "there"`)
	s.Records("bare.example.", "bare.example. 60 IN A 192.0.2.1")
	s.Fails("failing.example.", wire.RcodeServerFailure)
	s.Fails("refused.example.", wire.RcodeRefused)
	s.Silent("mute.example.")
	r := Senders{quick(s.Addr)}
	for name, want := range map[string]sender.Texts{
		"odd.example": {Heard: sender.Found, Records: []string{"a\"b\\c; d\t\ufffd\ufffd"}}, "huge.example": {Heard: sender.Found, Records: []string{long}}, "alias.example": {Heard: sender.Found, Records: []string{"there"}},
		"bare.example": {Heard: sender.Nothing}, "gone.example": {Heard: sender.Nothing}, "failing.example": {}, "refused.example": {}, "mute.example": {}, strings.Repeat("a", 64) + ".example": {}, "": {},
	} {
		got := r.Texts(t.Context(), name)
		if got.Heard != want.Heard || !slices.Equal(got.Records, want.Records) {
			t.Errorf("%.20s: %d %.60q", name, got.Heard, got.Records)
		}
	}
}

func TestAHostStandsWhereBothKindsOfAddressSay(t *testing.T) {
	s := dnstest.Start(t)
	s.Records("both.example.", "both.example. 60 IN A 198.51.100.7", "both.example. 60 IN AAAA 2001:db8::7")
	s.Records("none.example.", "none.example. 60 IN TXT hello")
	s.Handle("half.example.", func(w wire.ResponseWriter, q *wire.Msg) {
		if m := dnstest.Reply(q); q.Question[0].Qtype == wire.TypeA {
			m.Answer = []wire.RR{record(t, "half.example. 60 IN A 198.51.100.7")}
			_ = w.WriteMsg(m)
		}
	})
	r := Senders{quick(s.Addr)}
	for host, want := range map[string]sender.Addresses{
		"both.example": {Heard: sender.Found, All: []netip.Addr{ours, six}}, "none.example": {Heard: sender.Nothing}, "gone.example": {Heard: sender.Nothing}, "half.example": {},
	} {
		if got := r.Addresses(t.Context(), host); got.Heard != want.Heard || !slices.Equal(got.All, want.All) {
			t.Errorf("%s: %+v", host, got)
		}
	}
	for domain, want := range map[string]sender.Heard{"both.example": sender.Found, "gone.example": sender.Nothing, "half.example": sender.Silence} {
		if got := r.Exists(t.Context(), domain); got != want {
			t.Errorf("%s exists: %d", domain, got)
		}
	}
	for domain, want := range map[string]sender.Heard{"both.example": sender.Found, "none.example": sender.Nothing, "half.example": sender.Silence} {
		if got := r.TakesMail(t.Context(), domain); got != want {
			t.Errorf("%s takes mail: %d", domain, got)
		}
	}
}

// The caller's end is the end, however long a server takes.
func TestALookUpEndsWithItsCaller(t *testing.T) {
	s := dnstest.Start(t)
	s.Silent("mute.example.")
	r := Senders{New(s.Addr)}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	began := time.Now()
	texts, spf := r.Texts(ctx, "mute.example"), r.SPF(ctx, "mute.example", []netip.Addr{ours, six})
	if took := time.Since(began); took > 2*time.Second || texts.Heard != sender.Silence || spf[ours] != sender.SPFSilent {
		t.Errorf("%s, %+v, %+v", took, texts, spf)
	}
}
