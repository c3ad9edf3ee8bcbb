package notice

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	texttemplate "text/template"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/fault"
)

// Values holds, for each field's key such as merge.account, the values of one
// person in the order in which they are to be told.
type Values map[string][]string

// Message is what one person is told.
type Message struct {
	Subject string // one line
	Text    string // lines end in LF
	HTML    string
}

// Text is a skeleton made ready to render. It is safe for use by several
// goroutines at once.
type Text struct {
	skeleton Skeleton
	subject  *texttemplate.Template
	text     *texttemplate.Template
	html     *template.Template
}

// Load makes a skeleton ready. It fails only on a skeleton that Compile did
// not make.
func (s Skeleton) Load() (*Text, error) {
	const strict = "missingkey=error"
	subject, err := texttemplate.New("subject").Option(strict).Parse(s.Subject)
	if err != nil {
		return nil, fmt.Errorf("load subject: %w", err)
	}
	text, err := texttemplate.New("text").Option(strict).Parse(s.Text)
	if err != nil {
		return nil, fmt.Errorf("load text part: %w", err)
	}
	html, err := template.New("html").Option(strict).Parse(s.HTML)
	if err != nil {
		return nil, fmt.Errorf("load HTML part: %w", err)
	}
	return &Text{s, subject, text, html}, nil
}

// Skeleton gives what the text was loaded from.
func (t *Text) Skeleton() Skeleton { return t.skeleton }

// Render fills in one person's values. It fails with value_missing or
// several_values, naming the field; with link_unsafe for a fact that is no
// link; and with output_too_long. A value is always text: it can add no tag,
// no header, no line and no field.
func (t *Text) Render(v Values) (Message, error) {
	plain, html, err := t.data(v)
	if err != nil {
		return Message{}, err
	}
	var m Message
	if m.Subject, err = execute(t.subject, plain); err != nil {
		return Message{}, err
	}
	if m.Text, err = execute(t.text, plain); err != nil {
		return Message{}, err
	}
	if m.HTML, err = execute(t.html, html); err != nil {
		return Message{}, err
	}
	return m, m.check()
}

func (m Message) check() error {
	switch {
	case utf8.RuneCountInString(m.Subject) > maxSubject:
		return fault.New(fault.Invalid, "subject_too_long", fault.Values{"limit": maxSubject})
	case strings.Contains(m.HTML, "#ZgotmplZ"):
		return fault.New(fault.Invalid, "link_unsafe", nil)
	case len(m.HTML) > MaxOutput || len(m.Text) > MaxOutput:
		return fault.New(fault.Invalid, "output_too_long", fault.Values{"limit": MaxOutput >> 10})
	}
	return nil
}

type tree map[string]map[string]string

func (t tree) put(f Field, value string) {
	group, name, _ := strings.Cut(f.place(), ".")
	if t[group] == nil {
		t[group] = map[string]string{}
	}
	t[group][name] = value
}

// data arranges the values as the templates name them. The text parts cannot
// mark up a value, so that a direction of its own is isolated by characters.
func (t *Text) data(v Values) (plain, html tree, err error) {
	plain, html = tree{}, tree{}
	for _, f := range t.skeleton.Fields {
		value, err := f.value(v)
		if err != nil {
			return nil, nil, err
		}
		html.put(f, value)
		plain.put(f, isolated(value))
	}
	return plain, html, nil
}

// value finds the one value of a field, or all of a list.
func (f Field) value(v Values) (string, error) {
	var distinct []string
	for _, raw := range v[f.Key()] {
		if c := clean(raw); c != "" && !slices.Contains(distinct, c) {
			distinct = append(distinct, c)
		}
	}
	switch {
	case len(distinct) == 0:
		return "", fault.New(fault.Invalid, "value_missing", fault.Values{"field": f.Key()})
	case len(distinct) > 1 && !f.List:
		return "", fault.New(fault.Invalid, "several_values", fault.Values{"field": f.Key(), "list": "{{list " + f.Key() + "}}"})
	}
	return strings.Join(distinct, ", "), nil
}

// clean makes one line of a value: runs of controls and line ends become a
// space. Everything else stays, joiners of real names included.
func clean(s string) string {
	breaks := func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
	}
	if strings.ContainsFunc(s, breaks) {
		s = strings.Join(strings.FieldsFunc(s, breaks), " ")
	}
	return strings.TrimSpace(s)
}

// isolated puts a value that steers the direction of text between isolates
// (Unicode UAX 9), and closes what it left open.
func isolated(s string) string {
	open := 0
	steers := false
	for _, r := range s {
		switch {
		case r >= '\u2066' && r <= '\u2068':
			open++
		case r == '\u2069' && open > 0:
			open--
		case r == '\u2069':
			s = strings.Replace(s, "\u2069", "", 1) // it would close our own
		}
		steers = steers || unicode.Is(unicode.Bidi_Control, r)
	}
	if !steers {
		return s
	}
	return "\u2068" + s + strings.Repeat("\u2069", open+1)
}

// executor is what text and HTML templates have in common.
type executor interface {
	Name() string
	Execute(w io.Writer, data any) error
}

// execute runs one template. Its error names no value.
func execute(t executor, data tree) (string, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("render %s: a field has no value or the template is broken", t.Name())
	}
	return out.String(), nil
}
