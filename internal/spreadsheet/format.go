package spreadsheet

import (
	"strconv"
	"strings"
)

// format is a number format (ISO/IEC 29500-1, 18.8.31) as far as it matters
// here: its sections, each for some numbers.
type format struct{ sections []section }

// plain shows a number as it is.
var plain = parseFormat("")

// section is one of up to four parts of a format.
type section struct {
	look     look
	days     bool // it shows a date
	clock    bool // it shows a time of day
	elapsed  bool // it shows hours that may be more than a day has
	whole    int  // digits before the point that are always shown
	decimals int  // and behind it
	pattern  []place
	holds    func(float64) bool // nil: by the sign
}

// look is how a section shows a number.
type look byte

const (
	quantity look = iota // as its plain number
	code                 // its digits at their places: an account, a ZIP, a phone
	moment               // a date, a time or a duration
)

// place is one character of a code: a digit (0 or #), or a text between.
type place struct {
	digit byte // 0: text
	text  rune
}

const maxFormat = 1 << 10 // bytes; Excel has 255 characters

func parseFormat(s string) *format {
	if len(s) > maxFormat {
		s = ""
	}
	f := &format{}
	for _, part := range splitSections(s) {
		f.sections = append(f.sections, parseSection(part))
	}
	return f
}

// splitSections parts a format at each semicolon that is no text.
func splitSections(s string) []string {
	var all []string
	from, quoted, bracket := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case c == ';' && !bracket:
			all = append(all, s[from:i])
			from = i + 1
		}
	}
	return append(all, s[from:])
}

// at chooses the section for a number, and gives the number that it shows.
func (f *format) at(n float64) (section, float64) {
	for _, s := range f.sections {
		if s.holds != nil && s.holds(n) {
			return s, n
		}
	}
	first := f.sections[0]
	if first.holds != nil {
		for _, s := range f.sections[1:] {
			if s.holds == nil {
				return s, n
			}
		}
		return first, n
	}
	switch {
	case n < 0 && len(f.sections) > 1 && f.sections[1].look == code:
		return f.sections[1], -n // its sign is a text of the section
	case n < 0 && len(f.sections) > 1:
		return f.sections[1], n
	case n == 0 && len(f.sections) > 2:
		return f.sections[2], n
	}
	return first, n
}

// condition reads [<=9999999]; nil for what is none.
func condition(s string) func(float64) bool {
	sign := strings.TrimRight(s, "0123456789.-")
	limit, err := strconv.ParseFloat(s[len(sign):], 64)
	if err != nil {
		return nil
	}
	switch sign {
	case "<":
		return func(n float64) bool { return n < limit }
	case "<=":
		return func(n float64) bool { return n <= limit }
	case ">":
		return func(n float64) bool { return n > limit }
	case ">=":
		return func(n float64) bool { return n >= limit }
	case "=":
		return func(n float64) bool { return n == limit }
	case "<>":
		return func(n float64) bool { return n != limit }
	}
	return nil
}
