package notice

import (
	"slices"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Someone is whom a text is previewed for: a person of its incident, or somebody
// made up. The zero value is the sample person, whose values are marked as such.
type Someone struct {
	Person id.Recipient
	MadeUp MadeUp
}

// MadeUp is somebody whom hardly any text fits.
type MadeUp string

// Those who are made up.
const (
	Longest     MadeUp = "longest"       // long names, words that do not break, lists of many values
	RightToLeft MadeUp = "right_to_left" // names that are read from the right, with numbers in them
	Bare        MadeUp = "bare"          // of whom nothing is known
)

// MadeUps lists them.
var MadeUps = []MadeUp{Longest, RightToLeft, Bare}

// ParseSomeone reads an id, the word for somebody who is made up, or nothing for
// the sample person.
func ParseSomeone(text string) (Someone, error) {
	if text == "" || slices.Contains(MadeUps, MadeUp(text)) {
		return Someone{MadeUp: MadeUp(text)}, nil
	}
	person, err := id.ParseRecipient(text)
	if err != nil {
		return Someone{}, fault.Wrong("recipient", "no_such_recipient", nil)
	}
	return Someone{Person: person}, nil
}

// String gives what ParseSomeone reads.
func (s Someone) String() string {
	if s.Person.No != 0 {
		return s.Person.String()
	}
	return string(s.MadeUp)
}

// How long the values of the longest are: of a name, of a word that does not
// break, and how many a list has.
const (
	longName   = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
	longWord   = 100
	longValues = 20
)

// values are what is known of somebody made up.
func (m MadeUp) values(f Field) []string {
	switch {
	case m == Bare:
		return nil
	case m == RightToLeft && f.Key() == "recipient.name":
		return []string{"مثال بن مثال (42)"}
	case m == RightToLeft:
		return []string{"דוגמה 42-ABC"}
	case m == Longest && f.Key() == "recipient.name":
		return []string{longName}
	case m == Longest && f.List:
		all := make([]string, longValues)
		for i := range all {
			all[i] = strings.Repeat(string(rune('A'+i)), longWord/2)
		}
		return all
	case m == Longest:
		return []string{strings.Repeat("W", longWord)}
	}
	return []string{sampleOf(f.Key())}
}
