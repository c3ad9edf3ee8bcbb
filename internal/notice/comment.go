package notice

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Comment is what somebody remarks on a version. It is no part of the version: it
// voids nothing, and whoever comments is no author of the text.
type Comment struct {
	ID       id.Comment
	Version  id.Version // on which it was made
	No       int        // the number of that version
	Incident id.Incident
	Anchor   *Anchor // nil: it is about the whole version
	Here     *Spot   // its paragraph in the version that is looked at; nil: there is none
	Body     string  // plain text, sealed where it is kept
	By       id.User
	At       time.Time
	Resolved *Resolved // nil: it is open
}

// Resolved tells who settled a comment.
type Resolved struct {
	By id.User
	At time.Time
}

// Spot is where a paragraph begins: a text by its place in the notice's order, and
// a line of its body, from 1.
type Spot struct {
	Variant int `json:"variant"`
	Line    int `json:"line"`
}

// Anchor is a paragraph of the version that a comment was made on. By the SHA-256
// of its source it is found again in later versions.
type Anchor struct {
	Spot
	SHA256 canon.Hash
}

// CommentState tells open comments from resolved ones.
type CommentState string

// The states of a comment.
const (
	CommentOpen     CommentState = "open"
	CommentResolved CommentState = "resolved"
)

// CommentStates lists every state.
var CommentStates = []CommentState{CommentOpen, CommentResolved}

// Talk is what a store keeps of comments.
type Talk interface {
	// Comments gives those on a version and on earlier ones of its notice.
	Comments(ctx context.Context, v Version, after id.Comment, limit int, where ...filter.Equal) ([]Comment, error)
	Comment(ctx context.Context, no id.Comment) (Comment, error)
}

// Talking is what a transaction does about comments.
type Talking interface {
	// Holding holds the incident of a version, refuses one that is closed, and
	// counts the open comments of the notice.
	Holding(v Version) (int, error)
	InsertComment(v Version, c Comment) (id.Comment, error)
	// Resolve settles a comment of an incident that is not closed.
	Resolve(c Comment, by id.User) error
}

// ErrNoComment means that there is no such comment.
var ErrNoComment = fault.New(fault.NotFound, "no_such_comment", nil)

// MostOpenComments bounds the open comments of a notice: a page shows all of them.
const MostOpenComments = 200

// Comment remarks something on a version, or on the paragraph that begins at a
// spot. Nil is the whole version.
func (s Service) Comment(ctx context.Context, by access.Actor, no id.Version, at *Spot, text string) (Comment, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return Comment{}, err
	}
	c := Comment{Version: no, Body: strings.TrimSpace(text), By: by.User}
	switch {
	case c.Body == "":
		return c, fault.Wrong("body", "field_missing", fault.Values{"name": "body"})
	case len([]rune(c.Body)) > longestComment:
		return c, fault.Wrong("body", "field_too_long", fault.Values{"name": "body", "limit": longestComment})
	}
	v, err := s.Store.Version(ctx, no)
	if err != nil {
		return c, err
	}
	if at != nil {
		if c.Anchor, err = v.Document.anchor(*at); err != nil {
			return c, err
		}
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		switch open, err := tx.Holding(v); {
		case err != nil:
			return err
		case open >= MostOpenComments:
			return fault.New(fault.Conflict, "comments_many", fault.Values{"limit": MostOpenComments})
		}
		if c.ID, err = tx.InsertComment(v, c); err != nil {
			return err
		}
		// The words stay in one place: the ledger has their digest.
		said := map[string]any{"comment": c.ID, "at": at, "sha256": canon.Hash(sha256.Sum256([]byte(c.Body)))}
		return tx.Record(ledger.New(by, ledger.VersionCommented, no).In(int64(v.Incident)).With(said))
	})
	if err != nil {
		return c, err
	}
	return s.comment(ctx, c.ID)
}

// comment reads one, as it stands in the version that it was made on.
func (s Service) comment(ctx context.Context, no id.Comment) (Comment, error) {
	c, err := s.Store.Comment(ctx, no)
	if err == nil && c.Anchor != nil {
		c.Here = &c.Anchor.Spot
	}
	return c, err
}

// Comments gives the comments on a version and on earlier ones of its notice, in
// order of their ids, each with its place in this version.
func (s Service) Comments(ctx context.Context, by access.Actor, no id.Version, after id.Comment, limit int, where ...filter.Equal) ([]Comment, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	v, err := s.Store.Version(ctx, no)
	if err != nil {
		return nil, err
	}
	return s.placed(ctx, v, after, limit, where...)
}

func (s Service) placed(ctx context.Context, v Version, after id.Comment, limit int, where ...filter.Equal) ([]Comment, error) {
	all, err := s.Store.Comments(ctx, v, after, limit, where...)
	if err != nil {
		return nil, err
	}
	t := texts{sources: v.Document.Texts()}
	for i := range all {
		all[i].Here = t.find(all[i], v.ID)
	}
	return all, nil
}

// OpenComments gives all that are open on a version and on earlier ones.
func (s Service) OpenComments(ctx context.Context, by access.Actor, v Version) ([]Comment, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.placed(ctx, v, 0, MostOpenComments, filter.Equal{Column: "state", Value: []string{string(CommentOpen)}})
}

// ResolveComment settles a comment for good: by who made it, or by legal.
func (s Service) ResolveComment(ctx context.Context, by access.Actor, no id.Comment) (Comment, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return Comment{}, err
	}
	c, err := s.Store.Comment(ctx, no)
	if err != nil {
		return c, err
	}
	if err := c.MayResolve(by); err != nil {
		return c, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if err := tx.Resolve(c, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.CommentResolved, c.Version).In(int64(c.Incident)).With(map[string]any{"comment": no}))
	})
	if err != nil {
		return c, err
	}
	return s.comment(ctx, no)
}

// MayResolve tells whether somebody may settle a comment.
func (c Comment) MayResolve(by access.Actor) error {
	if c.By != by.User && by.Role != access.Legal {
		return fault.New(fault.Forbidden, "comment_of_another", nil)
	}
	if c.Resolved != nil {
		return fault.New(fault.Conflict, "comment_is_resolved", nil)
	}
	return nil
}

// State tells whether somebody settled a comment.
func (c Comment) State() CommentState {
	if c.Resolved != nil {
		return CommentResolved
	}
	return CommentOpen
}

// Changed tells whether the paragraph of a comment was changed, or taken out, since.
func (c Comment) Changed() bool { return c.Anchor != nil && c.Here == nil }
