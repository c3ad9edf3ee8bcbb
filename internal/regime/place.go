package regime

import "strings"

// union is the one jurisdiction that is no place of ISO 3166.
const union = "EU"

// tally is people by place, aliases folded, so that PR and US-PR are one.
type tally struct {
	by    map[string]int
	total int
}

func (s Set) tally(counts map[string]int) tally {
	t := tally{by: map[string]int{}}
	for code, n := range counts {
		t.by[s.fold(code)] += n
		t.total += n
	}
	return t
}

// fold replaces an alias by the code that the rules use, in capitals.
func (s Set) fold(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	for _, r := range s.rules {
		for _, a := range r.aliases {
			if covers(a, code) {
				return r.Jurisdiction + code[len(a):]
			}
		}
	}
	return code
}

// covers tells whether a place is the one of a code or lies in it.
func covers(code, place string) bool {
	return place == code || strings.HasPrefix(place, code+"-")
}

func anyCovers(codes []string, place string) bool {
	for _, c := range codes {
		if covers(c, place) {
			return true
		}
	}
	return false
}

// within counts the people of some places and of what lies in them, each once.
func (t tally) within(codes []string) int {
	n := 0
	for place, people := range t.by {
		if anyCovers(codes, place) {
			n += people
		}
	}
	return n
}

// unplaced counts the people who could be in these places and of whom only a
// country, or nothing, is known.
func (t tally) unplaced(codes []string) int {
	n := 0
	for place, people := range t.by {
		if anyCovers(codes, place) {
			continue
		}
		for _, c := range codes {
			if place == "" || covers(place, c) {
				n += people
				break
			}
		}
	}
	return n
}

// places gives the codes of the people whom a rule protects by where they are.
// A rule for a trade speaks of its jurisdiction; that of the union is where
// its general rules apply.
func (s Set) places(r rule) []string {
	codes := append([]string(nil), r.residency...)
	if len(codes) == 0 {
		codes = append(codes, r.Jurisdiction)
	}
	if r.Jurisdiction != union {
		return codes
	}
	for _, other := range s.rules {
		if other.Jurisdiction == union {
			codes = append(codes, other.residency...)
		}
	}
	return append(codes, union)
}
