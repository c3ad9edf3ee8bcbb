package lint

import (
	"regexp"
	"strings"

	"forthwith/internal/fault"
)

// passwordIs finds, behind a word for it, what may be a password: six signs
// and more with a figure among them.
var passwordIs = regexp.MustCompile(`^(?: (?:is|lautet|est|es))? ?[:=] ?([^\s.,;]*\d[^\s,;]*)`)

var passwordWords = []string{"password", "passwort", "kennwort", "mot de passe", "contraseña", "passcode"}

// secrets finds numbers that must never stand in a mail. What was found is not
// repeated.
func (c *checker) secrets(r *reading) {
	whole := r.source.Subject + "\n" + r.filled
	for _, s := range []struct {
		kind string
		find func(string) int
	}{{"card", findCard}, {"ssn", findSSN}, {"iban", findIBAN}, {"password", findPassword}} {
		if at := s.find(whole); at >= 0 {
			c.say(r, Block, "secret_"+s.kind, strings.Count(whole[:min(at, len(whole))], "\n"), fault.Values{})
		}
	}
}

// findCard gives where a card number stands, or -1: 13 to 19 digits, in one
// piece or in groups as cards print them, that pass Luhn's check (ISO/IEC 7812)
// and begin as the numbers of payment cards do.
func findCard(text string) int {
	groups := groupsIn(text)
	for i, g := range groups {
		number, sizes := "", ""
		for j := i; j < len(groups) && len(number) < 19 && (j == i || oneSign(groups[j].gap)); j++ {
			piece := text[groups[j].start:groups[j].end]
			number, sizes = number+piece, sizes+string(rune('0'+min(len(piece), 9)))
			if printed(sizes) && isCard(number) && alone(text, g.start, groups[j].end) {
				return g.start
			}
		}
	}
	return -1
}

// printed tells whether groups of these sizes are a card number as it is
// written: in one piece, in fours, or 4-6-5 and 4-6-4.
func printed(sizes string) bool {
	return len(sizes) == 1 || sizes == "465" || sizes == "464" || len(sizes) > 2 && strings.Trim(sizes[:len(sizes)-1], "4") == "" && sizes[len(sizes)-1] <= '4'
}

func isCard(number string) bool {
	if len(number) < 13 || len(number) > 19 || number[0] < '2' || number[0] > '6' || strings.Count(number, number[:1]) == len(number) {
		return false
	}
	return luhn(number)
}

// luhn tells whether the last digit checks the others.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// findSSN gives where a Social Security number stands, or -1. Areas 000, 666
// and 900 to 999, group 00 and serial 0000 are never issued.
func findSSN(text string) int {
	groups := groupsIn(text)
	for i := 0; i+2 < len(groups); i++ {
		area, middle, serial := groups[i], groups[i+1], groups[i+2]
		if !oneSign(middle.gap) || !oneSign(serial.gap) {
			continue
		}
		a, m, s := text[area.start:area.end], text[middle.start:middle.end], text[serial.start:serial.end]
		issued := a != "000" && a != "666" && a[0] != '9' && m != "00" && s != "0000"
		if len(a) == 3 && len(m) == 2 && len(s) == 4 && issued && alone(text, area.start, serial.end) {
			return area.start
		}
	}
	return -1
}

// The lengths of account numbers of ISO 13616.
const (
	shortestIBAN = 15
	longestIBAN  = 34
)

// findIBAN gives where an account number of ISO 13616 stands, or -1. Words
// behind it may look like more of it, so each place where it may end is tried.
func findIBAN(text string) int {
	for i := range len(text) {
		begins := i+4 < len(text) && isLetter(text[i]) && isLetter(text[i+1]) && isDigit(text[i+2]) && isDigit(text[i+3])
		if begins && (i == 0 || !isWordByte(text[i-1])) && isIBAN(text[i:]) {
			return i
		}
	}
	return -1
}

func isIBAN(text string) bool {
	compact := ""
	for i := 0; i < len(text) && len(compact) < longestIBAN; {
		if n := gapAt(text[i:]); n > 0 {
			i += n
			continue
		}
		if !isDigit(text[i]) && !isLetter(text[i]) {
			return false
		}
		compact += strings.ToUpper(text[i : i+1])
		i++
		if ends := i == len(text) || !isWordByte(text[i]) || gapAt(text[i:]) > 0; ends && len(compact) >= shortestIBAN && mod97(compact[4:]+compact[:4]) == 1 {
			return true
		}
	}
	return false
}

// gapAt gives the length of one sign between the groups of a number.
func gapAt(text string) int {
	for _, gap := range []string{" ", "-", "\u00a0", "\u202f"} {
		if strings.HasPrefix(text, gap) {
			return len(gap)
		}
	}
	return 0
}

func isLetter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

func mod97(s string) int {
	rest := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return 0
		}
	}
	return rest
}

// findPassword gives where a password stands, or -1.
func findPassword(text string) int {
	low := lower(text)
	for _, w := range passwordWords {
		for from := 0; ; {
			i := strings.Index(low[from:], w)
			if i < 0 {
				break
			}
			from += i + len(w)
			if m := passwordIs.FindStringSubmatch(low[from:min(from+longestPassword, len(low))]); m != nil && len(m[1]) >= shortestPassword {
				return from
			}
		}
	}
	return -1
}

const (
	shortestPassword = 6
	longestPassword  = 80
)

// alone tells whether no letter, digit or hyphen touches a number.
func alone(text string, from, to int) bool {
	return (from == 0 || !isWordByte(text[from-1]) && text[from-1] != '-') && (to == len(text) || !isWordByte(text[to]) && text[to] != '-')
}
