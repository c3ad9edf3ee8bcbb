package spreadsheet

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// shown gives a number as its format shows it, without what is only paint: no
// marks between thousands, no currency, no rounding. text is the number as it is
// stored; one that is none stays as it is.
func (f *format) shown(text string, from04 bool) string {
	n, ok := number(text)
	if !ok {
		return text
	}
	s, n := f.at(n)
	switch s.look {
	case moment:
		if t, ok := s.moment(n, from04); ok {
			return t
		}
	case code:
		if n == math.Trunc(n) && math.Abs(n) < 1e15 {
			return s.place(n)
		}
	}
	return s.plain(text, n)
}

// number reads what XML Schema calls a double, without infinity.
func number(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// plain writes a number without a power of ten, to the 15 digits that a
// spreadsheet keeps, with at least the digits that its format always shows.
// Digits that were stored as such stay.
func (s section) plain(text string, n float64) string {
	if strings.Trim(text, "0123456789") != "" {
		text = strconv.FormatFloat(n, 'e', 14, 64)
		rounded, _ := strconv.ParseFloat(text, 64) // it was just written
		text = strconv.FormatFloat(rounded+0, 'f', -1, 64)
	}
	whole, part, dotted := strings.Cut(text, ".")
	if missing := s.whole - len(strings.TrimPrefix(whole, "-")); missing > 0 {
		sign, digits := text[:len(whole)-len(strings.TrimPrefix(whole, "-"))], strings.TrimPrefix(text, "-")
		text = sign + strings.Repeat("0", missing) + digits
	}
	if missing := s.decimals - len(part); missing > 0 {
		if !dotted {
			text += "."
		}
		text += strings.Repeat("0", missing)
	}
	return text
}

// place puts digits at their places, from the last; those that have none stand
// before the first.
func (s section) place(n float64) string {
	digits := strconv.FormatFloat(math.Abs(n), 'f', 0, 64)
	if digits == "0" {
		digits = ""
	}
	first := 0
	for s.pattern[first].digit == 0 {
		first++
	}
	var back []string
	for i := len(s.pattern) - 1; i >= 0; i-- {
		p := s.pattern[i]
		switch {
		case p.digit == 0:
			back = append(back, string(p.text))
		case i == first:
			back = append(back, atLeast(digits, p.digit))
		case digits != "":
			back = append(back, digits[len(digits)-1:])
			digits = digits[:len(digits)-1]
		case p.digit == '0':
			back = append(back, "0")
		}
	}
	if n < 0 {
		back = append(back, "-")
	}
	var out strings.Builder
	for i := len(back) - 1; i >= 0; i-- {
		out.WriteString(back[i])
	}
	return out.String()
}

func atLeast(digits string, d byte) string {
	if digits == "" && d == '0' {
		return "0"
	}
	return digits
}

// lastDay is 31 December 9999, behind which a spreadsheet shows no date.
const lastDay = 2_958_465

// moment writes a date as 2006-01-02, a time as 15:04:05, and a duration as
// hours, minutes and seconds. It fails for a number that no date has.
func (s section) moment(n float64, from04 bool) (string, bool) {
	if from04 && s.days {
		n += 1462
	}
	if n < 0 || n >= lastDay+1 {
		return "", false
	}
	seconds := int64(math.Round(n * 86400))
	if s.elapsed {
		return clock(seconds), true
	}
	days, rest := seconds/86400, seconds%86400
	if s.days && !s.clock {
		days, rest = int64(n), 0
	}
	if !s.days {
		return clock(rest), true
	}
	day, ok := dayNo(days, from04)
	if rest > 0 {
		day += " " + clock(rest)
	}
	return day, ok
}

func clock(seconds int64) string {
	two := func(n int64) string { return strconv.Itoa(int(100 + n))[1:] }
	hours := strconv.FormatInt(seconds/3600, 10)
	if len(hours) < 2 {
		hours = "0" + hours
	}
	return hours + ":" + two(seconds/60%60) + ":" + two(seconds%60)
}

// dayNo gives a day by its number. Day 60 of those counted from 1900 is 29
// February 1900, which never was: it is kept as it is shown, and is no date.
func dayNo(n int64, from04 bool) (string, bool) {
	switch {
	case n == 60 && !from04:
		return "1900-02-29", true
	case n < 1 && !from04:
		return "", false
	case n < 60 && !from04:
		n++
	}
	return time.Date(1899, 12, 30+int(n), 0, 0, 0, 0, time.UTC).Format(time.DateOnly), true
}

// isoMoment writes what the strict form stores as text, as moment does.
func isoMoment(s string) string {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return strings.TrimSuffix(t.Format(time.DateTime), " 00:00:00")
		}
	}
	return s
}
