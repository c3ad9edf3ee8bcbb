package letter

import (
	"bytes"
	"errors"
	"testing"

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
