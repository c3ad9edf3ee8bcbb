package api

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/letter"
	"forthwith/internal/notice"
	"forthwith/internal/notice/lint"
)

// Versions is what these routes call.
type Versions interface {
	Version(ctx context.Context, by access.Actor, no id.Version) (notice.Version, error)
	Submit(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Approve(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Reject(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Withdraw(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Answer(ctx context.Context, by access.Actor, no id.Version, findings []string, reason string) (notice.Version, error)
	Preview(ctx context.Context, by access.Actor, no id.Version, reader notice.Someone, variant int) (notice.Shown, error)
	Comparing
}

func versionRoutes(r routes, s Versions) {
	h := versions{s}
	r.get("/versions/:version", h.get)
	r.get("/versions/:version/preview", h.preview, query("recipient", "variant", "format"))
	r.post("/versions/:version/answers", h.answer)
	r.post("/versions/:version/submit", h.decide(Versions.Submit))
	r.post("/versions/:version/approve", h.decide(Versions.Approve))
	r.post("/versions/:version/reject", h.decide(Versions.Reject))
	r.post("/versions/:version/withdraw", h.decide(Versions.Withdraw))
}

type versions struct{ service Versions }

type versionView struct {
	versionLine
	NoticeID      id.Notice      `json:"notice_id"`
	IncidentID    id.Incident    `json:"incident_id"`
	DefaultLocale string         `json:"default_locale"`
	Variants      []variantView  `json:"variants"`
	Blocks        []notice.Block `json:"blocks"`
	Lint          []lintView     `json:"lint"`
	Fields        []string       `json:"fields"`
	Authors       []id.User      `json:"authors"`
	Events        []eventView    `json:"events"`
}

// variantView is a text in the notice's order, by which a preview names it.
type variantView struct {
	Variant int `json:"variant"`
	notice.Source
}

// lintView is one finding. What has no law holds everywhere: if it blocks, the
// version cannot be submitted.
type lintView struct {
	Key          string         `json:"key"`
	Severity     lint.Severity  `json:"severity"`
	Rule         string         `json:"rule"`
	Result       lint.Result    `json:"result"`
	Jurisdiction string         `json:"jurisdiction"`
	Locale       string         `json:"locale"`
	Line         int            `json:"line"`
	Block        string         `json:"block"`
	Message      string         `json:"message"`
	Fix          string         `json:"fix"`
	Law          string         `json:"law"`
	Citation     string         `json:"citation"`
	AsOf         string         `json:"rule_as_of"`
	Confidence   string         `json:"confidence"`
	Answer       *findingAnswer `json:"answer"`
}

// findingAnswer is why a finding needs no change of the text.
type findingAnswer struct {
	Reason string    `json:"reason"`
	By     id.User   `json:"by"`
	At     time.Time `json:"at"`
}

func viewFinding(f notice.Finding) lintView {
	out := lintView{f.Key, f.Severity, f.Rule, f.Result, f.Jurisdiction, f.Locale, f.Line, f.Block, f.Message, f.Fix, f.Law, f.Citation, f.AsOf, f.Confidence, nil}
	if a := f.Answer; a != nil {
		out.Answer = &findingAnswer{a.Reason, a.By, a.At}
	}
	return out
}

type eventView struct {
	Kind    notice.EventKind `json:"kind"`
	By      id.User          `json:"by"`
	At      time.Time        `json:"at"`
	Comment string           `json:"comment"`
}

func viewVersion(v notice.Version) versionView {
	out := versionView{versionLine: versionLine{v.ID, v.No, v.State, v.SHA256, v.CreatedBy, v.CreatedAt}, NoticeID: v.Notice, IncidentID: v.Incident,
		DefaultLocale: v.Document.DefaultLocale, Variants: []variantView{}, Blocks: append([]notice.Block{}, v.Document.Blocks...), Lint: []lintView{}, Fields: []string{}, Authors: append([]id.User{}, v.People.Authors...), Events: []eventView{}}
	for i, s := range v.Document.Sources() {
		out.Variants = append(out.Variants, variantView{i, s})
	}
	for _, f := range v.Lint {
		out.Lint = append(out.Lint, viewFinding(f))
	}
	for _, f := range v.Document.Fields() {
		out.Fields = append(out.Fields, f.String())
	}
	for _, e := range v.Events {
		out.Events = append(out.Events, eventView(e))
	}
	return out
}

func (h versions) get(q request) error { return one(q, aVersion, h.service.Version, as(viewVersion)) }

// verdict names the hash that the person saw.
type verdict struct {
	SHA256  canon.Hash `json:"sha256"`
	Comment string     `json:"comment"`
}

type deciding func(s Versions, ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)

func (h versions) decide(by deciding) handler {
	return func(q request) error {
		no, body, err := bodyFor[verdict](q, aVersion)
		if err != nil {
			return err
		}
		if body.SHA256.IsZero() {
			return fault.Wrong("sha256", "field_missing", fault.Values{"name": "sha256"})
		}
		return then(q, as(viewVersion))(by(h.service, q.UserContext(), q.actor, no, body.SHA256, body.Comment))
	}
}

// answersBody is one reason for some findings, by their keys.
type answersBody struct {
	Findings []string `json:"findings"`
	Reason   string   `json:"reason"`
}

func (h versions) answer(q request) error {
	no, body, err := bodyFor[answersBody](q, aVersion)
	if err != nil {
		return err
	}
	return then(q, as(viewVersion))(h.service.Answer(q.UserContext(), q.actor, no, body.Findings, body.Reason))
}

type shownView struct {
	Variant int    `json:"variant"`
	Locale  string `json:"locale"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

// preview answers with both parts as JSON, or with one of them as a page. A
// page may do nothing: no script, no form, no picture, no address.
func (h versions) preview(q request) error {
	no, err := aVersion.in(q)
	if err != nil {
		return err
	}
	reader, variant, err := whom(q)
	if err != nil {
		return err
	}
	format := q.Query("format")
	if format != "" && format != "html" && format != "text" && format != "eml" {
		return fault.Wrong("format", "field_not_one_of", fault.Values{"name": "format", "choices": "html, text, eml"})
	}
	shown, err := h.service.Preview(q.UserContext(), q.actor, no, reader, variant)
	if err != nil {
		return err
	}
	switch format {
	case "html":
		q.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'")
		q.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return q.SendString(shown.Message.HTML)
	case "text":
		q.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
		return q.SendString(shown.Message.Text)
	case "eml":
		raw, err := letter.Preview(shown.Message, shown.Compiled)
		if err != nil {
			return err
		}
		q.Attachment("preview-" + no.String() + ".eml")
		q.Set(fiber.HeaderContentType, "message/rfc822")
		return q.Send(raw)
	}
	return q.JSON(shownView{shown.Variant, shown.Source.Locale, shown.Message.Subject, shown.Message.Text, shown.Message.HTML})
}

// whom reads whose notice is to be shown; without a person and a variant it is
// the sample person's.
func whom(q request) (reader notice.Someone, variant int, err error) {
	variant = -1
	if reader, err = notice.ParseSomeone(q.Query("recipient")); err != nil {
		return reader, variant, err
	}
	if text := q.Query("variant"); text != "" {
		if variant, err = strconv.Atoi(text); err != nil || variant < 0 {
			return reader, variant, fault.Wrong("variant", "field_wrong_type", fault.Values{"name": "variant", "want": "a whole number"})
		}
	}
	return reader, variant, nil
}
