package public

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/genuine"
	"forthwith/internal/httpguard"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

//go:embed page.html
var source string

var layout = template.Must(template.New("page").Option("missingkey=error").Funcs(template.FuncMap{"icon": views.Icon}).Parse(source))

// view is what the page shows.
type view struct {
	Language phrase.Language
	Title    string // the h1
	Lead     string
	Form     bool
	Missing  bool    // the form came without a code
	Answer   *answer // nil: nothing was asked
	Typed    string
}

// answer is what is told about a code.
type answer struct {
	Icon, Tone string
	About      string // what the facts are, as a code
	Facts      *published
}

// other is a language that the page is not in.
type other struct {
	Language phrase.Language
	Name     string
}

// Say speaks the page's language.
func (v view) Say(code string) string { return v.Language.Say(code, nil) }

// Static is where files are served from.
func (v view) Static() string { return staticPath }

// Action is where the form goes; the language stays.
func (v view) Action() string { return "/check?lang=" + string(v.Language) }

// Home is the page without an answer.
func (v view) Home() string { return "/?lang=" + string(v.Language) }

// Others are the languages to choose from.
func (v view) Others() (all []other) {
	for _, l := range phrase.Languages {
		if l != v.Language {
			all = append(all, other{l, l.Say("public_own_name", nil)})
		}
	}
	return all
}

func (v view) render() ([]byte, error) {
	var out bytes.Buffer
	if err := layout.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return out.Bytes(), nil
}

// page shows the form.
func (s *site) page(c *fiber.Ctx) error { return show(c, fiber.StatusOK, form(languageOf(c))) }

func form(l phrase.Language) view {
	return view{Language: l, Title: l.Say("public_title", nil), Lead: l.Say("public_lead", nil), Form: true}
}

func show(c *fiber.Ctx, status int, v view) error {
	page, err := v.render()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentLanguage, string(v.Language))
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(page)
}

// marks are the shapes of the words.
var marks = map[genuine.Word]answer{
	genuine.Genuine:    {Icon: "check", Tone: "ok", About: "public_facts"},
	genuine.Superseded: {Icon: "back", Tone: "warn", About: "public_newer"},
	genuine.Withdrawn:  {Icon: "back", Tone: "warn"},
	genuine.Unknown:    {Icon: "question", Tone: "bad"},
}

// answered is the page with an answer. Only who may have mistyped gets the form
// with it.
func answered(l phrase.Language, a genuine.Answer, typed string) view {
	mark := marks[a.Word]
	mark.Facts = publish(l, a.Facts)
	name, said := "public_"+string(a.Word), map[string]any{}
	if a.Facts != nil {
		said["day"] = l.Day(a.Facts.First)
	}
	return view{Language: l, Title: l.Say(name, nil), Lead: l.Say(name+"_lead", said), Form: a.Word == genuine.Unknown, Answer: &mark, Typed: typed}
}

// published are facts in words; the JSON answer has those with names.
type published struct {
	Organisation string   `json:"organisation"`
	Subjects     []string `json:"subjects"`
	FromName     string   `json:"from_name"`
	From         string   `json:"from"`
	FirstDay     string   `json:"first_day"`
	LastDay      *string  `json:"last_day"` // null: it is still being sent
	NeverAsked   []string `json:"never_asked"`
	Sent         string   `json:"-"`
}

// Several tells whether the texts have different subjects.
func (p *published) Several() bool { return len(p.Subjects) > 1 }

// Withheld tells whether a subject differs from person to person.
func (p *published) Withheld() bool {
	return slices.ContainsFunc(p.Subjects, func(s string) bool { return strings.Contains(s, genuine.Withheld) })
}

func publish(l phrase.Language, f *genuine.Facts) *published {
	if f == nil {
		return nil
	}
	p := &published{Organisation: f.Organisation, Subjects: f.Subjects, FromName: f.FromName, From: f.From, FirstDay: f.First.UTC().Format(time.DateOnly), Sent: sent(l, f)}
	if !f.Last.IsZero() {
		last := f.Last.UTC().Format(time.DateOnly)
		p.LastDay = &last
	}
	for _, code := range []string{"secret", "bank", "money", "access"} {
		p.NeverAsked = append(p.NeverAsked, l.Say("public_never_"+code, nil))
	}
	return p
}

// sent says on which days it was sent.
func sent(l phrase.Language, f *genuine.Facts) string {
	first, last := l.Day(f.First), l.Day(f.Last)
	switch {
	case f.Last.IsZero():
		return l.Say("public_since", map[string]any{"first": first})
	case first == last:
		return l.Say("public_on", map[string]any{"first": first})
	}
	return l.Say("public_between", map[string]any{"first": first, "last": last})
}

// refuse answers what failed: a program with a problem, a person with a page.
func (s *site) refuse(c *fiber.Ctx, err error) error {
	status, f := httpguard.Classify(c, err)
	httpguard.Report(c, status, f, err)
	if contentType(c) == fiber.MIMEApplicationJSON {
		return httpguard.Problem(c, status, f)
	}
	httpguard.SetRetryAfter(c, status, f)
	httpguard.Close(c)
	return show(c, status, refused(languageOf(c), f))
}

// refused says what went wrong in the words of somebody who only has a code.
func refused(l phrase.Language, f *fault.Fault) view {
	if f.Code == "field_missing" {
		v := form(l)
		v.Missing = true
		return v
	}
	name := "public_refused"
	switch f.Kind {
	case fault.Limited:
		name = "public_limited"
	case fault.Unavailable, fault.Internal:
		name = "public_down"
	case fault.NotFound:
		name = "public_nothing"
	}
	return view{Language: l, Title: l.Say(name+"_title", nil), Lead: l.Say(name, f.Values)}
}
