package api

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
)

// answerTime bounds the work of one request that is no stream and no file.
const answerTime = 30 * time.Second

// routes registers handlers behind what all of them need.
type routes struct {
	app      *fiber.App
	signIn   httpguard.Authenticator
	requests identity.Requests
}

// request is what a handler gets: the HTTP request, and who sent it.
type request struct {
	*fiber.Ctx
	actor access.Actor
	where []filter.Equal // what narrows the collection that is asked for
}

type handler func(q request) error

// route says what one route allows. The zero value is a JSON request without
// query parameters that is answered in one piece.
type route struct {
	query    []string
	narrow   []narrowing
	unstored bool // no Idempotency-Key: look-ups, uploads, bodies that are files
	endless  bool // a stream or a file: no time limit
}

type option func(*route)

// query names the query parameters that a route takes; any other is an error.
func query(names ...string) option { return func(r *route) { r.query = append(r.query, names...) } }

// pages is a query for a page of a collection, narrowed by columns of its items.
func pages(by ...narrowing) option {
	return func(r *route) {
		r.narrow = by
		for _, n := range by {
			r.query = append(r.query, n.name)
		}
		r.query = append(r.query, "cursor", "limit")
	}
}

// unstored marks a route whose answers are never kept for an Idempotency-Key.
func unstored(r *route) { r.unstored = true }

// endless marks a route that streams a file or events.
func endless(r *route) { r.endless, r.unstored = true, true }

func (r routes) get(path string, h handler, options ...option) {
	r.app.Get(Prefix+path, r.guarded(h, options))
}

func (r routes) post(path string, h handler, options ...option) {
	r.app.Post(Prefix+path, r.guarded(h, options))
}

func (r routes) patch(path string, h handler, options ...option) {
	r.app.Patch(Prefix+path, r.guarded(h, options))
}

func (r routes) put(path string, h handler, options ...option) {
	r.app.Put(Prefix+path, r.guarded(h, options))
}

func (r routes) delete(path string, h handler, options ...option) {
	r.app.Delete(Prefix+path, r.guarded(h, options))
}

// guarded signs the sender in before anything of the request is read.
func (r routes) guarded(h handler, options []option) fiber.Handler {
	var allowed route
	for _, o := range options {
		o(&allowed)
	}
	return func(c *fiber.Ctx) error {
		if !allowed.endless {
			ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
			defer cancel()
			c.SetUserContext(ctx)
		}
		actor, err := httpguard.SignedIn(c, r.signIn)
		if err != nil {
			return err
		}
		if err := checkQuery(c, allowed.query); err != nil {
			return err
		}
		q := request{Ctx: c, actor: actor}
		if q.where, err = q.narrow(allowed.narrow); err != nil {
			return err
		}
		run := func() error { return h(q) }
		if c.Method() != fiber.MethodPost || allowed.unstored {
			return run()
		}
		return httpguard.Once(c, r.requests, run)
	}
}

// checkQuery refuses parameters that a route does not know, repeated ones, and
// values that are no text.
func checkQuery(c *fiber.Ctx, known []string) error {
	var wrong []fault.Field
	seen := map[string]bool{}
	for key, value := range c.Context().QueryArgs().All() {
		name := string(key)
		switch {
		case !slices.Contains(known, name):
			wrong = append(wrong, fault.Field{Name: name, Code: "unknown_query", Values: fault.Values{"name": name}})
		case seen[name]:
			wrong = append(wrong, fault.Field{Name: name, Code: "query_twice", Values: fault.Values{"name": name}})
		case !keepable(string(value)):
			wrong = append(wrong, fault.Field{Name: name, Code: "field_wrong_type", Values: fault.Values{"name": name, "want": plainText}})
		}
		seen[name] = true
	}
	return fault.Wrongs(wrong)
}
