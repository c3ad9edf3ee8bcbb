package lint

import (
	"regexp"
	"strings"

	"forthwith/internal/fault"
)

var (
	cardForm = regexp.MustCompile(`(?:\d[ \x{00A0}\x{2011}-]?){12,18}\d`)
	ssnForm  = regexp.MustCompile(`\d{3}[ \x{00A0}\x{2011}-]\d{2}[ \x{00A0}\x{2011}-]\d{4}`)
	ibanForm = regexp.MustCompile(`(?i)[A-Z]{2}\d{2}(?:[ \x{00A0}-]?[A-Z0-9]){11,30}`)
	passForm = regexp.MustCompile(`(?i)\b(?:password|passwort|kennwort|mot de passe|contraseña)(?:\s+(?:is|lautet|est|es))?\s*[:=]\s*\S`)
)

// secrets finds numbers that must never stand in a mail. What was found is not
// repeated.
func (c *checker) secrets(r *reading) {
	whole := r.source.Subject + "\n" + r.filled
	for _, s := range []struct {
		kind string
		find func(string) int
	}{{"card", findCard}, {"ssn", findSSN}, {"iban", findIBAN}, {"password", findPassword}} {
		if at := s.find(whole); at >= 0 {
			c.say(r, Block, "secret_"+s.kind, strings.Count(whole[:at], "\n"), fault.Values{})
		}
	}
}

// findCard gives where a card number stands (ISO/IEC 7812: 13 to 19 digits that
// pass Luhn's check, of an industry that issues payment cards), or -1.
func findCard(text string) int {
	for _, m := range cardForm.FindAllStringIndex(text, -1) {
		if alone(text, m) && isCard(digits(text[m[0]:m[1]])) {
			return m[0]
		}
	}
	return -1
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
	for _, m := range ssnForm.FindAllStringIndex(text, -1) {
		d := digits(text[m[0]:m[1]])
		if alone(text, m) && d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000" {
			return m[0]
		}
	}
	return -1
}

// findIBAN gives where an account number of ISO 13616 stands, or -1. Words
// behind it may look like more of it, so every length that the form allows is
// tried.
func findIBAN(text string) int {
	for _, m := range ibanForm.FindAllStringIndex(text, -1) {
		if m[0] > 0 && isWordByte(text[m[0]-1]) {
			continue
		}
		compact := strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", "-", "").Replace(text[m[0]:m[1]]))
		for n := 15; n <= min(34, len(compact)); n++ {
			if mod97(compact[4:n]+compact[:4]) == 1 && ends(text[m[0]:], n) {
				return m[0]
			}
		}
	}
	return -1
}

// ends tells whether a run of n signs, spaces aside, ends where a word ends.
func ends(text string, n int) bool {
	for i := range len(text) {
		if isWordByte(text[i]) {
			n--
		}
		if n == 0 {
			return i+1 == len(text) || !isWordByte(text[i+1])
		}
	}
	return false
}

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

func findPassword(text string) int {
	if m := passForm.FindStringIndex(text); m != nil {
		return m[0]
	}
	return -1
}

// alone tells whether no digit or letter touches a match.
func alone(text string, m []int) bool {
	return (m[0] == 0 || !isWordByte(text[m[0]-1]) && text[m[0]-1] != '-') && (m[1] == len(text) || !isWordByte(text[m[1]]))
}

func isWordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}
