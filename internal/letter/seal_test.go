package letter

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/notice"
)

// signing makes a key of each algorithm.
func signing(t testing.TB) (keys []*dkim.Key, names []dkim.Name) {
	t.Helper()
	for _, a := range []dkim.Algorithm{dkim.Ed25519, dkim.RSA2048} {
		private, err := dkim.Generate(a)
		if err != nil {
			t.Fatal(err)
		}
		k, err := dkim.Open(dkim.Name{Domain: "acme.example", Selector: "s-" + string(a), Algorithm: a}, private)
		if err != nil {
			t.Fatal(err)
		}
		keys, names = append(keys, k), append(names, k.Name)
	}
	return keys, names
}

// A signed letter passes with the signatures of the plan and no others, with
// nothing but a signature in them.
func TestTheGuardWantsTheSignaturesOfThePlan(t *testing.T) {
	_, p, unsigned := guarded(t)
	keys, names := signing(t)
	text := []*notice.Text{composer(t, "Your account", guardedText).text}
	guard := func(names ...dkim.Name) *Guard {
		g, err := NewGuard(text, identity, []string{"acme.example"}, names...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	signed := func(keys ...*dkim.Key) []byte {
		raw, err := dkim.NewSigner(keys...).Sign(unsigned, p.Date)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	both := signed(keys...)
	if err := guard(names...).Check(finished(p, both)); err != nil {
		t.Fatalf("%v:\n%s", err, both)
	}
	late := p
	late.Date = p.Date.AddDate(0, 0, 1)
	lateSigned, err := dkim.NewSigner(keys...).Sign(unsigned, late.Date)
	if err != nil {
		t.Fatal(err)
	}
	swap := func(a, b string) []byte { return bytes.Replace(both, []byte(a), []byte(b), 1) }
	for name, try := range map[string]struct {
		g   *Guard
		raw []byte
	}{
		"no signature":          {guard(names...), unsigned},
		"one of two":            {guard(names...), signed(keys[0])},
		"one too many":          {guard(names[0]), both},
		"one that nobody asked": {guard(), both},
		"the other order":       {guard(names...), signed(keys[1], keys[0])},
		"another domain":        {guard(names...), swap("d=acme.example", "d=evil.example")},
		"another selector":      {guard(names...), swap("s=s-ed25519", "s=s-other")},
		"another time":          {guard(names...), lateSigned},
		"a tag more":            {guard(names...), swap("v=1;", "v=1; z=To:ann@example.com;")},
		"an address in it":      {guard(names...), swap("; bh=", "; i=ann@acme.example; bh=")},
		"fewer headers":         {guard(names...), swap("from:from:", "from:")},
		"a longer signature":    {guard(names...), swap(" b=", " b=AAAA")},
		"words in a signature":  {guard(names...), swap(" b=", " b=@")},
		"a signature further down": {guard(names...), func() []byte {
			rest := both[bytes.Index(both, []byte("Date:")):]
			return append(append(append([]byte{}, unsigned[:bytes.Index(unsigned, []byte("Date:"))]...), both[:len(both)-len(unsigned)]...), rest...)
		}()},
	} {
		if err := try.g.Check(finished(p, try.raw)); !errors.Is(err, ErrForeign) {
			t.Errorf("%s passes: %v", name, err)
		}
	}
}

// drawSigned is a random letter with a signature of each key, and its guard.
func drawSigned(t *rapid.T, keys []*dkim.Key, names []dkim.Name) (*Guard, delivery.Letter) {
	g, l := drawLetter(t)
	raw, err := dkim.NewSigner(keys...).Sign(l.Raw, l.Date)
	if err != nil {
		t.Fatal(err)
	}
	g.seals, l.Raw = newSeals(names, g.replyTo != ""), raw
	return g, l
}

func TestEveryLetterThatIsSignedPassesTheGuard(t *testing.T) {
	keys, names := signing(t)
	rapid.Check(t, func(t *rapid.T) {
		g, l := drawSigned(t, keys, names)
		if err := g.Check(l); err != nil {
			t.Fatalf("%v:\n%s", err, l.Raw)
		}
	})
}

// One byte of a signature that is not the same is found, unless it is base64
// in place of base64: there is no room for words.
func TestOneChangedByteOfASignatureIsFound(t *testing.T) {
	keys, names := signing(t)
	rapid.Check(t, func(t *rapid.T) {
		g, l := drawSigned(t, keys[:1], names[:1]) // Ed25519 alone: RSA takes a millisecond each
		end := bytes.Index(l.Raw, []byte("\r\nDate:"))
		at := rapid.IntRange(0, end).Draw(t, "at")
		hash, b := bytes.Index(l.Raw, []byte("bh="))+len("bh="), bytes.Index(l.Raw, []byte(" b="))+len(" b=")
		was := l.Raw[at]
		l.Raw[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		inBase64 := at >= hash && at < hash+hashLength || at >= b && at < end
		if g.Check(l) == nil && !(inBase64 && isBase64([]byte{l.Raw[at]}, 1)) {
			t.Fatalf("byte %d, %q instead of %q, passes:\n%s", at, l.Raw[at], was, l.Raw)
		}
	})
}
