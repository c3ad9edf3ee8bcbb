package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
)

// Matrices is what this route calls.
type Matrices struct {
	Versions interface {
		Version(ctx context.Context, by access.Actor, no id.Version) (notice.Version, error)
	}
	Cohorts interface {
		Get(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	}
}

func matrixRoutes(r routes, s Matrices) {
	r.get("/versions/:version/matrix", matrix{s}.get, query("cohort"))
}

type matrix struct{ from Matrices }

type matrixView struct {
	Cohort   id.Cohort       `json:"cohort"`
	Resolved int             `json:"resolved_size"`
	Untold   int             `json:"untold"`
	Rows     []matrixRowView `json:"rows"`
}

type matrixRowView struct {
	cohort.Group
	Variant *int `json:"variant"` // null: no text
}

func (h matrix) get(q request) error {
	no, err := aVersion.in(q)
	if err != nil {
		return err
	}
	v, err := h.from.Versions.Version(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	c, err := h.cohort(q, v.Incident)
	if err != nil {
		return err
	}
	return q.JSON(viewMatrix(c, overview.MatrixOf(v.Document.Draft(), c.Figures.Groups)))
}

func (h matrix) cohort(q request, in id.Incident) (cohort.Cohort, error) {
	if q.Query("cohort") == "" {
		return cohort.Cohort{}, fault.Wrong("cohort", "field_missing", fault.Values{"name": "cohort"})
	}
	no, err := id.ParseCohort(q.Query("cohort"))
	if err != nil {
		return cohort.Cohort{}, fault.Wrong("cohort", "no_such_cohort", nil)
	}
	c, err := h.from.Cohorts.Get(q.UserContext(), q.actor, no)
	if err == nil && c.Incident != in {
		return c, cohort.ErrNotFound
	}
	return c, err
}

func viewMatrix(c cohort.Cohort, m overview.Matrix) matrixView {
	out := matrixView{Cohort: c.ID, Resolved: c.Figures.Resolved, Untold: m.Untold, Rows: []matrixRowView{}}
	for _, r := range m.Rows {
		row := matrixRowView{Group: r.Group}
		if r.Text != overview.NoText {
			row.Variant = &r.Text
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
