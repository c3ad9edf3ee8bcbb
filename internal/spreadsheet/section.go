package spreadsheet

import (
	"strings"
	"unicode/utf8"
)

// scan takes one section apart.
type scan struct {
	section
	letters string // what stands for parts of a time, in order
	numeric bool   // it does more with a number than to place digits
	pointed bool
	scaled  bool // it shows another number: a percentage, a fraction, a power of ten
	zeros   int
	between bool // a text stands between two digits
	pending bool // a text stands behind a digit
}

// parseSection never fails: what it does not know is text.
func parseSection(s string) section {
	c := &scan{}
	if strings.EqualFold(strings.TrimSpace(s), "general") {
		return c.section
	}
	for len(s) > 0 {
		s = c.step(s)
	}
	return c.judge()
}

// step reads one item and gives the rest.
func (c *scan) step(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	rest := s[n:]
	switch {
	case r == '"':
		text, after, _ := strings.Cut(rest, `"`)
		c.say(text)
		return after
	case r == '\\':
		_, n := utf8.DecodeRuneInString(rest)
		c.say(rest[:n])
		return rest[n:]
	case r == '_' || r == '*':
		_, n := utf8.DecodeRuneInString(rest)
		return rest[n:] // a gap as wide as a character, or what fills the cell
	case r == '[':
		inside, after, _ := strings.Cut(rest, "]")
		c.bracket(inside)
		return after
	case r == '0' || r == '#' || r == '?':
		c.digit(byte(r))
	case r == '.':
		c.pointed, c.numeric = true, true
	case r == ',' || r == '@':
		c.numeric = true
	case r == '%' || r == '/':
		c.numeric, c.scaled = true, true
	case (r == 'E' || r == 'e') && len(rest) > 0 && (rest[0] == '+' || rest[0] == '-'):
		c.numeric, c.scaled = true, true
		return rest[1:]
	case len(s) >= 7 && strings.EqualFold(s[:7], "general"):
		c.numeric = true
		return s[7:]
	case len(s) >= 5 && strings.EqualFold(s[:5], "am/pm"):
		c.letters += "p"
		return s[5:]
	case len(s) >= 3 && strings.EqualFold(s[:3], "a/p"):
		c.letters += "p"
		return s[3:]
	case strings.ContainsRune("ymdhsegbYMDHSEGB", r):
		c.letter(strings.ToLower(string(r)))
	default:
		c.say(string(r))
	}
	return rest
}

// letter keeps one of each run.
func (c *scan) letter(l string) {
	if !strings.HasSuffix(c.letters, l) {
		c.letters += l
	}
}

func (c *scan) say(text string) {
	c.pending = c.pending || text != "" && c.zeros+c.hashes() > 0
	for _, r := range text {
		c.pattern = append(c.pattern, place{text: r})
	}
}

func (c *scan) hashes() int {
	n := 0
	for _, p := range c.pattern {
		if p.digit == '#' {
			n++
		}
	}
	return n
}

func (c *scan) digit(d byte) {
	if c.pointed {
		if d == '0' {
			c.decimals++
		}
		return
	}
	if c.pending {
		c.between = true
	}
	if d == '0' {
		c.zeros++
	} else {
		d = '#'
	}
	c.pattern = append(c.pattern, place{digit: d})
}

// bracket reads a condition or a duration; colours, currencies and languages
// change nothing here.
func (c *scan) bracket(inside string) {
	low := strings.ToLower(inside)
	if low != "" && (strings.Trim(low, "h") == "" || strings.Trim(low, "m") == "" || strings.Trim(low, "s") == "") {
		c.elapsed = true
		c.letters += low[:1]
		return
	}
	c.holds = condition(inside)
}

// judge tells what the section is for.
func (c *scan) judge() section {
	s := c.section
	digits := c.zeros + c.hashes()
	switch {
	case strings.ContainsAny(c.letters, "ymdhs") || c.letters != "" && digits == 0:
		s.look, s.decimals = moment, 0
		s.days, s.clock = c.units()
	case c.scaled:
		s.decimals = 0
	case !c.numeric && (c.zeros > 1 || c.between):
		s.look = code
	default:
		s.whole = c.zeros
	}
	return s
}

// units tells whether the letters mean days, and times of day; m means minutes
// behind hours and before seconds.
func (c *scan) units() (days, clock bool) {
	for i, l := range c.letters {
		switch l {
		case 'h', 's', 'p':
			clock = true
		case 'm':
			if i > 0 && c.letters[i-1] == 'h' || i+1 < len(c.letters) && c.letters[i+1] == 's' || c.elapsed {
				clock = true
			} else {
				days = true
			}
		default:
			days = true
		}
	}
	return days, clock
}
