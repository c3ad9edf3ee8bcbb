package regime

import (
	"slices"
	"strings"
	"time"
)

// InPlay is a rule that matches an incident. Force says whether it was in force
// on the day asked about; one that is coming or repealed makes no duties here.
type InPlay struct {
	Origin
	Force    Force
	Since    string // the date it takes effect, where the file has one
	People   int    // those whom it protects by where they are
	Profiles []string
}

// Uncovered is a place with people for whom no general rule is encoded. It says
// nothing about the law there.
type Uncovered struct {
	Place  string // "" for people whose place is not known
	People int
}

// inPlay gives the rules that match, each with how it does. A rule that names
// places and profiles needs one of each.
func (s Set) inPlay(x scene) (rules []rule, matches []InPlay) {
	for _, r := range s.rules {
		profiles := r.matching(x.Profiles)
		people := x.people.within(s.places(r))
		if len(r.profiles) > 0 && len(profiles) == 0 || len(r.residency) > 0 && people == 0 {
			continue
		}
		rules = append(rules, r)
		matches = append(matches, InPlay{Origin: r.origin("", ""), Force: r.force(x.On, x.cal.zone), Since: r.from, People: people, Profiles: profiles})
	}
	return rules, matches
}

func (r rule) matching(profiles []string) []string {
	return slices.DeleteFunc(slices.Clone(r.profiles), func(p string) bool { return !slices.Contains(profiles, p) })
}

// force goes by the date where the file has one: a rule that it calls future
// is in force once its day has come, and one it calls repealed until then.
func (r rule) force(on time.Time, zone *time.Location) Force {
	today := on.In(zone).Format(time.DateOnly)
	came := r.from != "" && r.from <= today
	switch r.status {
	case Coming:
		if came {
			return InForce
		}
		return Coming
	case Repealed:
		if r.from != "" && !came {
			return InForce
		}
		return Repealed
	}
	if r.from != "" && !came {
		return Coming
	}
	return InForce
}

// uncovered gives the places, with people, where no general rule is in play.
func (s Set) uncovered(x scene) []Uncovered {
	var all []Uncovered
	for place, people := range x.people.by {
		general := func(r rule) bool {
			return !r.Sector && len(r.profiles) == 0 && r.force(x.On, x.cal.zone) == InForce && anyCovers(s.places(r), place)
		}
		if people > 0 && !slices.ContainsFunc(s.rules, general) {
			all = append(all, Uncovered{Place: place, People: people})
		}
	}
	slices.SortFunc(all, func(a, b Uncovered) int { return strings.Compare(a.Place, b.Place) })
	return all
}

// everywhere are fields whose doubt touches every result of a rule.
var everywhere = []string{"status", "effective_from", "applies_when", "jurisdiction"}

// origin gives where a result comes from: its own citation if it has one, and
// the doubts about the field that it rests on. With no field, all doubts.
func (r rule) origin(field, citation string) Origin {
	o := r.Origin
	o.Sources = slices.Clone(o.Sources)
	if citation != "" {
		o.Citation = citation
	}
	for _, low := range r.low {
		if field == "" || touches(low, field) || low == "citation" && citation == "" || slices.ContainsFunc(everywhere, func(e string) bool { return touches(low, e) }) {
			o.LowConfidence = append(o.LowConfidence, low)
		}
	}
	return o
}

func touches(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}
