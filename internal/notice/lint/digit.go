package lint

import "strings"

// group is a run of digits.
type group struct {
	start, end int
	gap        string // what stands between it and the one before
}

// groupsIn finds the runs of digits of a text, in order.
func groupsIn(text string) []group {
	var all []group
	last := 0
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		g := group{start: i, gap: text[last:i]}
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		g.end, last = i, i
		all = append(all, g)
	}
	return all
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isWordByte(b byte) bool {
	return isDigit(b) || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
}

// gaps between groups of one number.
func oneSign(gap string) bool {
	switch gap {
	case " ", "-", "\u00a0", "\u2011", "\u202f", "\u2009":
		return true
	}
	return false
}

func ofPhone(gap string) bool {
	switch gap {
	case " ", "-", ".", ") ", ")", " (", "-(", "\u00a0", "\u2011", " - ":
		return true
	}
	return false
}

// phoneDigits are those of a North American number without its country.
const phoneDigits = 10

// phonesIn gives the North American telephone numbers of a text, digits only,
// with their lines.
func phonesIn(text string) map[string]int {
	all := map[string]int{}
	groups, index := groupsIn(text), indexLines(text)
	for i, g := range groups {
		number := text[g.start:g.end]
		for j := i + 1; len(number) < phoneDigits && j < len(groups) && ofPhone(groups[j].gap); j++ {
			number += text[groups[j].start:groups[j].end]
		}
		if len(number) == phoneDigits+1 && number[0] == '1' {
			number = number[1:]
		}
		if _, seen := all[number]; len(number) == phoneDigits && !seen {
			all[number] = index.of(g.start)
		}
	}
	return all
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
