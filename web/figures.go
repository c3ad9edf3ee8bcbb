package web

import (
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func figuresURL(no id.Incident) string { return incidentURL(no) + "/figures" }

// placesBody counts affected people by place.
type placesBody struct {
	AsOf views.When
	Rows []countedRow
}

type countedRow struct {
	Name, URL             string
	Affected, Told, Other int
}

// reachedBy reads the figures of an incident.
func (v *visit) reachedBy(no id.Incident) (obligation.Figures, error) {
	return v.Obligations.Figures(v.UserContext(), v.actor(), no)
}

func (w *site) showFigures(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	f, err := v.reachedBy(no)
	if err != nil {
		return err
	}
	b := placesBody{AsOf: v.when(f.At)}
	for _, c := range f.Counts {
		told := c.Reached[obligation.Told]
		b.Rows = append(b.Rows, countedRow{obligation.PlaceName(c.Place), figuresURL(no) + "/" + c.Place, c.Affected(), told, c.Affected() - told})
	}
	bar, _, err := v.bar(no, partClock)
	if err != nil {
		return err
	}
	back := &views.Link{Text: phrase.Say("clock_title", nil), URL: clockURL(no)}
	return v.show("figures", views.Page{Title: phrase.Say("places_title", nil), Bar: bar, Back: back, Body: b})
}

// formBody is what the form of an authority asks about one place.
type formBody struct {
	AsOf    views.When
	Sum     views.Sum
	Entries []obligation.Entry
	Text    string
}

func (w *site) showForm(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	f, err := v.reachedBy(no)
	if err != nil {
		return err
	}
	c, there := f.Of(v.Params("place"))
	if !there {
		return obligation.ErrNobodyThere
	}
	b := formBody{AsOf: v.when(f.At), Entries: f.Form(c), Sum: reachedSum(c)}
	b.Text = obligation.Text(b.Entries)
	bar, _, err := v.bar(no, partClock)
	if err != nil {
		return err
	}
	back := &views.Link{Text: phrase.Say("places_title", nil), URL: figuresURL(no)}
	return v.show("form", views.Page{Title: phrase.Say("form_title", map[string]any{"place": obligation.PlaceName(c.Place)}), Bar: bar, Back: back, Body: b})
}

// reachedLooks are the parts of the bar as those of deliveries that they are like.
var reachedLooks = map[obligation.Reached]string{obligation.Told: "accepted", obligation.Unclear: "indeterminate", obligation.Waiting: "pending",
	obligation.Failed: "rejected", obligation.LeftOut: "excluded", obligation.NoAddress: "unaddressed", obligation.NotYet: "held"}

func reachedSum(c obligation.Count) views.Sum {
	var parts []views.Term
	for _, r := range obligation.Reaches {
		if n := c.Reached[r]; n > 0 {
			parts = append(parts, views.Term{Status: reachedLooks[r], Count: int64(n), Hatched: r == obligation.Unclear, Word: phrase.Say("reached_"+string(r), nil)})
		}
	}
	return sumOf(phrase.Say("sum_people", nil), parts)
}
