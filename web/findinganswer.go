package web

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Answering keeps why findings need no change of a text.
type Answering interface {
	Answer(ctx context.Context, by access.Actor, no id.Version, findings []string, reason string) (notice.Version, error)
}

func (w *site) answerRoutes(app *fiber.App) {
	w.get(app, "/versions/:version/answer", (*visit).showAnswering)
	w.post(app, "/versions/:version/answer", (*visit).answerFindings)
}

// answeringURL leads to the findings of one rule in one place, or to all.
func answeringURL(no id.Version, f notice.Finding) string {
	all := versionURL(no) + "/answer"
	if f.Law == "" {
		return all
	}
	return all + "?" + url.Values{"law": {f.Law}, "place": {f.Jurisdiction}}.Encode()
}

// answeringBody are findings that one reason may be given for.
type answeringBody struct {
	Path, URL, Law, Place string
	Lead, Source          string
	Findings              []views.Option
	Given                 []lintRow // what was answered already
	Why                   string    // why the reader cannot answer, and who can
}

func (v *visit) showAnswering() error {
	p, err := v.answeringPage()
	if err != nil {
		return err
	}
	return v.show("answer-findings", p)
}

func (v *visit) answeringPage() (views.Page, error) {
	o, err := v.version()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	b := answeringBody{Path: versionURL(o.ID) + "/answer", URL: versionURL(o.ID) + "#lint", Law: v.either("law"), Place: v.either("place"), Lead: phrase.Say("answering_lead", nil)}
	if b.fill(o.Lint, names); len(b.Findings) == 0 { // of a rule that found nothing: all are shown
		b.Law, b.Place = "", ""
		b.fill(o.Lint, names)
	}
	if f, ok := fault.As(access.AnswerFindings.Allow(v.actor())); ok {
		b.Why = sentence(f.Code, f.Values)
	} else if !v.mayIn(access.AnswerFindings, s) {
		b.Why = phrase.Say("incident_is_closed", nil)
	}
	title := phrase.Say("answering_title", nil)
	if b.Place != "" {
		title = phrase.Say("answering_title_law", map[string]any{"place": placeNames([]string{b.Place})})
	}
	back := &views.Link{Text: phrase.Say("answering_back", map[string]any{"version": versionName(o.No)}), URL: b.URL}
	return views.Page{Title: title, Bar: bar, Back: back, Body: b}, nil
}

// either is a value of the address, or of the form that it was sent on with.
func (v *visit) either(name string) string {
	if sent := v.field(name); sent != "" {
		return sent
	}
	return v.Query(name)
}

func (b *answeringBody) fill(found []notice.Finding, names staffNames) {
	seen := map[string]bool{}
	for _, f := range found {
		if f.Key == "" || seen[f.Key] || b.Law != "" && (f.Law != b.Law || f.Jurisdiction != b.Place) {
			continue
		}
		if seen[f.Key] = true; b.Law != "" {
			b.Source = f.Citation
		}
		b.Findings = append(b.Findings, views.Option{Value: f.Key, Text: f.Message, Hint: f.Fix})
		if f.Answer != nil {
			b.Given = append(b.Given, lintRowOf(f, names))
		}
	}
}

// answerFindings keeps one reason for the findings that were chosen.
func (v *visit) answerFindings() error {
	v.refused(onScreen("answer-findings", (*visit).answeringPage))
	no, err := id.ParseVersion(v.Params("version"))
	if err != nil {
		return err
	}
	if err := v.chose("findings"); err != nil {
		return err
	}
	if _, err := v.Answering.Answer(v.UserContext(), v.actor(), no, v.form["findings"], v.field("reason")); err != nil {
		return err
	}
	return v.to(versionURL(no) + "#lint")
}
