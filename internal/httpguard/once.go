package httpguard

import (
	"context"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/identity"
	"forthwith/internal/logkey"
)

const (
	onceHeader   = "Idempotency-Key"
	replayHeader = "Idempotent-Replayed"
	longestKey   = 255
)

// keptHeaders are those of an answer that are given again.
var keptHeaders = []string{fiber.HeaderContentType, fiber.HeaderLocation, fiber.HeaderETag}

// Once runs next, unless the same request with the same Idempotency-Key was
// answered before: then it gives that answer again. Without the header it just
// runs next. Only an answer of 2xx or 3xx is kept: a refusal changed nothing, and
// may be different the next time. What failed after something was done is not run
// again: nobody knows what the first run has left.
func Once(c *fiber.Ctx, kept identity.Requests, next func() error) error {
	key := c.Get(onceHeader)
	if key == "" {
		return next()
	}
	if len(key) > longestKey {
		return fault.Wrong(onceHeader, "field_too_long", fault.Values{"name": onceHeader, "limit": longestKey})
	}
	body, err := Body(c, JSONLimit)
	if err != nil {
		return err
	}
	c.Request().SetBody(body) // for the handler, which reads it again
	return OnceFor(c, kept, identity.Request{User: Actor(c).User, Route: c.Method() + " " + c.OriginalURL(), Key: key, Body: body}, next)
}

// OnceFor is Once for a request whose key and body the caller has read.
func OnceFor(c *fiber.Ctx, kept identity.Requests, r identity.Request, next func() error) error {
	before, err := kept.Begin(c.UserContext(), r)
	if err != nil {
		return err
	}
	if before.Status != 0 {
		return replay(c, before)
	}
	return runOnce(c, kept, r, next)
}

func runOnce(c *fiber.Ctx, kept identity.Requests, r identity.Request, next func() error) (err error) {
	// What was done is kept even when the client has gone meanwhile.
	ctx := context.WithoutCancel(c.UserContext())
	watched, did := identity.Watch(c.UserContext())
	c.SetUserContext(watched)
	answered := false
	defer func() {
		if !answered && !did() { // refused, or panicked
			free(ctx, c, kept, r)
		}
	}()
	if err = next(); err != nil {
		return err
	}
	answered = true
	if status := c.Response().StatusCode(); status < 200 || status > 399 {
		free(ctx, c, kept, r)
		return nil
	}
	if keep := kept.Keep(ctx, r, answer(c)); keep != nil {
		// The work is done and told; a repetition will hear that it still runs.
		slog.Error("answer not kept", logkey.Request, RequestID(c), logkey.Error, keep)
	}
	return nil
}

func free(ctx context.Context, c *fiber.Ctx, kept identity.Requests, r identity.Request) {
	if err := kept.Forget(ctx, r); err != nil {
		slog.Error("idempotency key not freed", logkey.Request, RequestID(c), logkey.Error, err)
	}
}

func answer(c *fiber.Ctx) identity.Answer {
	a := identity.Answer{Status: c.Response().StatusCode(), Headers: map[string]string{}, Body: append([]byte(nil), c.Response().Body()...)}
	for _, name := range keptHeaders {
		if value := c.GetRespHeader(name); value != "" {
			a.Headers[name] = value
		}
	}
	return a
}

func replay(c *fiber.Ctx, a identity.Answer) error {
	for name, value := range a.Headers {
		c.Set(name, value)
	}
	c.Set(replayHeader, "true")
	return c.Status(a.Status).Send(a.Body)
}
