package suppression

import (
	"strings"
	"testing"

	"forthwith/internal/fault"
)

func TestAFileOfAddressesIsReadLineByLine(t *testing.T) {
	for name, c := range map[string]struct {
		file           string
		lines          int64
		refused, found int
		code           string
	}{
		"one on each line":        {"ann@example.com\nben@example.com\n", 2, 0, 2, ""},
		"with a header and more":  {"\ufeffEmail;when\r\nann@example.com;2022-08-08\r\n\"ben@example.com\";x\r\n", 2, 0, 2, ""},
		"the same address twice":  {"ann@example.com\nann@EXAMPLE.com\n", 2, 0, 1, ""},
		"one that is none":        {"email\nann@example.com\nnobody\n", 2, 1, 1, ""},
		"the first is broken":     {"ann@@example.com\nben@example.com\n", 2, 1, 1, ""},
		"empty lines say nothing": {"\n\nann@example.com\n\n", 1, 0, 1, ""},
		"no address in front":     {"email\n,ann@example.com\nben@example.com\n", 2, 1, 1, ""},
		"spaces alone":            {"ann@example.com\n \t \n", 1, 0, 1, ""},
		"too many that are none":  {"ann@example.com\n" + strings.Repeat("nobody\n", mostLines), 0, 0, 0, "suppression_file_long"},
		"nothing":                 {"", 0, 0, 0, "suppression_file_empty"},
		"a header alone":          {"email\n", 0, 0, 0, "suppression_file_empty"},
		"no lines":                {strings.Repeat("a", longestLine+2), 0, 0, 0, "suppression_file_not_lines"},
		"too many lines":          {strings.Repeat("ann@example.com\n", mostLines+1), 0, 0, 0, "suppression_file_long"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(strings.NewReader(c.file))
			if (c.code == "") != (err == nil) || err != nil && !fault.Is(err, c.code) {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if c.code == "" && (got.lines != c.lines || len(got.refused) != c.refused || len(got.addresses) != c.found) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A refusal names a line and a rule, never what stands there.
func FuzzNoFileBreaksTheReader(f *testing.F) {
	for _, seed := range []string{"ann@example.com\n", "\ufeffemail\na@b.example\n", "\x00\xff@\n", "\"a@b.example\";", strings.Repeat("x@", 99)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := read(strings.NewReader(text))
		if n, no := len(got.addresses), len(got.refused); err == nil && (int64(no+n) > got.lines || n+no == 0) {
			t.Errorf("%d addresses and %d refused of %d lines", n, no, got.lines)
		}
	})
}
