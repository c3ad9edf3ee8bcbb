package e2e

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// webForm is a form that changes something, as a page offers it. A button with
// an address of its own is a form of its own.
type webForm struct {
	action  string
	upload  bool
	fields  []webField
	buttons []webField
}

// webField is a field or a button of a form. Options are the choices of a
// select or of radio buttons.
type webField struct {
	name, kind, value string
	numeric           bool
	options           []string
}

// formsOf finds the forms of a page that are sent by POST.
func formsOf(page string) []webForm {
	var all []webForm
	for n := range parsed(page).Descendants() {
		if n.Data != "form" || !strings.EqualFold(attribute(n, "method"), "post") {
			continue
		}
		f := webForm{action: attribute(n, "action"), upload: attribute(n, "enctype") != ""}
		elsewhere := map[string][]webField{}
		var order []string
		for e := range n.Descendants() {
			f.add(e, func(to string, b webField) {
				if elsewhere[to] == nil {
					order = append(order, to)
				}
				elsewhere[to] = append(elsewhere[to], b)
			})
		}
		all = append(all, f)
		for _, to := range order {
			all = append(all, webForm{action: to, fields: f.fields, buttons: elsewhere[to]})
		}
	}
	return all
}

// add takes an element of a form into it.
func (f *webForm) add(e *html.Node, elsewhere func(to string, b webField)) {
	field := webField{name: attribute(e, "name"), kind: e.Data, value: attribute(e, "value"), numeric: attribute(e, "inputmode") != ""}
	switch e.Data {
	case "button":
		if to := attribute(e, "formaction"); to != "" {
			elsewhere(to, field)
			return
		}
		f.buttons = append(f.buttons, field)
	case "textarea":
		field.value = strings.TrimPrefix(textOf(e), "\n")
		f.fields = append(f.fields, field)
	case "select":
		field.choose(e)
		f.fields = append(f.fields, field)
	case "input":
		f.addInput(e, field)
	}
}

func (f *webForm) addInput(e *html.Node, field webField) {
	if field.kind = attribute(e, "type"); field.kind == "checkbox" && field.value == "yes" {
		if !has(e, "checked") {
			field.value = ""
		}
	} else if field.kind == "radio" || field.kind == "checkbox" { // several of one name
		option := field.value
		if !has(e, "checked") {
			field.value = ""
		}
		at := slices.IndexFunc(f.fields, func(o webField) bool { return o.name == field.name })
		if at < 0 {
			field.options = []string{option}
			f.fields = append(f.fields, field)
			return
		}
		f.fields[at].options = append(f.fields[at].options, option)
		f.fields[at].value += field.value
		return
	}
	f.fields = append(f.fields, field)
}

// choose reads what a select offers, and what it stands at.
func (f *webField) choose(e *html.Node) {
	f.value = ""
	for o := range e.Descendants() {
		if o.Data != "option" {
			continue
		}
		f.options = append(f.options, attribute(o, "value"))
		if has(o, "selected") {
			f.value = attribute(o, "value")
		}
	}
	if f.value == "" && len(f.options) > 0 {
		f.value = f.options[0]
	}
}

// values are what the form would send as it stands, by its first button.
func (f webForm) values() url.Values {
	out := url.Values{}
	for _, field := range f.fields {
		if field.kind == "checkbox" && field.value == "" || field.kind == "radio" && field.value == "" {
			continue
		}
		out.Set(field.name, field.value)
	}
	if len(f.buttons) > 0 && f.buttons[0].name != "" {
		out.Set(f.buttons[0].name, f.buttons[0].value)
	}
	return out
}

func (f webForm) field(name string) (webField, bool) {
	at := slices.IndexFunc(f.fields, func(o webField) bool { return o.name == name })
	if at < 0 {
		return webField{}, false
	}
	return f.fields[at], true
}

func formTo(all []webForm, action string) (webForm, bool) {
	at := slices.IndexFunc(all, func(f webForm) bool { return f.action == action })
	if at < 0 {
		return webForm{}, false
	}
	return all[at], true
}

func parsed(page string) *html.Node {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil { // only of the reader, which is a string
		panic(err)
	}
	return doc
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// firstWith finds the first element that has a class, or a name of its own.
func firstWith(doc *html.Node, class string) *html.Node {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (n.Data == class || slices.Contains(strings.Fields(attribute(n, "class")), class)) {
			return n
		}
	}
	return nil
}

// refusal is what a page says is wrong: the summary of its errors, or the
// sentence that stands under its heading.
func refusal(page string) string {
	doc := parsed(page)
	for _, class := range []string{"govuk-error-summary__list", "fw-lead"} {
		if n := firstWith(doc, class); n != nil {
			return strings.TrimSpace(textOf(n))
		}
	}
	return ""
}
