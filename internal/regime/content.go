package regime

import "slices"

// Content is what the rules in play for one person's place ask of a notice.
// Each demand keeps the rule it comes from.
type Content struct {
	Place      string
	InPlay     []Origin
	Layouts    []Layout
	Items      []Requirement // in the order of the catalogue
	Formats    []Format
	Monitoring []Monitoring
	Email      []Email
	Conflicts  []Conflict
	Contacts   []Contact // of the place and of its country
}

// Layout is a title and headings that must stand so, in this order.
type Layout struct {
	Origin   Origin
	Title    string // empty: any
	Headings []string
}

// Requirement is an item with everything that rules say of it. Need is the
// strongest of them: prohibited, then required.
type Requirement struct {
	Item    Item
	Need    Need
	Demands []Demand
}

// Demand is what one rule says of an item, and the conditions that made it.
type Demand struct {
	Origin  Origin
	Need    Need
	Because []string
}

// Format is how a notice must look. MinFont is in points, 0 for none.
type Format struct {
	Origin        Origin
	MinFont       int
	PlainLanguage Answer
	Conspicuous   Answer
}

// Monitoring is credit monitoring or protection that a rule demands, or a note
// about it. Months is 0 where none is demanded now.
type Monitoring struct {
	Origin  Origin
	Months  int
	Kind    string
	Because []string
	Note    string
}

// Email says how far e-mail does as the notice. Consent tells that e-mail alone
// satisfies the duty only with consent (15 USC 7001(c)) on record.
type Email struct {
	Origin       Origin
	Primary      string
	Consent      bool
	Restrictions []string
	Note         string
}

// Content gives the merged requirements for people of one place, from the
// conditions, profiles and day of the situation; its dates and counts are not
// looked at. A rule for a trade counts wherever the person is.
func (s Set) Content(place string, x Situation) Content {
	place = s.fold(place)
	rules := s.contentRules(place, x)
	holds := holding(x)
	out := Content{Place: place, Conflicts: s.conflictsOf(rules, holds)}
	for _, r := range rules {
		out.InPlay = append(out.InPlay, r.origin("content", ""))
		out.add(r, holds)
	}
	out.Items = s.requirements(rules, holds)
	for _, c := range s.contacts {
		if place != "" && covers(c.Jurisdiction, place) {
			out.Contacts = append(out.Contacts, c.clone())
		}
	}
	return out
}

func (s Set) contentRules(place string, x Situation) []rule {
	x.People = map[string]int{place: 1}
	cal, _ := x.Calendar.check()
	rules, matches := s.inPlay(scene{Situation: x, people: s.tally(x.People), reckoner: reckoner{cal: cal}})
	var forced []rule
	for i, r := range rules {
		if matches[i].Force == InForce && r.individual.required {
			forced = append(forced, r)
		}
	}
	return forced
}

func (c *Content) add(r rule, holds map[string]bool) {
	if r.content.title != "" || len(r.content.headings) > 0 {
		c.Layouts = append(c.Layouts, Layout{Origin: r.origin("content", ""), Title: r.content.title, Headings: slices.Clone(r.content.headings)})
	}
	if f := r.content.format; f.minFont > 0 || f.plain != Unclear || f.clear != Unclear {
		c.Formats = append(c.Formats, Format{Origin: r.origin("content.format", ""), MinFont: f.minFont, PlainLanguage: f.plain, Conspicuous: f.clear})
	}
	m := Monitoring{Origin: r.origin("credit_monitoring", ""), Kind: r.monitoring.kind, Note: r.monitoring.note}
	need, because := requiredIf{all: r.monitoring.whenAll, any: r.monitoring.whenAny}.fires(holds)
	if r.monitoring.required && need == Required {
		m.Months, m.Because = r.monitoring.months, because
	}
	if m.Months > 0 || m.Note != "" {
		c.Monitoring = append(c.Monitoring, m)
	}
	c.Email = append(c.Email, Email{Origin: r.origin("email", ""), Primary: r.email.primary, Consent: r.email.primary == "esign" || r.email.primary == "consent",
		Restrictions: slices.Clone(r.email.restrictions), Note: r.email.note})
}

// requirements merges what rules say of each item.
func (s Set) requirements(rules []rule, holds map[string]bool) []Requirement {
	byItem := map[string][]Demand{}
	for _, r := range rules {
		for id, d := range r.demands(holds) {
			byItem[id] = append(byItem[id], d)
		}
	}
	var all []Requirement
	for _, item := range s.items {
		demands := byItem[item.ID]
		if len(demands) == 0 {
			continue
		}
		need := slices.MaxFunc(demands, func(a, b Demand) int { return strength(a.Need) - strength(b.Need) }).Need
		all = append(all, Requirement{Item: item.clone(), Need: need, Demands: demands})
	}
	return all
}

func strength(n Need) int { return slices.Index([]Need{IfKnown, Required, Prohibited}, n) }

// restrained are restrictions of e-mail that a text can be searched for.
var restrained = map[string]struct {
	id   string
	need Need
}{
	"no_request_for_personal_information":         {"link_requesting_personal_info", Prohibited},
	"no_link_to_request_for_personal_information": {"link_requesting_personal_info", Prohibited},
	"phishing_warning_required":                   {"phishing_warning", Required},
}

// demands gives the strongest thing that the rule says of each item.
func (r rule) demands(holds map[string]bool) map[string]Demand {
	all := map[string]Demand{}
	say := func(ids []string, need Need, field string, because []string) {
		for _, id := range ids {
			if d, said := all[id]; !said || strength(need) > strength(d.Need) {
				all[id] = Demand{Origin: r.origin(field, ""), Need: need, Because: because}
			}
		}
	}
	say(r.content.required, Required, "content.required", nil)
	for _, x := range r.content.requiredIf {
		if need, because := x.fires(holds); need != "" {
			say(x.ids, need, "content.required_if", because)
		}
	}
	say(r.content.prohibited, Prohibited, "content.prohibited", nil)
	if holds[ByEmail] {
		for _, x := range r.email.restrictions {
			if item, ok := restrained[x]; ok {
				say([]string{item.id}, item.need, "email.restrictions", []string{ByEmail})
			}
		}
	}
	return all
}

// fires tells whether all of all hold and one of any, if there are any. With
// only the condition "known" in the way it asks: the item is required once the
// fact is known.
func (x requiredIf) fires(holds map[string]bool) (Need, []string) {
	need, because := Required, []string(nil)
	for _, c := range x.all {
		switch {
		case c == known:
			need = IfKnown
		case !holds[c]:
			return "", nil
		default:
			because = append(because, c)
		}
	}
	if len(x.any) == 0 {
		return need, because
	}
	some := slices.DeleteFunc(slices.Clone(x.any), func(c string) bool { return c == known || !holds[c] })
	switch {
	case len(some) > 0:
		return need, append(because, some...)
	case slices.Contains(x.any, known):
		return IfKnown, because
	}
	return "", nil
}
