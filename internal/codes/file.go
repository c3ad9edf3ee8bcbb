package codes

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
)

// Limits of one file. A pool takes any number of files.
const (
	MaxFile  = 32 << 20 // bytes, unpacked
	MaxCodes = 1_000_000
	MaxCode  = 200 // characters
)

// Code is one code of a file with the line that it stands in, from 1.
type Code struct {
	Line int
	Text string
}

// taken is a file that was read.
type taken struct {
	codes []Code
	sum   canon.Hash
}

// take reads a file to its end, and hashes it as it comes.
func take(content io.Reader) (taken, error) {
	sum := sha256.New()
	raw, err := io.ReadAll(io.LimitReader(io.TeeReader(content, sum), MaxFile+1))
	switch {
	case err != nil:
		return taken{}, broken(err)
	case len(raw) > MaxFile:
		return taken{}, tooLarge("code_file_too_large")
	}
	if raw, err = unpack(raw); err != nil {
		return taken{}, err
	}
	all, err := Parse(string(raw))
	return taken{all, canon.FromBytes(sum.Sum(nil))}, err
}

func tooLarge(code string) error {
	return fault.New(fault.TooLarge, code, fault.Values{"limit": MaxFile >> 20})
}

// broken tells a refusal from a wire that broke.
func broken(err error) error {
	if _, told := fault.As(err); told {
		return err
	}
	return fault.New(fault.Invalid, "code_upload_broken", nil).Because(err)
}

// unpack reads what gzip packed (RFC 1952), as far as a file may be long.
func unpack(raw []byte) ([]byte, error) {
	if !bytes.HasPrefix(raw, []byte("\x1f\x8b\x08")) {
		return raw, nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		raw, err = io.ReadAll(io.LimitReader(zip, MaxFile+1))
	}
	switch {
	case err != nil:
		return nil, fault.Wrong("file", "code_file_packed_broken", nil)
	case len(raw) > MaxFile:
		return nil, tooLarge("code_file_unpacks_too_large")
	}
	return raw, nil
}

// Parse reads the codes of a file: one a line, in UTF-8, between LF or CRLF.
// Spaces around a code and lines without one do not count. The first line that
// is wrong refuses the file; what stands in it is not repeated.
func Parse(text string) ([]Code, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	var all []Code
	for line := 1; text != ""; line++ {
		var code string
		code, text, _ = strings.Cut(text, "\n")
		if code = strings.TrimSpace(code); code == "" {
			continue
		}
		if why := wrong(code, len(all) == 0); why != "" {
			return nil, fault.Wrong("file", why, fault.Values{"line": line, "limit": MaxCode})
		}
		if len(all) == MaxCodes {
			return nil, fault.Wrong("file", "code_file_too_many", fault.Values{"limit": MaxCodes})
		}
		all = append(all, Code{line, code})
	}
	if len(all) == 0 {
		return nil, fault.Wrong("file", "code_file_empty", nil)
	}
	return all, twice(all)
}

// wrong says what is wrong with a line. A table would hand people whole rows,
// and its heading would be somebody's code.
func wrong(code string, first bool) string {
	switch {
	case !utf8.ValidString(code):
		return "code_not_utf8"
	case utf8.RuneCountInString(code) > MaxCode:
		return "code_too_long"
	case strings.ContainsAny(code, ",;\t\""):
		return "code_has_columns"
	case strings.ContainsFunc(code, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Co, r) }):
		return "code_not_printable"
	case first && slices.Contains([]string{"code", "codes"}, strings.ToLower(code)):
		return "code_is_heading"
	}
	return ""
}

// twice refuses a code that stands in two lines, and names the first line that
// repeats one.
func twice(all []Code) error {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Code) int { return cmp.Or(strings.Compare(a.Text, b.Text), a.Line-b.Line) })
	again, before := 0, 0
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Text == sorted[i-1].Text && (again == 0 || sorted[i].Line < again) {
			again, before = sorted[i].Line, sorted[i-1].Line
		}
	}
	if again == 0 {
		return nil
	}
	return fault.Wrong("file", "code_twice", fault.Values{"line": again, "before": before})
}

// InPool is the refusal of a code that its pool holds already.
func InPool(line int) error {
	return fault.Wrong("file", "code_in_pool", fault.Values{"line": line})
}
