package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
)

// answerTime bounds the work of one page, uploadTime that of one file.
const (
	answerTime = 30 * time.Second
	uploadTime = time.Hour
)

// policy lets a page load what we serve, and nothing else; no script or style
// stands in a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'"

type handler func(v *visit) error

// open registers a page that needs nobody to be signed in.
func (w *site) open(app *fiber.App, method, path string, h handler) {
	app.Add(method, path, w.handle(h))
}

// get registers a page for those who are signed in. HEAD is GET without a body
// (RFC 9110 9.3.2).
func (w *site) get(app *fiber.App, path string, h handler) {
	app.Get(path, w.handle(w.signedIn(h)))
}

// post registers a change by a form. It is done once for each form that was
// shown.
func (w *site) post(app *fiber.App, path string, h handler) {
	app.Post(path, w.handle(w.signedIn(w.genuine(w.once(h)))))
}

// unkept registers a form whose answer is a file, tells a secret once, or shows
// what nothing is done about: it is never kept, and each press counts.
func (w *site) unkept(app *fiber.App, path string, h handler) {
	app.Post(path, w.handle(w.signedIn(w.genuine(shownAgain(h)))))
}

// upload registers a form with a file, whose body the handler reads itself.
func (w *site) upload(app *fiber.App, path string, h handler) {
	app.Post(path, w.within(uploadTime, w.signedIn(h)))
}

// handle makes a visit of a request and a page of every error.
func (w *site) handle(h handler) fiber.Handler { return w.within(answerTime, h) }

func (w *site) within(limit time.Duration, h handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, policy)
		ctx, cancel := context.WithTimeout(c.UserContext(), limit)
		defer cancel()
		c.SetUserContext(ctx)
		defer squeeze(c)
		v := &visit{Ctx: c, site: w}
		err := h(v)
		if c.Method() == fiber.MethodPost {
			w.stood.forget()
		}
		if err != nil {
			return v.refuse(err)
		}
		return nil
	}
}

// signedIn finds who the session belongs to. A form whose session has ended
// keeps its text: see keepThrough.
func (w *site) signedIn(h handler) handler {
	return func(v *visit) error {
		signed, err := w.Staff.Resume(v.UserContext(), v.Cookies(w.cookie(sessionCookie)))
		switch {
		case fault.KindOf(err) == fault.Unauthenticated:
			return v.keepThrough()
		case err != nil:
			return err
		}
		v.who = signed
		httpguard.SetActor(v.Ctx, signed.Actor)
		return h(v)
	}
}

// missing answers for every address that no route knows, but those of the API.
func (w *site) missing(c *fiber.Ctx) error {
	if isAPI(c.Path()) {
		return fiber.ErrNotFound
	}
	return w.handle(func(v *visit) error {
		if signed, err := w.Staff.Resume(v.UserContext(), v.Cookies(w.cookie(sessionCookie))); err == nil {
			v.who = signed
		}
		return fault.New(fault.NotFound, "page_missing", nil)
	})(c)
}
