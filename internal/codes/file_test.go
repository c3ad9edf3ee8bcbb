package codes

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
)

func TestACodeStandsInEachLine(t *testing.T) {
	got, err := Parse("\ufeff AB-12 \r\n\n\t\r\nÄ#{{x}}/2\nlast")
	want := []Code{{1, "AB-12"}, {4, "Ä#{{x}}/2"}, {5, "last"}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("read %+v: %v", got, err)
	}
}

func TestWhatIsNoFileOfCodesIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		text, code string
		line       any
	}{
		"nothing":                  {"\n\n", "code_file_empty", nil},
		"no UTF-8":                 {"A\nB\xff\n", "code_not_utf8", 2},
		"a space":                  {"A\nB C\n", "code_not_printable", 2},
		"a zero-width space":       {"A\nB\u200bC\n", "code_not_printable", 2},
		"text from right to left":  {"A\nB\u202eC\n", "code_not_printable", 2},
		"NUL":                      {"A\x00\n", "code_not_printable", 1},
		"a private character":      {"A\ue000\n", "code_not_printable", 1},
		"a carriage return inside": {"A\rB\n", "code_not_printable", 1},
		"a table":                  {"A;2027\n", "code_has_columns", 1},
		"quotation marks":          {"\"A\"\n", "code_has_columns", 1},
		"a heading":                {"Code\nA\n", "code_is_heading", 1},
		"a long line":              {"A\n" + strings.Repeat("ä", MaxCode+1), "code_too_long", 2},
		"the first of two repeats": {"A\nB\nC\n\nB\nA\n", "code_twice", 5},
	} {
		_, err := Parse(c.text)
		f, ok := fault.As(err)
		if !ok || f.Code != c.code || fmt.Sprint(f.Fields[0].Values["line"]) != fmt.Sprint(c.line) && c.line != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if all, err := Parse(strings.Repeat("ä", MaxCode)); err != nil || len(all) != 1 {
		t.Errorf("the longest code: %v", err)
	}
	if _, err := Parse("A\ncode\n"); err != nil {
		t.Errorf("a code like a heading, not where headings stand: %v", err)
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFileIsReadAsItCameAndUnpacked(t *testing.T) {
	packed := zipped(t, "A-1\nA-2\n")
	got, err := take(bytes.NewReader(packed))
	if err != nil || len(got.codes) != 2 || got.sum != canon.Hash(sha256.Sum256(packed)) {
		t.Errorf("read %+v: %v", got, err)
	}
	for name, c := range map[string]struct {
		content io.Reader
		code    string
	}{
		"cut":                     {bytes.NewReader(packed[:len(packed)-4]), "code_file_packed_broken"},
		"too long":                {io.LimitReader(endless{}, MaxFile+1), "code_file_too_large"},
		"too long once unpacked":  {bytes.NewReader(zipped(t, strings.Repeat("\n", MaxFile+1))), "code_file_unpacks_too_large"},
		"a wire that broke":       {io.MultiReader(strings.NewReader("A\n"), broke{}), "code_upload_broken"},
		"what the wire refused":   {refusing{}, "body_too_large"},
		"more than a million":     {strings.NewReader(manyCodes()), "code_file_too_many"},
		"as long as it may be":    {io.LimitReader(endless{}, MaxFile), "code_file_empty"},
		"nothing, not even bytes": {strings.NewReader(""), "code_file_empty"},
	} {
		if _, err := take(c.content); !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type refusing struct{}

func (refusing) Read([]byte) (int, error) { return 0, fault.New(fault.TooLarge, "body_too_large", nil) }

func manyCodes() string {
	var b strings.Builder
	for i := range MaxCodes + 1 {
		fmt.Fprintf(&b, "%x\n", i)
	}
	return b.String()
}

// FuzzParse holds for any text: codes are what a line says, each once, and no
// refusal repeats one.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"A-1\r\nA-2\n", "A\nA\n", "\ufeffcode\nX\n", "a b\n", "\xff\n", "", "x,y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse(text)
		if _, told := fault.As(err); err != nil && !told {
			t.Fatalf("not a refusal: %v", err)
		}
		if err != nil {
			return
		}
		lines, seen := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n"), map[string]bool{}
		for _, c := range all {
			if strings.TrimSpace(lines[c.Line-1]) != c.Text || c.Text == "" || seen[c.Text] || !utf8.ValidString(c.Text) {
				t.Fatalf("line %d became %q of %q", c.Line, c.Text, lines[c.Line-1])
			}
			seen[c.Text] = true
		}
	})
}
