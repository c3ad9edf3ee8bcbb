package notice

import (
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/regime"
	"forthwith/templates"
)

// Starters gives the texts that the program has to begin a notice with.
func (Service) Starters(by access.Actor) ([]templates.Starter, error) {
	return templates.All(), access.ReadSettings.Allow(by)
}

// StarterDraft is a starter as its author would have typed it.
func StarterDraft(s templates.Starter) Draft {
	d := Draft{DefaultLocale: s.DefaultLocale}
	for _, v := range s.Variants {
		d.Variants = append(d.Variants, Source{Locale: v.Locale, Jurisdictions: append([]string{}, v.Jurisdictions...), Subject: v.Subject, Body: v.Body})
	}
	return d
}

// With adds the texts of a starter. Where the draft speaks one of its languages to
// everybody already, they are for the places of the starter's rules: all of them,
// since a place comes before a language. What a place hears in a language already
// it does not hear twice, so that a starter can be added again.
func (d Draft) With(s templates.Starter) Draft {
	added := StarterDraft(s).Variants
	if slices.ContainsFunc(added, func(v Source) bool { return len(v.Jurisdictions) == 0 && d.speaks(v.Locale, "") }) {
		places := regime.Builtin().Places(s.Regimes)
		for i := range added {
			if len(added[i].Jurisdictions) == 0 {
				added[i].Jurisdictions = slices.Clone(places)
			}
		}
	}
	d.Variants = slices.Clone(d.Variants)
	for _, v := range added {
		if v, heard := d.unheard(v); !heard {
			d.Variants = append(d.Variants, v)
		}
	}
	return d
}

// unheard leaves of a text the places that hear nothing in its language yet, and
// tells whether each of them does already.
func (d Draft) unheard(v Source) (left Source, heard bool) {
	if len(v.Jurisdictions) == 0 {
		return v, d.speaks(v.Locale, "")
	}
	v.Jurisdictions = slices.DeleteFunc(v.Jurisdictions, func(place string) bool { return d.speaks(v.Locale, place) })
	return v, len(v.Jurisdictions) == 0
}

// speaks tells whether the draft has a text in a language for a place, or for
// everywhere else.
func (d Draft) speaks(locale, place string) bool {
	return slices.ContainsFunc(d.Variants, func(v Source) bool {
		if !strings.EqualFold(v.Locale, locale) {
			return false
		}
		return place == "" && len(v.Jurisdictions) == 0 || slices.Contains(v.Jurisdictions, place)
	})
}
