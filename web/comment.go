package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Comments keeps what people remark on versions.
type Comments interface {
	Comment(ctx context.Context, by access.Actor, no id.Version, at *notice.Spot, text string) (notice.Comment, error)
	Comments(ctx context.Context, by access.Actor, no id.Version, after id.Comment, limit int, where ...filter.Equal) ([]notice.Comment, error)
	OpenComments(ctx context.Context, by access.Actor, v notice.Version) ([]notice.Comment, error)
	ResolveComment(ctx context.Context, by access.Actor, no id.Comment) (notice.Comment, error)
}

func (w *site) commentRoutes(app *fiber.App) {
	w.get(app, "/versions/:version/comments", (*visit).showComments)
	w.get(app, "/versions/:version/comment", (*visit).showCommenting)
	w.post(app, "/versions/:version/comment", (*visit).comment)
	w.post(app, "/comments/:comment/resolve", (*visit).resolveComment)
}

// commentingBody is a paragraph, or a whole version, to comment on.
type commentingBody struct {
	Path, URL     string
	Variant, Line string // empty: it is about the whole version
	Lead, Source  string
	Given         []remark // open comments on the same
	Why           string   // why the reader cannot comment, and who can
}

func (v *visit) showCommenting() error {
	p, err := v.commentingPage()
	if err != nil {
		return err
	}
	return v.show("comment", p)
}

// spot reads which paragraph is meant; nil is the whole version.
func (v *visit) spot() (at *notice.Spot, err error) {
	variant, line := v.either("variant"), v.either("line")
	if variant == "" && line == "" {
		return at, nil
	}
	i, errVariant := strconv.Atoi(variant)
	n, errLine := strconv.Atoi(line)
	if errVariant != nil || errLine != nil {
		return nil, errMissing
	}
	return &notice.Spot{Variant: i, Line: n}, nil
}

func (v *visit) commentingPage() (views.Page, error) {
	o, err := v.version()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	r, err := v.remarker(o, s)
	if err != nil {
		return views.Page{}, err
	}
	at, err := v.spot()
	if err != nil {
		return views.Page{}, err
	}
	b := commentingBody{Path: versionURL(o.ID) + "/comment", URL: versionURL(o.ID) + "#comments", Lead: phrase.Say("comment_lead_all", nil)}
	title := phrase.Say("comment_title_all", map[string]any{"version": versionName(o.No)})
	if at != nil {
		title = phrase.Say("comment_title", map[string]any{"line": at.Line})
		if err := b.about(r, *at); err != nil {
			return views.Page{}, err
		}
	}
	if b.Given, err = r.on(at); err != nil {
		return views.Page{}, err
	}
	if f, ok := fault.As(access.WriteNotices.Allow(v.actor())); ok {
		b.Why = sentence(f.Code, f.Values)
	} else if !r.may {
		b.Why = phrase.Say("incident_is_closed", nil)
	}
	back := &views.Link{Text: phrase.Say("answering_back", map[string]any{"version": versionName(o.No)}), URL: b.URL}
	return views.Page{Title: title, Bar: bar, Back: back, Body: b}, nil
}

// about shows the paragraph at a spot.
func (b *commentingBody) about(r remarker, at notice.Spot) error {
	if at.Variant < 0 || at.Variant >= len(r.texts) {
		return errMissing
	}
	s := r.texts[at.Variant]
	for _, p := range s.Paragraphs() {
		if p.Line == at.Line {
			b.Variant, b.Line, b.Source = strconv.Itoa(at.Variant), strconv.Itoa(at.Line), p.Source
			b.URL, b.Lead = paragraphURL(r.o.ID, at), textName(s.Locale, s.Jurisdictions)
			return nil
		}
	}
	return errMissing
}

// on shows the open comments on a paragraph, or on the whole version.
func (r remarker) on(at *notice.Spot) (rows []remark, err error) {
	all, err := r.Comments.OpenComments(r.UserContext(), r.actor(), r.o)
	for _, c := range all {
		if at == nil && c.Anchor == nil || at != nil && c.Here != nil && *c.Here == *at {
			rows = append(rows, r.remark(c, nil))
		}
	}
	return rows, err
}

// comment keeps what was typed.
func (v *visit) comment() error {
	v.refused(onScreen("comment", (*visit).commentingPage))
	no, err := id.ParseVersion(v.Params("version"))
	if err != nil {
		return err
	}
	at, err := v.spot()
	if err != nil {
		return err
	}
	if _, err := v.Comments.Comment(v.UserContext(), v.actor(), no, at, v.field("body")); err != nil {
		return err
	}
	if at != nil {
		return v.to(paragraphURL(no, *at))
	}
	return v.to(versionURL(no) + "#comments")
}

// resolveComment settles a comment, and shows the version again that was looked at.
func (v *visit) resolveComment() error {
	no, err := id.ParseComment(v.Params("comment"))
	if err != nil {
		return err
	}
	looked, err := id.ParseVersion(v.field("version"))
	if err != nil {
		return err
	}
	if _, err := v.Texts.Version(v.UserContext(), v.actor(), looked); err != nil {
		return err
	}
	v.refused(func(v *visit, err error) error { return v.versionAgain(looked, err) })
	if _, err := v.Comments.ResolveComment(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to(versionURL(looked) + "#comments")
}

// commentsBody are all comments on a version, and on earlier ones.
type commentsBody struct {
	Rows  []remark
	Pages views.Pages
}

func (v *visit) showComments() error {
	o, err := v.version()
	if err != nil {
		return err
	}
	bar, s, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return err
	}
	r, err := v.remarker(o, s)
	if err != nil {
		return err
	}
	after, err := v.after()
	if err != nil {
		return err
	}
	got, err := v.Comments.Comments(v.UserContext(), v.actor(), o.ID, id.Comment(after), pageLength+1)
	if err != nil {
		return err
	}
	var b commentsBody
	got, b.Pages = paged(v, got, func(c notice.Comment) int64 { return int64(c.ID) })
	b.Rows = r.listed(got)
	back := &views.Link{Text: phrase.Say("answering_back", map[string]any{"version": versionName(o.No)}), URL: versionURL(o.ID) + "#comments"}
	return v.show("comments", views.Page{Title: phrase.Say("comments_all_title", map[string]any{"version": versionName(o.No)}), Bar: bar, Back: back, Body: b})
}
