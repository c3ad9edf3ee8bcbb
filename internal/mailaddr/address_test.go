package mailaddr

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"forthwith/internal/phrase"
)

func TestParseKeepsWhatIsOneMailbox(t *testing.T) {
	cases := map[string]struct{ cell, want string }{
		"plain":                            {"ada@example.com", "ada@example.com"},
		"spaces around":                    {"  ada@example.com ", "ada@example.com"},
		"case of the local part is kept":   {"Ada.L@Example.COM", "Ada.L@example.com"},
		"plus tag":                         {"ada+shop@example.com", "ada+shop@example.com"},
		"every atext":                      {"!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
		"U-label domain":                   {"ada@bücher.example", "ada@xn--bcher-kva.example"},
		"A-label domain":                   {"ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		"full-width domain is mapped":      {"ada@ｅｘａｍｐｌｅ．com", "ada@example.com"},
		"internationalised local part":     {"甲斐@example.com", "甲斐@example.com"},
		"doubled hyphen inside a label":    {"ada@shop--my.example", "ada@shop--my.example"},
		"A-label as top-level domain":      {"ada@xn--e1afmkfd.xn--80akhbyknj4f", "ada@xn--e1afmkfd.xn--80akhbyknj4f"},
		"one-letter labels":                {"a@b.c", "a@b.c"},
		"a domain without a dot":           {"ada@intranet", "ada@intranet"},
		"digits in a label":                {"ada@123.example", "ada@123.example"},
		"the longest local part":           {strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		"the longest label":                {"a@" + strings.Repeat("b", 63) + ".com", "a@" + strings.Repeat("b", 63) + ".com"},
		"a combining mark after a letter":  {"e\u0301va@example.com", "e\u0301va@example.com"},
		"devanagari with vowel signs":      {"उपयोगकर्ता@example.com", "उपयोगकर्ता@example.com"},
		"braces are data":                  {"{{x}}@example.com", "{{x}}@example.com"},
		"what a spreadsheet calls formula": {"=ada@example.com", "=ada@example.com"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, err := Parse(c.cell)
			if err != nil || a.String() != c.want {
				t.Errorf("got %q, %v; want %q", a, err, c.want)
			}
		})
	}
}

func TestParseNamesTheRuleThatIsBroken(t *testing.T) {
	long := strings.Repeat("a", 60)
	cases := map[string]struct {
		cell string
		want Refusal
	}{
		"nothing":                        {"   ", Empty},
		"invalid bytes":                  {"ad\xe4@example.com", NotUTF8},
		"NUL":                            {"a\x00da@example.com", Control},
		"a line feed":                    {"ada@example.com\nbcc: x@example.com", Control},
		"a C1 control":                   {"a\u0085@example.com", Control},
		"a bidi override":                {"ada\u202e@example.com", Hidden},
		"a zero-width space":             {"ada\u200b@example.com", Hidden},
		"a soft hyphen in the domain":    {"ada@exam\u00adple.com", Hidden},
		"a zero-width joiner in domain":  {"ada@exam\u200dple.com", Hidden},
		"a variation selector":           {"ada\ufe0f@example.com", Hidden},
		"a byte order mark":              {"\ufeffada@example.com", Hidden},
		"a display name":                 {"Ada <ada@example.com>", Named},
		"bare angle brackets":            {"<ada@example.com>", Named},
		"a comment":                      {"ada@example.com (work)", Comment},
		"quotes":                         {`"ada"@example.com`, Quoted},
		"a group":                        {"team: ada@example.com;", Group},
		"a source route":                 {"@a.example,@b.example:ada@example.com", Route},
		"an address literal":             {"ada@[192.0.2.1]", Literal},
		"two with a comma":               {"a@example.com,b@example.com", Several},
		"two with a space":               {"a@example.com b@example.com", Several},
		"no at":                          {"ada.example.com", NoAt},
		"no local part":                  {"@example.com", NoLocal},
		"a local part of 65":             {long + "abcde@example.com", LocalTooLong},
		"a leading dot":                  {".ada@example.com", LocalDots},
		"a trailing dot":                 {"ada.@example.com", LocalDots},
		"two dots":                       {"a..da@example.com", LocalDots},
		"a space inside":                 {"ada lovelace@example.com", LocalChar},
		"a full-width at":                {"a＠b@example.com", LocalChar},
		"a non-breaking space":           {"ada\u00a0l@example.com", LocalChar},
		"a mark without a letter":        {"\u0301ada@example.com", LocalChar},
		"no domain":                      {"ada@", NoDomain},
		"an underscore in the domain":    {"ada@my_shop.example", Domain},
		"a trailing dot in the domain":   {"ada@example.com.", Domain},
		"an empty label":                 {"ada@example..com", Domain},
		"a space in the domain":          {"ada@exam ple.com", Domain},
		"a trailing comma":               {"ada@example.com,", Domain},
		"a reserved label (RFC 5890)":    {"ada@my--shop.example", Domain},
		"a broken A-label":               {"ada@xn--zzzzzzzzz99999.example", Domain},
		"a label of 64":                  {"ada@" + long + "abcd.com", Domain},
		"a label that begins with -":     {"ada@-example.com", Hyphen},
		"a label that ends with -":       {"ada@example-.com", Hyphen},
		"localhost":                      {"ada@localhost", Localhost},
		"localhost in capitals":          {"ada@LOCALHOST", Localhost},
		"below localhost":                {"ada@x.localhost", Localhost},
		"localhost in full width":        {"ada@ｌｏｃａｌｈｏｓｔ", Localhost},
		"a bare IP address":              {"ada@192.0.2.1", Numeric},
		"255 octets":                     {"ada@" + strings.Repeat(long+".", 4) + "example", TooLong},
		"a domain over 253 octets":       {"a@" + strings.Repeat(long+".", 4) + strings.Repeat("c", 12), Domain},
		"a top-level domain with digits": {"ada@example.tld2", Numeric},
		"a trailing dot after a number":  {"ada@192.0.2.1.", Domain},
		"the capital sharp s":            {"ada@FAẞ.de", Domain},
		"a URI":                          {"mailto:ada@example.com", LocalChar},
		"an encoded word":                {"=?utf-8?q?ada?=@exa\rmple.com", Control},
		"a domain that maps to a symbol": {"ada@℀.example", Domain},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.cell)
			var got Refusal
			if !errors.As(err, &got) || got != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestEveryRuleHasASentence(t *testing.T) {
	codes := []string{string(RoleAccount), string(Dotless), string(LikelyTypo)}
	for _, r := range Refusals() {
		codes = append(codes, string(r))
	}
	for _, code := range codes {
		if !phrase.Has(code) {
			t.Errorf("%s has no sentence", code)
		}
	}
}

func TestKeys(t *testing.T) {
	a, b := must(t, "Ada.L+shop@Example.com"), must(t, "adal@example.com")
	if a.GroupingKey() == b.GroupingKey() || a.GroupingKey() != "Ada.L+shop@example.com" {
		t.Errorf("grouping key %q merges variants", a.GroupingKey())
	}
	if a.SimilarityKey() != b.SimilarityKey() || a.SimilarityKey() != "adal@example.com" {
		t.Errorf("similarity keys %q and %q differ", a.SimilarityKey(), b.SimilarityKey())
	}
	if must(t, "e\u0301va@example.com").SimilarityKey() != must(t, "Éva@example.com").SimilarityKey() {
		t.Error("composed and decomposed letters are not similar")
	}
	if got := must(t, "+tag@example.com").SimilarityKey(); got != "+tag@example.com" {
		t.Errorf("a local part that is all tag became %q", got)
	}
}

func TestRedactedTellsNothingToAStranger(t *testing.T) {
	cases := map[string]string{
		"ada.lovelace@example.com":   "a•••@e•••.com",
		"甲斐@mail.example.co.uk":      "甲•••@m•••.uk",
		"ada@intranet":               "a•••@i•••",
		"ada@xn--bcher-kva.example":  "a•••@x•••.example",
		"a@b.c":                      "a•••@b•••.c",
		"someone-with-long@e.museum": "s•••@e•••.museum",
	}
	for in, want := range cases {
		if got := must(t, in).Redacted(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWarningsNeverChangeTheAddress(t *testing.T) {
	cases := map[string][]Warning{
		"Info@example.com": {RoleAccount},
		"ada@gmial.com":    {LikelyTypo},
		"ada@intranet":     {Dotless},
		"ada@example.com":  nil,
	}
	for in, want := range cases {
		got := must(t, in).Warnings()
		if len(got) != len(want) || len(want) == 1 && got[0] != want[0] {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}

func TestOnlyANonASCIILocalPartNeedsSMTPUTF8(t *testing.T) {
	if must(t, "ada@bücher.example").NeedsSMTPUTF8() || !must(t, "éva@example.com").NeedsSMTPUTF8() {
		t.Error("SMTPUTF8 is decided by the local part alone")
	}
}

func TestParsedAddressIsAFixedPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hold(t, rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[a-zA-Z.+"<>, é甲\x{200d}]{0,8}@[a-zA-Z0-9.\-éßａ。\[]{0,12}`),
		).Draw(t, "cell"))
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ada@example.com", "@", "a@b", "Ada <a@b.c>", "a@xn--bcher-kva.example", "é@ｅ.com", "a@b。c", "a@ß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) { hold(t, cell) })
}

// hold checks what must be true of every parse.
func hold(t interface{ Fatalf(string, ...any) }, cell string) {
	a, err := Parse(cell)
	if err != nil {
		if s := strings.TrimSpace(cell); len(s) > 3 && strings.Contains(err.Error(), s) && !strings.Contains("parse address: address_", s) {
			t.Fatalf("the error repeats the cell: %v", err)
		}
		return
	}
	again, err := Parse(a.String())
	if err != nil || again != a {
		t.Fatalf("%q parsed again gives %q, %v", a, again, err)
	}
	if strings.Count(a.String(), "@") != 1 || len(a.String()) > 254 || len(a.Local()) > 64 {
		t.Fatalf("%q is not one short address", a)
	}
	for _, r := range a.String() {
		if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>()[]\,;:"`, r) {
			t.Fatalf("%q carries %U", a, r)
		}
	}
	if a.Domain() != strings.ToLower(a.Domain()) || !ascii(a.Domain()) {
		t.Fatalf("domain %q is not lower-case A-labels", a.Domain())
	}
}

func must(t *testing.T, s string) Address {
	t.Helper()
	a, err := Parse(s)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return a
}

func BenchmarkParse(b *testing.B) {
	for name, s := range map[string]string{"plain": "ada.lovelace42@mail.example.com", "capitals": "Ada@Example.COM", "idn": "ada@bücher.example"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
