package api

import (
	"forthwith/internal/notice"
	"forthwith/templates"
)

func starterRoutes(r routes, s Notices) { r.get("/starters", starters{s}.list) }

type starters struct{ service Notices }

// starterView is a text to begin a notice with. What its draft holds goes into a
// version as it is.
type starterView struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Regimes     []string `json:"regimes"`
	Conditions  []string `json:"conditions"`
	notice.Draft
}

func viewStarter(s templates.Starter) starterView {
	return starterView{s.ID, s.Title, s.Description, orEmpty(s.Regimes), orEmpty(s.Conditions), notice.StarterDraft(s)}
}

// list answers with all of them: they are part of the program.
func (h starters) list(q request) error {
	return then(q, func(q request, all []templates.Starter) error {
		return q.JSON(map[string]any{"items": views(all, viewStarter)})
	})(h.service.Starters(q.actor))
}
