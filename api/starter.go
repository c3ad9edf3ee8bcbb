package api

import (
	"forthwith/internal/access"
	"forthwith/internal/notice"
	"forthwith/templates"
)

func starterRoutes(r routes) { r.get("/starters", listStarters) }

// starterView is a text to begin a notice with. Its variants go into a version
// as they are.
type starterView struct {
	ID            string          `json:"id"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	Regimes       []string        `json:"regimes"`
	Conditions    []string        `json:"conditions"`
	DefaultLocale string          `json:"default_locale"`
	Variants      []notice.Source `json:"variants"`
}

// listStarters answers with all of them: they are part of the program.
func listStarters(q request) error {
	if err := access.ReadSettings.Allow(q.actor); err != nil {
		return err
	}
	return q.JSON(map[string]any{"items": views(templates.All(), func(s templates.Starter) starterView {
		return starterView{s.ID, s.Title, s.Description, orEmpty(s.Regimes), orEmpty(s.Conditions), s.DefaultLocale, views(s.Variants, func(t templates.Variant) notice.Source {
			return notice.Source{Locale: t.Locale, Jurisdictions: orEmpty(t.Jurisdictions), Subject: t.Subject, Body: t.Body}
		})}
	})})
}
