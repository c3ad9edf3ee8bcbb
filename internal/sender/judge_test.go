package sender

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/dkim"
	"forthwith/internal/id"
)

var then = time.Date(2022, 8, 8, 12, 0, 0, 0, time.UTC)

func found(records ...string) Texts { return Texts{Found, records} }

var (
	ours   = netip.MustParseAddr("198.51.100.7")
	theirs = netip.MustParseAddr("203.0.113.9")
)

// scene is an identity with an RSA key and two relays, one of them somebody
// else's, for which everything is right.
func scene(t *testing.T) (Subject, Answers) {
	t.Helper()
	k := key(t, dkim.RSA2048, "r")
	k.ID = 1
	s := Subject{
		Sender: Sender{ID: 1, Revision: 1, Details: Details{From: "notice@example.com", ReplyTo: "help@example.org", BounceDomain: "bounce.example.com"}},
		Keys:   []Key{k},
		Relays: []RelayHost{{1, "A", "mx.example.com"}, {2, "B", "smtp.provider.test"}},
	}
	return s, Answers{
		Keys: map[id.DKIMKey]Texts{1: found(k.Record())}, DMARC: found("v=DMARC1; p=reject"), SPF: found("v=spf1 ip4:198.51.100.7 ip4:203.0.113.9 -all"),
		Relays: map[id.Relay]Addresses{1: {Found, []netip.Addr{ours}}, 2: {Found, []netip.Addr{theirs}}},
		Passes: map[netip.Addr]SPFResult{ours: SPFPass, theirs: SPFPass, anybody: SPFNot}, From: Found, Bounce: Found, Reply: Found,
	}
}

func one(t *testing.T, items []Item, kind Kind, subject string) Item {
	t.Helper()
	for _, i := range items {
		if i.Kind == kind && (subject == "" || i.Subject == subject) {
			return i
		}
	}
	t.Fatalf("nothing about %s %s", kind, subject)
	return Item{}
}

func TestWhereAllIsRightNothingIsMissing(t *testing.T) {
	s, a := scene(t)
	items := judge(s, a)
	for _, i := range items {
		if i.State != OK || i.Record != nil {
			t.Errorf("%s %s: %s", i.Kind, i.Subject, i.Code)
		}
	}
	if len(items) != 9 {
		t.Errorf("%d items", len(items))
	}
}

func TestWhatIsSaidOfARelay(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Subject, *Answers)
		relay  string
		want   string
		state  State
	}{
		"ours does not pass":            {func(_ *Subject, a *Answers) { a.Passes[ours] = SPFNot }, "A", "dns_relay_not", Wrong},
		"ours, with an include":         {func(_ *Subject, a *Answers) { a.Passes[ours], a.SPF = SPFNot, found("v=spf1 include:a.test -all") }, "A", "dns_relay_not", Wrong},
		"theirs does not pass":          {func(_ *Subject, a *Answers) { a.Passes[theirs] = SPFNot }, "B", "dns_relay_not", Wrong},
		"theirs, with an include":       {func(_ *Subject, a *Answers) { a.Passes[theirs], a.SPF = SPFNot, found("v=spf1 INCLUDE:a.test -all") }, "B", "dns_relay_elsewhere", CannotTell},
		"theirs, with a redirect":       {func(_ *Subject, a *Answers) { a.Passes[theirs], a.SPF = SPFNot, found("v=spf1 redirect=a.test") }, "B", "dns_relay_elsewhere", CannotTell},
		"loopback":                      {func(_ *Subject, a *Answers) { a.Relays[1] = at("127.0.0.1") }, "A", "dns_relay_private", CannotTell},
		"an office's network":           {func(_ *Subject, a *Answers) { a.Relays[1] = at("10.1.2.3") }, "A", "dns_relay_private", CannotTell},
		"a provider's inside":           {func(_ *Subject, a *Answers) { a.Relays[1] = at("100.64.1.1") }, "A", "dns_relay_private", CannotTell},
		"one address of two is private": {func(_ *Subject, a *Answers) { a.Relays[1] = at("198.51.100.7", "fd00::1") }, "A", "dns_relay_private", CannotTell},
		"no such host":                  {func(_ *Subject, a *Answers) { a.Relays[1] = Addresses{Heard: Nothing} }, "A", "dns_relay_gone", CannotTell},
		"no answer about the host":      {func(_ *Subject, a *Answers) { a.Relays[1] = Addresses{} }, "A", "dns_silent", CannotTell},
		"no answer about SPF":           {func(_ *Subject, a *Answers) { delete(a.Passes, ours) }, "A", "dns_silent", CannotTell},
		"no record":                     {func(_ *Subject, a *Answers) { a.Passes[ours] = SPFNone }, "A", "dns_relay_record", Wrong},
		"it depends on the letter":      {func(_ *Subject, a *Answers) { a.Passes[ours] = SPFDepends }, "A", "dns_relay_depends", CannotTell},
		"more addresses than looked at": {func(_ *Subject, a *Answers) {
			a.Relays[1] = Addresses{Found, make([]netip.Addr, 17)}
			fill(a.Relays[1].All)
		}, "A", "dns_relay_many", CannotTell},
		"one address of two passes": {func(_ *Subject, a *Answers) {
			a.Relays[1] = Addresses{Found, []netip.Addr{ours, theirs}}
			a.Passes[theirs] = SPFNot
		}, "A", "dns_relay_not", Wrong},
	} {
		s, a := scene(t)
		c.change(&s, &a)
		if i := one(t, judge(s, a), AboutRelay, c.relay); i.Code != c.want || i.State != c.state {
			t.Errorf("%s: %s %s, want %s %s", name, i.State, i.Code, c.state, c.want)
		}
	}
}

