package sender

import (
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/dkim"
)

// key makes a key in use, with what it publishes.
func key(t *testing.T, a dkim.Algorithm, selector string) Key {
	t.Helper()
	private, err := dkim.Generate(a)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := dkim.Open(dkim.Name{Domain: "example.com", Selector: selector, Algorithm: a}, private)
	if err != nil {
		t.Fatal(err)
	}
	return Key{Name: opened.Name, Public: opened.Public(), UsedAt: &then}
}

func TestAKeyRecordCountsOnlyForItsKey(t *testing.T) {
	rsa, ed, other := key(t, dkim.RSA2048, "r"), key(t, dkim.Ed25519, "e"), key(t, dkim.Ed25519, "o")
	p := base64.StdEncoding.EncodeToString(rsa.Public)
	e := base64.StdEncoding.EncodeToString(ed.Public)
	for name, c := range map[string]struct {
		key  Key
		seen Texts
		want string
	}{
		"as we print it":                  {rsa, found(rsa.Record()), "dns_key_ok"},
		"as we print it, Ed25519":         {ed, found(ed.Record()), "dns_key_ok"},
		"without version and kind":        {rsa, found("p=" + p), "dns_key_ok"},
		"with spaces in the key":          {rsa, found("v=DKIM1; k=rsa; p=" + p[:80] + " " + p[80:]), "dns_key_ok"},
		"with a note, and an end":         {ed, found("v=DKIM1; n=a note; k=ed25519; s=email; h=sha1:sha256; t=s; p=" + e + ";"), "dns_key_ok"},
		"no answer":                       {rsa, Texts{}, "dns_silent"},
		"no record":                       {rsa, Texts{Heard: Nothing}, "dns_key_missing"},
		"two records":                     {rsa, found(rsa.Record(), rsa.Record()), "dns_key_two"},
		"another key":                     {ed, found(other.Record()), "dns_key_other"},
		"a key of another kind":           {ed, found(rsa.Record()), "dns_key_other"},
		"the right bytes, the wrong kind": {ed, found("v=DKIM1; p=" + e), "dns_key_other"},
		"cut short":                       {rsa, found("v=DKIM1; k=rsa; p=" + p[:255]), "dns_key_other"},
		"revoked":                         {rsa, found("v=DKIM1; k=rsa; p="), "dns_key_revoked"},
		"without a key":                   {rsa, found("v=DKIM1; k=rsa"), "dns_key_unreadable"},
		"of another version":              {rsa, found("v=DKIM2; p=" + p), "dns_key_unreadable"},
		"version not first":               {rsa, found("p=" + p + "; v=DKIM1"), "dns_key_unreadable"},
		"a tag twice":                     {rsa, found("v=DKIM1; p=; p=" + p), "dns_key_unreadable"},
		"no tags":                         {rsa, found("hello"), "dns_key_unreadable"},
		"for SHA-1 only":                  {rsa, found("v=DKIM1; h=sha1; p=" + p), "dns_key_unfit"},
		"not for mail":                    {rsa, found("v=DKIM1; s=tlsrpt; p=" + p), "dns_key_unfit"},
		"for trying out":                  {rsa, found("v=DKIM1; t=s:y; p=" + p), "dns_key_testing"},
	} {
		state, code := keySeen(c.key, c.seen)
		want := map[bool]State{true: OK, false: Wrong}[c.want == "dns_key_ok"]
		if c.want == "dns_silent" {
			want = CannotTell
		}
		if code != c.want || state != want {
			t.Errorf("%s: %s %s, want %s %s", name, state, code, want, c.want)
		}
	}
}

// A record that is pasted from a zone line is the record again, in strings that
// fit.
func TestAZoneLineIsReadBackAsItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int{0, 1, 254, 255, 256, 510, 511, 900}).Draw(t, "length")
		text := string(rapid.SliceOfN(rapid.ByteRange(' ', '~'), length, length).Draw(t, "text"))
		line, ok := strings.CutPrefix(Record{"a.example.com", "TXT", text}.Zone(), "a.example.com. IN TXT")
		if !ok {
			t.Fatal("not under its name")
		}
		var back strings.Builder
		for line != "" {
			rest, ok := strings.CutPrefix(line, ` "`)
			if !ok {
				t.Fatalf("no string begins at %q", line)
			}
			n := 0
			for ; rest[0] != '"'; n++ {
				if rest[0] == '\\' {
					rest = rest[1:]
				}
				back.WriteByte(rest[0])
				rest = rest[1:]
			}
			if n > 255 {
				t.Fatalf("a string of %d bytes", n)
			}
			line = rest[1:]
		}
		if back.String() != text {
			t.Fatalf("%q came back as %q", text, back.String())
		}
	})
}

