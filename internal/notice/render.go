package notice

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
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
	pieces   Pieces
	keys     []string                          // of the fields, in their order
	fixed    struct{ subject, text, html int } // bytes without values
}

// Load makes a skeleton ready. It fails only on a skeleton that Compile did
// not make.
func (s Skeleton) Load() (*Text, error) {
	p, err := s.pieces()
	if err != nil {
		return nil, err
	}
	t := &Text{skeleton: s, pieces: p}
	for _, f := range s.Fields {
		t.keys = append(t.keys, f.Key())
	}
	t.fixed.subject, t.fixed.text, t.fixed.html = fixedBytes(p.Subject), fixedBytes(p.Text), fixedBytes(p.HTML)
	return t, nil
}

// Skeleton gives what the text was loaded from.
func (t *Text) Skeleton() Skeleton { return t.skeleton }

// Pieces gives the parts as they are put together for each person.
func (t *Text) Pieces() Pieces { return t.pieces }

// Render fills in one person's values. It fails with value_missing or
// several_values, naming the field; with link_unsafe for a fact that is no
// link; and with output_too_long. A value is always text: it can add no tag,
// no header, no line and no field.
func (t *Text) Render(v Values) (Message, error) {
	f, err := t.Fill(v)
	if err != nil {
		return Message{}, err
	}
	if t.large(f) {
		return Message{}, tooLarge()
	}
	m := t.message(f)
	return m, m.check()
}

func (t *Text) message(f Filled) Message {
	return Message{Join(t.pieces.Subject, f), Join(t.pieces.Text, f), Join(t.pieces.HTML, f)}
}

// Fits tells whether a rendered text would be within its limits and its links
// safe, as Render does, without rendering it where that is plain to see.
func (t *Text) Fits(f Filled) error {
	switch {
	case t.large(f):
		return tooLarge()
	case t.small(f) && !t.leadsAstray(f):
		return nil
	}
	return t.message(f).check()
}

// large tells whether a part is over its limit whatever its values look like:
// one that a text names a thousand times is not put together to be measured.
func (t *Text) large(f Filled) bool {
	return t.fixed.text+valueBytes(t.pieces.Text, f.plain) > MaxOutput || t.fixed.html+valueBytes(t.pieces.HTML, f.html) > MaxOutput
}

func tooLarge() error {
	return fault.New(fault.Invalid, "output_too_long", fault.Values{"limit": MaxOutput >> 10})
}

// escapedMost is the most bytes that one byte of a value becomes.
const escapedMost = 9

// small tells whether no limit can be reached, however values are escaped.
func (t *Text) small(f Filled) bool {
	return t.fixed.subject+valueBytes(t.pieces.Subject, f.plain) <= maxSubject &&
		t.fixed.text+valueBytes(t.pieces.Text, f.plain) <= MaxOutput &&
		t.fixed.html+escapedMost*valueBytes(t.pieces.HTML, f.plain) <= MaxOutput
}

func valueBytes(pieces []Piece, values []string) int {
	n := 0
	for _, p := range pieces {
		if p.slot {
			n += len(values[p.field])
		}
	}
	return n
}

// leadsAstray tells whether a value makes a link that is not safe.
func (t *Text) leadsAstray(f Filled) bool {
	for _, p := range t.pieces.HTML {
		if p.slot && (p.link && strings.Contains(p.Of(f), unsafeLink) || strings.Contains(f.html[p.field], unsafeLink)) {
			return true
		}
	}
	return false
}

// Shown gives subject and text with the fields between braces, as an author
// writes them.
func (t *Text) Shown() (subject, text string) {
	f := Filled{plain: make([]string, len(t.skeleton.Fields))}
	for i, field := range t.skeleton.Fields {
		f.plain[i] = "{{" + field.String() + "}}"
	}
	return Join(t.pieces.Subject, f), Join(t.pieces.Text, f)
}

// Join puts pieces together for one person.
func Join(pieces []Piece, f Filled) string {
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(p.Of(f))
	}
	return out.String()
}

func (m Message) check() error {
	switch {
	case utf8.RuneCountInString(m.Subject) > maxSubject:
		return fault.New(fault.Invalid, "subject_too_long", fault.Values{"limit": maxSubject})
	case strings.Contains(m.HTML, unsafeLink):
		return fault.New(fault.Invalid, "link_unsafe", nil)
	case len(m.HTML) > MaxOutput || len(m.Text) > MaxOutput:
		return tooLarge()
	}
	return nil
}

// Fill finds the value of every field of one person. It fails as Render does.
// The plain parts cannot mark up a value, so that a direction of its own is
// isolated there by characters.
func (t *Text) Fill(v Values) (Filled, error) {
	n := len(t.skeleton.Fields)
	all := make([]string, 2*n)
	f := Filled{plain: all[:n:n], html: all[n:]}
	for i, field := range t.skeleton.Fields {
		value, err := field.value(v[t.keys[i]])
		if err != nil {
			return Filled{}, err
		}
		f.html[i], f.plain[i] = value, phrase.Isolated(value)
	}
	return f, nil
}

// value finds the one value of a field, or all of a list.
func (f Field) value(given []string) (string, error) {
	if len(given) == 1 {
		if one := clean(given[0]); one != "" {
			return one, nil
		}
	}
	var distinct []string
	for _, raw := range given {
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
	if !phrase.Printable(s) && strings.ContainsFunc(s, breaks) {
		s = strings.Join(strings.FieldsFunc(s, breaks), " ")
	}
	return strings.TrimSpace(s)
}
