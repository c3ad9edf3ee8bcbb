package regime

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// MaxFile is the largest rule file that is read, in bytes: five times the one
// built in. Parsing a hostile file takes memory that grows with its size.
const MaxFile = 1 << 20

// schemaVersion is the form of rule files that this program reads.
const schemaVersion = 1

//go:embed regimes.yaml
var builtin []byte

// Set is one version of the rules. It never changes after it was loaded; its
// methods may be called by many at once, and what they give is the caller's.
type Set struct {
	Version    string
	Schema     int
	Generated  string // the date of the build
	SHA256     string // of the bytes of the file, in hexadecimal
	Disclaimer string

	events     []Term
	conditions []Term
	items      []Item
	contacts   []Contact
	conflicts  []Conflict
	sources    []Source
	notCovered []string
	rules      []rule
	facts      map[place]string
}

// Item is something that a notice may or must say. Check is auto, partial or
// manual: how far code can find it by the merge fields, headings and keywords.
type Item struct {
	ID, Description string
	MergeFields     []string
	Headings        []string
	Keywords        []string
	Check           string
}

// Said describes an item to readers: who forbids it is for a finding to say.
func (i Item) Said() string {
	said, _, _ := strings.Cut(i.Description, " (PROHIBITED")
	return said
}

// Contact is an agency that notices name, to be found by its domains first.
type Contact struct {
	ID, Name, Jurisdiction string
	Domains, Phones        []string
	Postal                 string
	Confidence             Confidence
}

// Conflict is an item that one rule forbids and others demand: one text cannot
// serve both. The lists hold ids of regimes.
type Conflict struct {
	Item         string
	ProhibitedBy []string
	RequiredBy   []string
	Advice       string // empty for one that the file does not speak of
}

// Builtin gives the rules that the program was built with.
func Builtin() Set { return parsed() }

var parsed = sync.OnceValue(func() Set {
	s, err := Load(builtin)
	if err != nil {
		panic(fmt.Sprintf("load the rules built in: %v", err)) // a test loads them
	}
	return s
})

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Events gives the dated facts that clocks run from.
func (s Set) Events() []Term { return slices.Clone(s.events) }

// Conditions gives the facts that switch rules on.
func (s Set) Conditions() []Term { return slices.Clone(s.conditions) }

// Profiles gives the flags of an organisation that bring a rule into play, in
// order. The description names the rules.
func (s Set) Profiles() []Term {
	var all []Term
	for _, r := range s.rules {
		for _, p := range r.profiles {
			at := slices.IndexFunc(all, func(t Term) bool { return t.ID == p })
			if at < 0 {
				all = append(all, Term{ID: p, Description: r.Name})
			} else {
				all[at].Description += "; " + r.Name
			}
		}
	}
	slices.SortFunc(all, func(a, b Term) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// NotCovered gives the known gaps of the rules, to be shown so that silence is
// not read as "nothing due".
func (s Set) NotCovered() []string { return slices.Clone(s.notCovered) }

// Regimes gives where every rule comes from, in the order of the file.
func (s Set) Regimes() []Origin {
	all := make([]Origin, 0, len(s.rules))
	for _, r := range s.rules {
		all = append(all, r.origin("", ""))
	}
	return all
}

// Places gives the places of the people whom some rules protect, by the ids of the
// rules, sorted. The union itself is none of them.
func (s Set) Places(rules []string) []string {
	var all []string
	for _, r := range s.rules {
		if slices.Contains(rules, r.Regime) {
			all = append(all, s.places(r)...)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(place string) bool { return place == union })
}

// Items gives the catalogue of what notices say.
func (s Set) Items() []Item { return cloned(s.items, Item.clone) }

// Contacts gives the agencies that notices name.
func (s Set) Contacts() []Contact { return cloned(s.contacts, Contact.clone) }

func (i Item) clone() Item {
	i.MergeFields, i.Headings, i.Keywords = slices.Clone(i.MergeFields), slices.Clone(i.Headings), slices.Clone(i.Keywords)
	return i
}

func (c Contact) clone() Contact {
	c.Domains, c.Phones = slices.Clone(c.Domains), slices.Clone(c.Phones)
	return c
}

func cloned[T any](all []T, clone func(T) T) []T {
	out := make([]T, 0, len(all))
	for _, x := range all {
		out = append(out, clone(x))
	}
	return out
}