func TestThePolicyIsFoundWhereReceiversFindIt(t *testing.T) {
	none := Texts{Heard: Nothing}
	for name, c := range map[string]struct {
		from        string
		own, parent Texts
		want        policy
		code        string
	}{
		"at the domain":             {"example.com", found("v=DMARC1; p=reject"), Texts{}, policy{"example.com", "reject", 100, false, false}, "dns_dmarc_ok"},
		"beside other texts":        {"example.com", found("hello", "v=DMARC1;p=Quarantine ; pct=20; adkim=s; aspf=s", "v=DMARC10; p=none"), Texts{}, policy{"example.com", "quarantine", 20, true, true}, "dns_dmarc_ok"},
		"none":                      {"example.com", found("v=DMARC1; p=none"), Texts{}, policy{"example.com", "none", 100, false, false}, "dns_dmarc_none"},
		"above":                     {"mail.example.com", none, found("v=DMARC1; p=reject"), policy{"example.com", "reject", 100, false, false}, "dns_dmarc_ok"},
		"above, for those below":    {"mail.example.com", none, found("v=DMARC1; p=reject; sp=none"), policy{"example.com", "none", 100, false, false}, "dns_dmarc_none"},
		"sp says nothing at itself": {"mail.example.com", found("v=DMARC1; p=reject; sp=none"), Texts{}, policy{"mail.example.com", "reject", 100, false, false}, "dns_dmarc_ok"},
		"other texts, then above":   {"mail.example.com", found("v=spf1 -all"), found("v=DMARC1; p=reject"), policy{"example.com", "reject", 100, false, false}, "dns_dmarc_ok"},
		"under a public suffix":     {"shop.example.co.uk", none, found("v=DMARC1; p=reject"), policy{"example.co.uk", "reject", 100, false, false}, "dns_dmarc_ok"},
		"nowhere":                   {"mail.example.com", none, none, policy{}, "dns_dmarc_missing"},
		"silence is no answer":      {"mail.example.com", Texts{}, found("v=DMARC1; p=reject"), policy{}, "dns_silent"},
		"silence above":             {"mail.example.com", none, Texts{}, policy{}, "dns_silent"},
		"two":                       {"example.com", found("v=DMARC1; p=none", "v=DMARC1; p=reject"), Texts{}, policy{}, "dns_dmarc_two"},
		"without a policy":          {"example.com", found("v=DMARC1; adkim=s"), Texts{}, policy{"example.com", "none", 100, true, false}, "dns_dmarc_unreadable"},
		"odd, but with reports":     {"example.com", found("v=DMARC1; p=refuse; rua=mailto:a@example.com"), Texts{}, policy{"example.com", "none", 100, false, false}, "dns_dmarc_none"},
		"odd percent counts as all": {"example.com", found("v=DMARC1; p=reject; pct=200"), Texts{}, policy{"example.com", "reject", 100, false, false}, "dns_dmarc_ok"},
		"case of the version":       {"example.com", found("v=dmarc1; p=reject"), Texts{}, policy{}, "dns_dmarc_missing"},
	} {
		p, _, code := dmarcSeen(c.from, c.own, c.parent)
		if p != c.want || code != c.code {
			t.Errorf("%s: %+v %s, want %+v %s", name, p, code, c.want, c.code)
		}
	}
}

func TestADomainVouchesForItselfOrItsOrganisation(t *testing.T) {
	for _, c := range []struct {
		domain, from    string
		relaxed, strict bool
	}{
		{"example.com", "example.com", true, true}, {"bounce.example.com", "example.com", true, false}, {"example.com", "mail.example.com", true, false},
		{"bounce.example.com", "mail.example.com", true, false}, {"example.org", "example.com", false, false}, {"a.co.uk", "b.co.uk", false, false}, {"a.b.co.uk", "b.co.uk", true, false},
	} {
		if aligned(c.domain, c.from, false) != c.relaxed || aligned(c.domain, c.from, true) != c.strict {
			t.Errorf("%s for %s", c.domain, c.from)
		}
	}
}
