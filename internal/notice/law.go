package notice

import (
	"slices"

	"forthwith/internal/notice/lint"
	"forthwith/internal/regime"
)

// LintTexts gives the texts of a version as the lint reads them, with what they
// quote, in the notice's order.
func (d Document) LintTexts(facts Facts) []lint.Text {
	all, texts := make([]lint.Text, 0, len(d.Variants)), d.Texts()
	for i, v := range d.Ordered() {
		all = append(all, lint.Text{Locale: v.Locale, Jurisdictions: v.Jurisdictions, Subject: v.Subject, Body: texts[i].Body, HTML: v.Compiled.HTML, Facts: facts.otherwise(v.Locale), Foreign: facts.Foreign(v.Locale)})
	}
	return all
}

// Lawful puts what the rules ask of notices into a lint: for each place that
// its people live in, under the conditions, profiles and day of a situation.
// Notices of ours are e-mails, so that what is asked of e-mails is asked.
func Lawful(in lint.Input, rules regime.Set, x regime.Situation) lint.Input {
	x.Conditions = append(slices.Clone(x.Conditions), regime.ByEmail)
	in.Laws, in.Conditions = map[string][]lint.Law{}, slices.Concat(x.Conditions, x.Profiles)
	in.Items, in.Contacts = nil, nil
	for _, it := range rules.Items() {
		in.Items = append(in.Items, lint.Item{ID: it.ID, Description: it.Said(), Fields: it.MergeFields, Headings: it.Headings, Keywords: it.Keywords, Check: it.Check})
	}
	for _, c := range rules.Contacts() {
		in.Contacts = append(in.Contacts, lint.Contact{ID: c.ID, Name: c.Name, Jurisdiction: c.Jurisdiction, Domains: c.Domains, Phones: c.Phones})
	}
	for _, p := range in.Places {
		for _, j := range placesOf(p) {
			if _, known := in.Laws[j]; !known {
				in.Laws[j] = laws(rules.Content(j, x))
			}
		}
	}
	return in
}

func placesOf(p lint.Place) []string {
	if len(p.Jurisdictions) == 0 {
		return []string{""}
	}
	return p.Jurisdictions
}

// laws takes the demands of a place apart again, by the rule that makes them:
// findings name one rule each.
func laws(c regime.Content) []lint.Law {
	var all []lint.Law
	for _, o := range c.InPlay {
		l := lint.Law{ID: o.Regime, Name: o.Name, Citation: o.Citation, AsOf: o.AsOf, Confidence: string(o.Confidence)}
		demands(&l, c.Items)
		form(&l, c)
		slices.Sort(l.Doubts)
		l.Doubts = slices.Compact(l.Doubts)
		all = append(all, l)
	}
	return all
}

func demands(l *lint.Law, items []regime.Requirement) {
	for _, r := range items {
		for _, d := range r.Demands {
			if d.Origin.Regime != l.ID {
				continue
			}
			l.Doubts = append(l.Doubts, d.Origin.LowConfidence...)
			switch d.Need {
			case regime.Required:
				l.Required = append(l.Required, r.Item.ID)
			case regime.Prohibited:
				l.Prohibited = append(l.Prohibited, r.Item.ID)
			case regime.IfKnown:
				if l.RequiredIf == nil {
					l.RequiredIf = []lint.RequiredIf{{All: []string{"known"}}}
				}
				l.RequiredIf[0].IDs = append(l.RequiredIf[0].IDs, r.Item.ID)
			}
		}
	}
}

func form(l *lint.Law, c regime.Content) {
	for _, x := range c.Layouts {
		if x.Origin.Regime == l.ID {
			l.Title, l.Headings = x.Title, x.Headings
		}
	}
	for _, x := range c.Formats {
		if x.Origin.Regime == l.ID {
			l.Doubts = append(l.Doubts, x.Origin.LowConfidence...)
			l.MinPoints, l.PlainLanguage = float64(x.MinFont), x.PlainLanguage == regime.Yes
		}
	}
	for _, x := range c.Monitoring {
		if x.Origin.Regime == l.ID {
			l.Doubts = append(l.Doubts, x.Origin.LowConfidence...)
			l.Monitoring = lint.Monitoring{Required: x.Months > 0, Months: x.Months, Note: x.Note}
		}
	}
	for _, x := range c.Email {
		if x.Origin.Regime == l.ID {
			l.Doubts = append(l.Doubts, x.Origin.LowConfidence...)
			l.Email = lint.Email{Primary: x.Primary, Restrictions: x.Restrictions, Note: x.Note}
		}
	}
}
