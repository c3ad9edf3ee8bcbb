package web

import (
	"strconv"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// uses are what a column can become, in the order of the choice.
var uses = []intake.Kind{intake.Ignore, intake.Email, intake.Name, intake.Reference, intake.Phone, intake.Postal, intake.Jurisdiction, intake.Locale,
	intake.Timezone, intake.Consent, intake.Attribute, intake.SecretAttribute, intake.Merge}

// columnOf offers what a column can become, with the proposal chosen.
func columnOf(p intake.Preview, i int) columnRow {
	t := p.Mapping[i]
	row := columnRow{No: i, Name: p.Columns[i], Cells: p.Veiled(i, shownCells), As: t.Name, Country: t.Country, Summary: moreWords(t),
		Label: phrase.Say("column_use", map[string]any{"column": p.Columns[i]})}
	if i < len(p.Guesses) {
		g := p.Guesses[i]
		row.Why = phrase.Say(string(g.Why), map[string]any{"fits": g.Fits, "of": g.Of})
	}
	for j, cell := range row.Cells {
		switch cell {
		case intake.Hidden:
			row.Cells[j] = phrase.Say("cell_hidden", nil)
		case "":
			row.Cells[j] = "–"
		}
	}
	for _, k := range uses {
		row.Uses = append(row.Uses, views.Option{Value: k.String(), Text: phrase.Say("use_"+k.String(), nil), Chosen: k == t.Kind})
	}
	for _, typ := range []intake.Type{intake.Text, intake.Number, intake.Date} {
		row.Types = append(row.Types, views.Option{Value: string(typ), Text: phrase.Say("type_"+string(typ), nil), Chosen: typ == t.Type})
	}
	return row
}

// moreWords says in short what a target is besides its kind.
func moreWords(t intake.Target) string {
	switch {
	case t.Country != "":
		return phrase.Say("more_country", map[string]any{"country": t.Country})
	case t.Kind == intake.Attribute:
		return phrase.Say("more_attribute", map[string]any{"name": t.Name, "type": phrase.Say("type_"+string(t.Type), nil)})
	case t.Name != "":
		return t.Name
	}
	return phrase.Say("more_none", nil)
}

// useWords says what a column became.
func useWords(t intake.Target) string {
	kind := phrase.Say("use_"+t.Kind.String(), nil)
	if t.Name == "" && t.Country == "" {
		return kind
	}
	return phrase.Say("name_state", map[string]any{"name": kind, "state": moreWords(t)})
}

// mapping reads what the form says of each column, in the form of the API.
func (v *visit) mapping() map[string]string {
	all := map[string]string{}
	for i := 0; v.form.Has(numbered("column", i)); i++ {
		all[v.form.Get(numbered("column", i))] = v.target(i)
	}
	return all
}

func numbered(name string, i int) string { return name + "." + strconv.Itoa(i) }

// target reads one column. A part that its use does not take is left out.
func (v *visit) target(i int) string {
	use, as, country := v.field(numbered("use", i)), v.field(numbered("as", i)), v.field(numbered("country", i))
	switch {
	case use == intake.Attribute.String():
		return use + ":" + as + ":" + v.field(numbered("type", i))
	case use == intake.SecretAttribute.String(), use == intake.Merge.String():
		return use + ":" + as
	case use == intake.Jurisdiction.String() && country != "":
		return use + ":" + strings.ToUpper(country)
	}
	return use
}

// atColumns names faults of a mapping by the fields of the form.
func (v *visit) atColumns(err error) error {
	places := map[string]string{"mapping": numbered("use", 0)}
	for i := 0; v.form.Has(numbered("column", i)); i++ {
		places["mapping."+v.form.Get(numbered("column", i))] = numbered("use", i)
	}
	return moved(err, func(name string) string { return places[name] })
}

// atDialect names what is wrong with a file by the field that can mend it.
func atDialect(err error) error {
	return moved(err, func(name string) string {
		if name == "file" {
			return "header_row"
		}
		return ""
	})
}

// moved gives the fields of a fault the names that a page has for them; where
// there is none, a field keeps its name.
func moved(err error, to func(name string) string) error {
	f, ok := fault.As(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	out := *f
	out.Fields = nil
	for _, field := range f.Fields {
		if name := to(field.Name); name != "" {
			field.Name = name
		}
		out.Fields = append(out.Fields, field)
	}
	return &out
}
