package httpguard

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/logkey"
)

// requestKey is where the request id stands among the locals.
type requestKey struct{}

// RequestHeader carries the id in the answer.
const RequestHeader = "X-Request-Id"

// Identify gives the request an id of its own. One that a client sends is not
// taken over: it would reach the logs.
func Identify(c *fiber.Ctx) error {
	raw := make([]byte, 8)
	rand.Read(raw)
	name := "r-" + hex.EncodeToString(raw)
	c.Locals(requestKey{}, name)
	c.Set(RequestHeader, name)
	return c.Next()
}

// RequestID gives the id of the request; empty before Identify ran.
func RequestID(c *fiber.Ctx) string {
	name, _ := c.Locals(requestKey{}).(string)
	return name
}

// Harden sets the headers that keep a browser from guessing, framing, caching
// and telling others.
func Harden(c *fiber.Ctx) error {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	return c.Next()
}

// Recover turns a panic into an error, so that one request ends and no other.
// Its value is not logged, since it may repeat what a person sent.
func Recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			slog.Error("request panicked", logkey.Request, RequestID(c), logkey.Kind, fmt.Sprintf("%T", r), logkey.Stack, string(debug.Stack()))
			err = fmt.Errorf("serve request: panic of type %T", r)
		}
	}()
	return c.Next()
}
