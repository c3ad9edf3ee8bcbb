package notice

import (
	"slices"
	"strings"

	"forthwith/internal/phrase"
)

// PickVariant gives the index of the variant for one person, or false when
// there is none: the person would hear nothing, and preflight stops there.
//
// Variants of a place come before variants without jurisdictions, and a state
// before its country. Within a place the person's language decides (exactly,
// then without its region, then any region of it), then the notice's default.
// A person of several places gets the first variant in the notice's order.
func PickVariant(variants []Source, defaultLocale string, jurisdictions []string, locale string) (int, bool) {
	everywhere := func(v Source) bool { return len(v.Jurisdictions) == 0 }
	for _, covers := range []func(Source) bool{among(jurisdictions), among(countries(jurisdictions)), everywhere} {
		for _, l := range []string{locale, defaultLocale} {
			if i := speaking(variants, covers, l); i >= 0 {
				return i, true
			}
		}
	}
	return 0, false
}

func among(places []string) func(Source) bool {
	return func(v Source) bool {
		return slices.ContainsFunc(v.Jurisdictions, func(j string) bool { return slices.Contains(places, j) })
	}
}

// countries gives the countries of subdivisions.
func countries(places []string) []string {
	var all []string
	for _, p := range places {
		if country, _, divided := strings.Cut(p, "-"); divided {
			all = append(all, country)
		}
	}
	return all
}

func speaking(variants []Source, covers func(Source) bool, locale string) int {
	if locale == "" {
		return -1
	}
	lang := phrase.Primary(locale)
	for _, fits := range []func(string) bool{
		func(l string) bool { return strings.EqualFold(l, locale) },
		func(l string) bool { return strings.EqualFold(l, lang) },
		func(l string) bool { return strings.EqualFold(phrase.Primary(l), lang) },
	} {
		for i, v := range variants {
			if covers(v) && fits(v.Locale) {
				return i
			}
		}
	}
	return -1
}
