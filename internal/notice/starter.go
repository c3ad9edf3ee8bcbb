package notice

import (
	"forthwith/internal/access"
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