func at(ip ...string) Addresses {
	a := Addresses{Heard: Found}
	for _, one := range ip {
		a.All = append(a.All, netip.MustParseAddr(one))
	}
	return a
}

func fill(all []netip.Addr) {
	for i := range all {
		all[i] = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})
	}
}

func TestTheRecordThatLetsARelaySend(t *testing.T) {
	six := netip.MustParseAddr("2001:db8::9")
	for name, c := range map[string]struct {
		stands []string
		result SPFResult
		want   string
	}{
		"none":           {nil, SPFNone, "v=spf1 ip4:198.51.100.7 ip6:2001:db8::9 ~all"},
		"before the all": {[]string{"v=spf1 include:a.test -all"}, SPFNot, "v=spf1 include:a.test ip4:198.51.100.7 ip6:2001:db8::9 -all"},
		"without an all": {[]string{"hello", "V=SPF1 MX"}, SPFNot, "V=SPF1 MX ip4:198.51.100.7 ip6:2001:db8::9"},
		"a bare ALL":     {[]string{"v=spf1 ?ALL"}, SPFNot, "v=spf1 ip4:198.51.100.7 ip6:2001:db8::9 ?ALL"},
		"two":            {[]string{"v=spf1 -all", "v=spf1 mx -all"}, SPFTwo, ""},
		"two meanwhile":  {[]string{"v=spf1 -all", "v=spf1 mx -all"}, SPFNot, ""},
		"unreadable":     {[]string{"v=spf1 nonsense"}, SPFBroken, ""},
		"odd bytes":      {[]string{"v=spf1 x=\ufffd -all"}, SPFNot, ""},
	} {
		got := spfWith("example.com", found(c.stands...), c.result, []netip.Addr{ours, six})
		if (got == nil) != (c.want == "") || got != nil && got.Value != c.want {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

// One record is printed for all relays: two of them would be one too many.
func TestOneRecordLetsAllRelaysSend(t *testing.T) {
	s, a := scene(t)
	a.Passes, a.SPF = map[netip.Addr]SPFResult{ours: SPFNot, theirs: SPFNot, anybody: SPFNot}, found("v=spf1 -all")
	if i := one(t, judge(s, a), AboutSPF, ""); i.Record == nil || i.Record.Value != "v=spf1 ip4:198.51.100.7 ip4:203.0.113.9 -all" {
		t.Errorf("%+v", i.Record)
	}
}

func TestWhetherMailPasses(t *testing.T) {
	unsigned := func(s *Subject, _ *Answers) { s.Keys = nil }
	for name, c := range map[string]struct {
		change func(*Subject, *Answers)
		want   string
		state  State
	}{
		"signed":                           {func(*Subject, *Answers) {}, "dns_pass_signed", OK},
		"signed, whatever SPF says":        {func(_ *Subject, a *Answers) { a.Passes[ours] = SPFNot }, "dns_pass_signed", OK},
		"by SPF":                           {unsigned, "dns_pass_spf", OK},
		"by SPF, strictly: another domain": {func(s *Subject, a *Answers) { s.Keys, a.DMARC = nil, found("v=DMARC1; p=reject; aspf=s") }, "dns_pass_not", Wrong},
		"by SPF, strictly: the same domain": {func(s *Subject, a *Answers) {
			s.Keys, a.DMARC, s.Sender.BounceDomain = nil, found("v=DMARC1; p=reject; aspf=s"), "example.com"
		}, "dns_pass_spf", OK},
		"by SPF of another organisation":       {func(s *Subject, _ *Answers) { s.Keys, s.Sender.BounceDomain = nil, "example.net" }, "dns_pass_not", Wrong},
		"by SPF, without knowing the policy":   {func(s *Subject, a *Answers) { s.Keys, a.DMARC = nil, Texts{} }, "dns_pass_open", CannotTell},
		"by SPF of the domain, policy unknown": {func(s *Subject, a *Answers) { s.Keys, a.DMARC, s.Sender.BounceDomain = nil, Texts{}, "example.com" }, "dns_pass_spf", OK},
		"by SPF that is not known":             {func(s *Subject, a *Answers) { s.Keys = nil; delete(a.Passes, ours) }, "dns_pass_open", CannotTell},
		"by nothing":                           {func(s *Subject, a *Answers) { s.Keys = nil; a.Passes[ours] = SPFNot }, "dns_pass_not", Wrong},
		"by nothing, without a relay":          {func(s *Subject, _ *Answers) { s.Keys, s.Relays = nil, nil }, "dns_pass_open", CannotTell},
		"of another domain, without a relay":   {func(s *Subject, _ *Answers) { s.Keys, s.Relays, s.Sender.BounceDomain = nil, nil, "example.net" }, "dns_pass_not", Wrong},
		"the key is revoked":                   {func(_ *Subject, a *Answers) { a.Keys[1], a.Passes[ours] = found("p="), SPFNot }, "dns_pass_not", Wrong},
		"the key signs nothing yet":            {func(s *Subject, a *Answers) { s.Keys[0].UsedAt = nil; a.Passes[ours] = SPFNot }, "dns_pass_not", Wrong},
		"the key is of another domain":         {func(s *Subject, a *Answers) { s.Keys[0].Domain = "example.org"; a.Passes[ours] = SPFNot }, "dns_pass_not", Wrong},
		"no answer about the key":              {func(_ *Subject, a *Answers) { a.Keys[1], a.Passes[ours] = Texts{}, SPFNot }, "dns_silent", CannotTell},
		"Ed25519 alone": {func(s *Subject, a *Answers) {
			k := key(t, dkim.Ed25519, "e")
			k.ID = 2
			s.Keys, a.Keys, a.Passes[ours] = []Key{k}, map[id.DKIMKey]Texts{2: found(k.Record())}, SPFNot
		}, "dns_pass_new", CannotTell},
	} {
		s, a := scene(t)
		c.change(&s, &a)
		if i := one(t, judge(s, a), AboutPass, ""); i.Code != c.want || i.State != c.state {
			t.Errorf("%s: %s %s, want %s %s", name, i.State, i.Code, c.state, c.want)
		}
	}
}

// Nothing is claimed of what nobody answered.
func TestSilenceSaysNothing(t *testing.T) {
	s, _ := scene(t)
	for _, off := range []bool{false, true} {
		for _, i := range judge(s, Answers{Off: off}) {
			if want := map[bool]string{false: "dns_silent", true: "dns_off"}[off]; i.State != CannotTell || i.Code != want || len(i.Found) > 0 {
				t.Errorf("%s: %s %s", i.Kind, i.State, i.Code)
			}
		}
	}
}

// Whichever answers are missing, no item that had one turns, and none turns to
// right or wrong for want of one.
func TestAMissingAnswerNeverSpeaksForOrAgainst(t *testing.T) {
	s, right := scene(t)
	rapid.Check(t, func(r *rapid.T) {
		full := right
		full.Keys, full.Passes = maps.Clone(right.Keys), maps.Clone(right.Passes)
		if rapid.Bool().Draw(r, "spf") {
			full.Passes[ours] = SPFNot
		}
		if rapid.Bool().Draw(r, "revoked") {
			full.Keys[1] = found("p=")
		}
		if rapid.Bool().Draw(r, "strict") {
			full.DMARC = found("v=DMARC1; p=reject; aspf=s")
		}
		less := full
		less.Passes = map[netip.Addr]SPFResult{}
		for ip, result := range full.Passes {
			if rapid.Bool().Draw(r, ip.String()) {
				less.Passes[ip] = result
			}
		}
		for what, drop := range map[string]func(){"key": func() { less.Keys = nil }, "policy": func() { less.DMARC = Texts{} }, "record": func() { less.SPF = Texts{} }, "relays": func() { less.Relays = nil }, "from": func() { less.From = Silence }, "mail": func() { less.Bounce = Silence }} {
			if rapid.Bool().Draw(r, what) {
				drop()
			}
		}
		verdicts := map[string]State{}
		for _, i := range judge(s, full) {
			verdicts[string(i.Kind)+i.Subject] = i.State
		}
		for _, i := range judge(s, less) {
			if whole, same := verdicts[string(i.Kind)+i.Subject]; same && i.State != CannotTell && whole != i.State {
				r.Errorf("%s %s is %s, and %s when all is known", i.Kind, i.Subject, i.State, whole)
			}
		}
	})
}

func TestWhatIsKeptOfALookUpIsBounded(t *testing.T) {
	s, a := scene(t)
	long := strings.Repeat("x", 60_000)
	a.Keys[1] = found(slices.Repeat([]string{long}, 100)...)
	a.DMARC, a.SPF = found("v=DMARC1; x="+long), found("v=spf1 x="+long)
	raw, err := json.Marshal(judge(s, a))
	if err != nil || len(raw) > 20_000 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}

func TestWhatALookUpIsWorth(t *testing.T) {
	s, a := scene(t)
	c := Check{Revision: 1, At: then, Items: judge(s, a)}
	wrong, aside, blind, over := c, c, c, c
	over.Overtaken = true
	a.Keys[1] = found("p=")
	wrong.Items = judge(s, a)
	s.Keys[0].UsedAt = nil
	a.SPF, aside.Items = found(), judge(s, a)
	blind.Items = judge(s, Answers{})
	for name, got := range map[string]bool{
		"never":                        (*Check)(nil).Standing(1, then) == NeverLooked,
		"well":                         c.Standing(1, then.Add(FreshFor)) == LookedWell,
		"old":                          c.Standing(1, then.Add(FreshFor+time.Second)) == LookedOld,
		"another revision":             c.Standing(2, then) == LookedOther,
		"overtaken":                    over.Standing(1, then) == LookedOther,
		"wrong":                        wrong.Standing(1, then) == LookedWrong && len(wrong.Missing()) == 1,
		"a key that signs nothing":     aside.Standing(1, then) == LookedWell,
		"blind":                        blind.Standing(1, then) == LookedBlind,
		"covers":                       c.Covers([]id.DKIMKey{1}, s.Relays),
		"a key put to use since":       !aside.Covers([]id.DKIMKey{1}, nil),
		"a key retired since":          !c.Covers(nil, s.Relays),
		"a relay since":                !c.Covers([]id.DKIMKey{1}, []RelayHost{{3, "C", "c.test"}}),
		"a relay that moved since":     !c.Covers([]id.DKIMKey{1}, []RelayHost{{1, "A", "elsewhere.test"}}),
		"a renamed relay is the same":  c.Covers([]id.DKIMKey{1}, []RelayHost{{1, "Other", "mx.example.com"}}),
		"items of other relays do not": len(c.Of([]id.Relay{2}).Items) == len(c.Items)-1,
	} {
		if !got {
			t.Error(name)
		}
	}
}
