//go:build conformance

package mailaddr

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// stricter lists what a corpus calls an address and we refuse, by the rule
// that refuses it; any other difference fails.
var stricter = map[Refusal]string{
	Named:     "a bare address is asked for",
	Comment:   "comments are refused",
	Quoted:    "quoted local parts are refused",
	Literal:   "address literals are refused",
	Numeric:   "a last label that ends in a digit is no top-level domain",
	Hidden:    "unassigned code points",
	Control:   "controls are refused everywhere",
	LocalChar: "a full-width @ is refused",
	Domain:    "an underscore is no host name; reserved labels",
	NotUTF8:   "lone surrogates",
}

func TestConformanceAddresses(t *testing.T) {
	var cases []struct{ Address, Expected string }
	readJSON(t, "addresses/addresses.json", &cases)
	refused, accepted, policy, strict := 0, 0, 0, map[Refusal]int{}
	for _, c := range cases {
		_, err := Parse(c.Address)
		switch {
		case c.Expected == "refuse" && err == nil:
			t.Errorf("accepted what must be refused: %q", c.Address)
		case c.Expected == "refuse":
			refused++
		case c.Expected == "policy":
			policy++
		case err == nil:
			accepted++
		default:
			why := err.(Refusal)
			if strict[why]++; stricter[why] == "" {
				t.Errorf("refused %q: %v", c.Address, err)
			}
		}
	}
	t.Logf("addresses: %d refused, %d accepted, %d by policy, stricter: %v", refused, accepted, policy, strict)
	if accepted < 80 {
		t.Errorf("only %d valid addresses were accepted", accepted)
	}
}

func TestConformanceIDNA(t *testing.T) {
	f, err := os.Open(filepath.Join(corpora(), "idna/IdnaTestV2.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	same, refusedBoth, stricter := 0, 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		cols := strings.Split(line, ";")
		if len(cols) < 7 {
			continue
		}
		source, want, bad := idnaCase(cols)
		if strings.ContainsAny(source, "@ ") {
			continue
		}
		a, err := Parse("x@" + source)
		switch {
		case err == nil && bad:
			t.Errorf("accepted %+q as %s", source, a.Domain())
		case err == nil && a.Domain() != want:
			t.Errorf("%+q became %s, want %s", source, a.Domain(), want)
		case err == nil:
			same++
		case bad:
			refusedBoth++
		default:
			stricter++
		}
	}
	t.Logf("idna: %d mapped alike, %d refused alike, %d refused by our own rules", same, refusedBoth, stricter)
	if same < 200 {
		t.Errorf("only %d domains were mapped", same)
	}
}

// idnaCase gives the source, its A-label form and whether UTS 46 refuses it.
func idnaCase(cols []string) (source, want string, bad bool) {
	for i := range cols {
		cols[i] = unescape(strings.TrimSpace(cols[i]))
	}
	source, unicodeForm, unicodeStatus, want, status := cols[0], cols[1], cols[2], cols[3], cols[4]
	if unicodeForm == "" {
		unicodeForm = source
	}
	if want == "" {
		want = unicodeForm
	}
	if status == "" {
		status = unicodeStatus
	}
	return source, want, status != "" && status != "[]"
}

func unescape(s string) string {
	if s == `""` {
		return ""
	}
	var out strings.Builder
	for len(s) > 0 {
		switch {
		case strings.HasPrefix(s, `\u`):
			n, _ := strconv.ParseUint(s[2:6], 16, 32)
			out.WriteRune(rune(n))
			s = s[6:]
		case strings.HasPrefix(s, `\x{`):
			end := strings.IndexByte(s, '}')
			n, _ := strconv.ParseUint(s[3:end], 16, 32)
			out.WriteRune(rune(n))
			s = s[end+1:]
		default:
			_, n := utf8.DecodeRuneInString(s)
			out.WriteString(s[:n])
			s = s[n:]
		}
	}
	return out.String()
}

func corpora() string {
	dir := os.Getenv("FORTHWITH_CORPORA")
	if dir == "" {
		dir = "../shared/corpora"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	return dir
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpora(), name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}
