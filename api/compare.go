package api

import (
	"context"
	"strconv"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
)

// Comparing is what this route calls.
type Comparing interface {
	Compare(ctx context.Context, by access.Actor, no id.Version, with notice.Comparison) ([]notice.Change, error)
}

func compareRoutes(r routes, s Comparing) {
	r.get("/versions/:version/diff", comparing{s}.get, query("against", "variant", "with"))
}

type comparing struct{ service Comparing }

// textChangeView is what became of one text.
type textChangeView struct {
	Locale        string          `json:"locale"`
	Jurisdictions []string        `json:"jurisdictions"`
	Kind          notice.EditKind `json:"kind"`
	Subject       []editView      `json:"subject"`
	Body          []editView      `json:"body"`
}

type editView struct {
	Kind notice.EditKind `json:"kind"`
	Text string          `json:"text"`
}

func viewEdits(all []notice.Edit) []editView {
	out := make([]editView, len(all))
	for i, e := range all {
		out[i] = editView(e)
	}
	return out
}

func (h comparing) get(q request) error {
	no, err := aVersion.in(q)
	if err != nil {
		return err
	}
	if err := access.ReadIncident.Allow(q.actor); err != nil { // before what is wrong with the question
		return err
	}
	with, err := comparison(q)
	if err != nil {
		return err
	}
	changes, err := h.service.Compare(q.UserContext(), q.actor, no, with)
	if err != nil {
		return err
	}
	texts := make([]textChangeView, len(changes))
	for i, c := range changes {
		texts[i] = textChangeView{c.Locale, orEmpty(c.Jurisdictions), c.Kind, viewEdits(c.Subject), viewEdits(c.Body)}
	}
	return q.JSON(map[string]any{"texts": texts})
}

// comparison reads what is compared: with another version, or two texts.
func comparison(q request) (with notice.Comparison, err error) {
	if text := q.Query("against"); text != "" {
		if with.Against, err = id.ParseVersion(text); err != nil {
			return with, fault.Wrong("against", "field_wrong_type", fault.Values{"name": "against", "want": "the id of a version"})
		}
		return with, nil
	}
	for name, into := range map[string]*int{"variant": &with.From, "with": &with.To} {
		if *into, err = strconv.Atoi(q.Query(name)); err != nil {
			return with, fault.Wrong(name, "field_wrong_type", fault.Values{"name": name, "want": "a whole number"})
		}
	}
	return with, nil
}
