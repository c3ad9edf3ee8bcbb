package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
)

// Comments is what these routes call.
type Comments interface {
	Comment(ctx context.Context, by access.Actor, no id.Version, at *notice.Spot, text string) (notice.Comment, error)
	Comments(ctx context.Context, by access.Actor, no id.Version, after id.Comment, limit int, where ...filter.Equal) ([]notice.Comment, error)
	ResolveComment(ctx context.Context, by access.Actor, no id.Comment) (notice.Comment, error)
}

func commentRoutes(r routes, s Comments) {
	h := comments{s}
	r.get("/versions/:version/comments", h.list, pages(anyOf("state", notice.CommentStates)))
	r.post("/versions/:version/comments", h.create)
	r.post("/comments/:comment/resolve", h.resolve)
}

type comments struct{ service Comments }

// commentView is one comment. Its text and line are those of the version that it
// was made on; "here" is its paragraph in the version that is asked about.
type commentView struct {
	ID        id.Comment          `json:"id"`
	VersionID id.Version          `json:"version_id"`
	State     notice.CommentState `json:"state"`
	Variant   *int                `json:"variant"`
	Line      *int                `json:"line"`
	Here      *notice.Spot        `json:"here"`
	Changed   bool                `json:"changed"`
	Body      string              `json:"body"`
	MadeBy    id.User             `json:"made_by"`
	At        time.Time           `json:"at"`
	Resolved  *settledView        `json:"resolved"`
}

type settledView struct {
	By id.User   `json:"by"`
	At time.Time `json:"at"`
}

func viewComment(c notice.Comment) commentView {
	v := commentView{ID: c.ID, VersionID: c.Version, State: c.State(), Here: c.Here, Changed: c.Changed(), Body: c.Body, MadeBy: c.By, At: c.At}
	if c.Anchor != nil {
		v.Variant, v.Line = &c.Anchor.Variant, &c.Anchor.Line
	}
	if c.Resolved != nil {
		v.Resolved = &settledView{c.Resolved.By, c.Resolved.At}
	}
	return v
}

// commentDraft is a comment to make; on the whole version when it names no
// paragraph.
type commentDraft struct {
	Variant *int   `json:"variant"`
	Line    *int   `json:"line"`
	Body    string `json:"body"`
}

// check refuses half the name of a paragraph.
func (d commentDraft) check() error {
	switch {
	case d.Variant == nil && d.Line != nil:
		return fault.Wrong("variant", "comment_spot_half", fault.Values{"name": "variant"})
	case d.Variant != nil && d.Line == nil:
		return fault.Wrong("line", "comment_spot_half", fault.Values{"name": "line"})
	}
	return nil
}

// spot is the paragraph that is named, if one is.
func (d commentDraft) spot() *notice.Spot {
	if d.Variant == nil {
		return nil
	}
	return &notice.Spot{Variant: *d.Variant, Line: *d.Line}
}

func (h comments) create(q request) error {
	no, body, err := bodyFor[commentDraft](q, aVersion)
	if err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	return then(q, madeComment)(h.service.Comment(q.UserContext(), q.actor, no, body.spot(), body.Body))
}

func madeComment(q request, c notice.Comment) error {
	return q.created("/versions/"+c.Version.String()+"/comments", viewComment(c))
}

func (h comments) list(q request) error {
	return listIn(q, aVersion, h.service.Comments, func(c notice.Comment) id.Comment { return c.ID }, viewComment)
}

func (h comments) resolve(q request) error {
	return one(q, aComment, h.service.ResolveComment, as(viewComment))
}
