package notice

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vanng822/go-premailer/premailer"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/language"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// Limits of a text.
const (
	MaxOutput     = 256 << 10 // bytes of a rendered part
	maxSubject    = 200       // characters, rendered
	longestLocale = 35        // RFC 5646 4.4.1
)

// Source is one variant as its author wrote it.
type Source struct {
	Locale        string   `json:"locale"`        // BCP 47
	Jurisdictions []string `json:"jurisdictions"` // ISO 3166; none: everywhere else
	Subject       string   `json:"subject"`
	Body          string   `json:"body"`
}

// Skeleton is a compiled variant: three template sources, the fields that they
// use, and the links. It is a pure function of its Source, and part of what is
// hashed and approved.
type Skeleton struct {
	Subject string  `json:"subject"` // for text/template
	Text    string  `json:"text"`    // for text/template
	HTML    string  `json:"html"`    // for html/template
	Fields  []Field `json:"fields"`
	Links   []Link  `json:"links"`
}

// Compile makes the skeleton. Every mistake is named with its line.
func (s Source) Compile() (Skeleton, error) {
	m := mistakes{where: where(0)}
	out := s.compile(&m)
	return out, fault.Wrongs(m.fields)
}

func (s Source) compile(m *mistakes) Skeleton {
	if len(s.Locale) > longestLocale || !phrase.IsLocale(s.Locale) { // people carry canonical tags
		m.in("locale", "locale_unknown", fault.Values{"locale": shown(s.Locale)})
	}
	m.source = s.lines()
	b := &body{mistakes: m}
	subject := b.subject(s.Subject)
	switch {
	case !b.checkBounds():
		return Skeleton{}
	case len(bytes.TrimSpace(m.source)) == 0:
		m.at(0, "text_empty", nil)
		return Skeleton{}
	case !b.checkSource():
		return Skeleton{}
	}
	out := b.render(language.Make(s.Locale), subject)
	if len(m.fields) > 0 {
		return Skeleton{}
	}
	return out
}

// lines is the body with one kind of line end.
func (s Source) lines() []byte {
	return []byte(strings.ReplaceAll(strings.ReplaceAll(s.Body, "\r\n", "\n"), "\r", "\n"))
}

func (b *body) render(tag language.Tag, subject string) Skeleton {
	md := markdown(b)
	doc := md.Parser().Parse(text.NewReader(b.source))
	if b.checkDeep(doc, 0) {
		b.checkNodes(doc)
	}
	if len(b.mistakes.fields) > 0 {
		return Skeleton{}
	}
	var content bytes.Buffer
	if err := md.Renderer().Render(&content, b.source, doc); err != nil {
		b.at(0, "text_not_compiled", nil)
		return Skeleton{}
	}
	if content.Len() > MaxOutput {
		b.at(0, "text_large", fault.Values{"limit": MaxOutput >> 10})
		return Skeleton{}
	}
	cells := strings.ReplaceAll(content.String(), "<td", `<td class="cell"`)
	html, err := inlined(page(tag, subject, cells))
	if err != nil || len(html) > MaxOutput {
		b.at(0, "text_large", fault.Values{"limit": MaxOutput >> 10})
		return Skeleton{}
	}
	return Skeleton{
		Subject: b.template(subject), Text: b.template(b.plain(doc)), HTML: b.template(html),
		Fields: append([]Field{}, b.fields...), Links: append([]Link{}, b.links...),
	}
}

// inlined writes the style into each element and drops the classes.
func inlined(page string) (string, error) {
	o := premailer.NewOptions()
	o.RemoveClasses, o.CssToAttributes = true, false
	p, err := premailer.NewPremailerFromString(page, o)
	if err != nil {
		return "", fmt.Errorf("inline style: %w", err)
	}
	out, err := p.Transform()
	if err != nil {
		return "", fmt.Errorf("inline style: %w", err)
	}
	return out, nil
}

// template puts actions in place of marks. Double braces that are left came
// from the author's text, by a detour that the parser did not see.
func (b *body) template(s string) string {
	if strings.Contains(s, "{{") || strings.Contains(s, "}}") {
		if len(b.mistakes.fields) == 0 {
			b.at(0, "field_unfinished", nil)
		}
		return ""
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, string(markOpen))
		if !found {
			out.WriteString(before)
			return out.String()
		}
		if brace, ends := strings.CutSuffix(before, "{"); ends {
			before = brace + `{{"{"}}` // a brace of the text must not join those of the action
		}
		out.WriteString(before)
		no, after, _ := strings.Cut(rest, string(markClose))
		i, err := strconv.Atoi(no)
		if err == nil && i < len(b.fields) {
			out.WriteString("{{." + b.fields[i].place() + "}}")
		}
		s = after
	}
}

// place is where a field's value stands in the template's data.
func (f Field) place() string {
	if f.List {
		return "list_" + f.Group + "." + f.Name
	}
	return f.Group + "." + f.Name
}

// subject reads the subject line: one line of text with fields.
func (b *body) subject(s string) string {
	s = strings.TrimSpace(s)
	bad := !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Co, r) || r == '\u2028' || r == '\u2029'
	})
	switch {
	case s == "":
		b.in("subject", "subject_empty", nil)
	case bad:
		b.in("subject", "subject_control", nil)
	case utf8.RuneCountInString(s) > maxSubject:
		b.in("subject", "subject_too_long", fault.Values{"limit": maxSubject})
		return ""
	case leftovers.MatchString(s):
		b.in("subject", "subject_leftover", fault.Values{"text": strings.TrimSpace(leftovers.FindString(s))})
	}
	if bad {
		return ""
	}
	out := inTarget.ReplaceAllStringFunc(s, func(m string) string {
		f, code, like := parseField(m[2 : len(m)-2])
		if code != "" {
			b.in("subject", "subject_field", fault.Values{"field": shown(strings.TrimSpace(m[2 : len(m)-2])), "like": like})
			return ""
		}
		return mark(b.field(f.String(), 0))
	})
	if strings.Contains(out, "{{") || strings.Contains(out, "}}") {
		b.in("subject", "subject_unfinished", nil)
		return ""
	}
	return out
}
