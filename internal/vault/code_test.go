package vault

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestCodesHaveTheirFormAndDoNotRepeat(t *testing.T) {
	in := installationKeys(t, master(t))
	seen := map[string]bool{}
	for seq := range int64(20_000) {
		c := in.Code(3, seq)
		if len(c) != 19 || c[4] != '-' || c[9] != '-' || c[14] != '-' || seen[c] {
			t.Fatalf("code %q", c)
		}
		seen[c] = true
	}
}

func TestAnySpellingOfACodeIsRead(t *testing.T) {
	in := installationKeys(t, master(t))
	rapid.Check(t, func(t *rapid.T) {
		code := in.Code(rapid.Int64Range(1, 1<<40).Draw(t, "campaign"), rapid.Int64Range(1, 1<<40).Draw(t, "seq"))
		var typed strings.Builder
		for _, r := range strings.ReplaceAll(code, "-", "") {
			typed.WriteString(rapid.SampledFrom([]string{"", "", "", "-", " ", "\u00a0", "\u2013", "\t"}).Draw(t, "between"))
			typed.WriteRune(rapid.SampledFrom(readAs(r)).Draw(t, "read as"))
		}
		if got, ok := ParseCode(typed.String()); !ok || got != code {
			t.Fatalf("%q reads as %q, %v; it is %s", typed.String(), got, ok, code)
		}
	})
}

// readAs are the signs that somebody may type for one of a code.
func readAs(r rune) []rune {
	all := []rune{r, unicode.ToLower(r)}
	switch r {
	case '0':
		all = append(all, 'O', 'o')
	case '1':
		all = append(all, 'I', 'i', 'L', 'l')
	}
	return all
}

func TestWhatCanBeNoCodeIsRefused(t *testing.T) {
	const code = "7K2M-9QXD-04TB-ZR5H"
	for name, typed := range map[string]string{
		"nothing":              "",
		"one sign less":        code[:18],
		"one sign more":        code + "7",
		"a letter that is out": strings.Replace(code, "7", "U", 1),
		"another script":       strings.Replace(code, "7", "\u0967", 1), // a digit too
		"a NUL":                code + "\x00",
		"broken UTF-8":         code + "\xff",
		"very long":            strings.Repeat(" ", longestCode) + code,
	} {
		if got, ok := ParseCode(typed); ok {
			t.Errorf("%s reads as %s", name, got)
		}
	}
	if got, ok := ParseCode(code); !ok || got != code {
		t.Errorf("%s reads as %q, %v", code, got, ok)
	}
}
