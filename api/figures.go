package api

import (
	"time"

	"forthwith/internal/obligation"
)

// countedView is how many people of a place are affected, and what became of them.
type countedView struct {
	Place    string                     `json:"place"`
	Affected int                        `json:"affected"`
	Reached  map[obligation.Reached]int `json:"reached"`
}

func viewCounted(c obligation.Count) countedView {
	v := countedView{c.Place, c.Affected(), map[obligation.Reached]int{}}
	for _, r := range obligation.Reaches {
		v.Reached[r] = c.Reached[r]
	}
	return v
}

func (h obligations) counted(q request) (obligation.Figures, error) {
	no, err := anIncident.in(q)
	if err != nil {
		return obligation.Figures{}, err
	}
	return h.service.Figures(q.UserContext(), q.actor, no)
}

func (h obligations) figures(q request) error {
	f, err := h.counted(q)
	if err != nil {
		return err
	}
	all := make([]countedView, len(f.Counts))
	for i, c := range f.Counts {
		all[i] = viewCounted(c)
	}
	return q.JSON(map[string]any{"as_of": f.At, "places": all})
}

// formView is a place's figures with what else forms ask, in words.
type formView struct {
	AsOf time.Time `json:"as_of"`
	countedView
	First   *time.Time      `json:"first_sent_at"`
	Last    *time.Time      `json:"last_sent_at"`
	Entries []formEntryView `json:"entries"`
	Text    string          `json:"text"`
}

type formEntryView struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

func (h obligations) form(q request) error {
	f, err := h.counted(q)
	if err != nil {
		return err
	}
	c, there := f.Of(q.Params("place"))
	if !there {
		return obligation.ErrNobodyThere
	}
	entries := f.Form(c)
	v := formView{AsOf: f.At, countedView: viewCounted(c), First: f.First, Last: f.Last, Text: obligation.Text(entries)}
	for _, e := range entries {
		v.Entries = append(v.Entries, formEntryView(e))
	}
	return q.JSON(v)
}
