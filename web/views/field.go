package views

import (
	"fmt"
	"slices"

	"forthwith/internal/phrase"
)

// Field is one input of a form with its label, hint and error.
type Field struct {
	ID, Name, Label, Hint, Error, Value string
	Type, Autocomplete, Mode, Class     string
	List                                string // the id of what it may be chosen from
	Rows                                int
	Optional                            bool
	Options                             []Option
	Checked                             bool
	Try                                 string // where a change asks for the form again, where scripts run
}

// Option is one choice of a field.
type Option struct {
	Value, Text, Hint string
	Chosen            bool
	Group             string // the heading that it stands below, in a select
}

// newField makes a field of a page out of names and values: label and hint are
// codes of the catalogue, what was typed before comes back.
func newField(p Page, name string, pairs ...any) (Field, error) {
	f := Field{ID: "f-" + name, Name: name, Type: "text", Error: p.error(name), Rows: 3}
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := f.set(fmt.Sprint(pairs[i]), pairs[i+1]); err != nil {
			return f, err
		}
	}
	typed := p.Value(name, f.Value)
	if f.Type == "password" {
		typed = ""
	}
	f.Value = typed
	for i := range f.Options {
		if p.Old != nil {
			f.Options[i].Chosen = f.Options[i].Value == typed || slices.Contains(p.Old[name], f.Options[i].Value)
		}
	}
	if p.Old != nil {
		f.Checked = p.Old.Get(name) != ""
	}
	return f, nil
}

func (f *Field) set(name string, v any) error {
	text := fmt.Sprint(v)
	switch name {
	case "label":
		f.Label = phrase.Say(text, nil)
	case "title":
		f.Label = text
	case "hint":
		f.Hint = phrase.Say(text, nil)
	case "help":
		f.Hint = text
	case "value":
		f.Value = text
	case "type":
		f.Type = text
	case "autocomplete":
		f.Autocomplete = text
	case "mode":
		f.Mode = text
	case "class":
		f.Class = text
	case "list":
		f.List = text
	case "try":
		f.Try = text
	case "id":
		f.ID = text
	case "rows":
		f.Rows, _ = v.(int)
	case "optional":
		f.Optional, _ = v.(bool)
	case "checked":
		f.Checked, _ = v.(bool)
	case "options":
		options, ok := v.([]Option)
		if !ok {
			return fmt.Errorf("options of %s are %T", f.Name, v)
		}
		f.Options = append([]Option(nil), options...)
	default:
		return fmt.Errorf("a field has no %q", name)
	}
	return nil
}

// Described names the elements that describe a field.
func (f Field) Described() string {
	out := ""
	if f.Hint != "" {
		out = f.ID + "-hint"
	}
	if f.Error != "" {
		if out != "" {
			out += " "
		}
		out += f.ID + "-error"
	}
	return out
}
