package httpguard

import (
	"errors"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/logkey"
	"forthwith/internal/phrase"
)

// problem is an error as RFC 9457 tells it. Its type is about:blank: the title
// is the status in words, and code is what programs branch on.
type problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail"`
	Code    string         `json:"code"`
	Fields  []problemField `json:"fields,omitempty"`
	Request string         `json:"request"`
}

type problemField struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

const problemType = "application/problem+json"

// Problem answers a program with what failed, and closes a connection whose
// body was not read.
func Problem(c *fiber.Ctx, status int, f *fault.Fault) error {
	SetRetryAfter(c, status, f)
	Close(c)
	return c.Status(status).JSON(describe(status, f, RequestID(c)), problemType)
}

// usualWait is told when something is down and nobody knows for how long.
const usualWait = 5 * time.Second

// SetRetryAfter says how long to wait, where waiting helps.
func SetRetryAfter(c *fiber.Ctx, status int, f *fault.Fault) {
	if status != fiber.StatusTooManyRequests && status != fiber.StatusServiceUnavailable {
		return
	}
	wait := f.RetryAfter
	if wait <= 0 {
		wait = usualWait
	}
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

// Classify gives the status of an error, and the fault that tells it.
func Classify(c *fiber.Ctx, err error) (int, *fault.Fault) {
	if f, ok := fault.As(err); ok && f.Kind != fault.Internal {
		return Status(f.Kind), f
	}
	var routing *fiber.Error
	switch {
	case errors.Is(err, id.ErrForm):
		return fiber.StatusNotFound, fault.New(fault.NotFound, "no_such_id", nil)
	case errors.As(err, &routing):
		return routed(c, routing)
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return fiber.StatusRequestEntityTooLarge, fault.New(fault.TooLarge, "body_too_large", fault.Values{"limit": JSONLimit >> 20})
	}
	return fiber.StatusInternalServerError, fault.New(fault.Internal, "internal", fault.Values{"request": RequestID(c)})
}

// routed tells what the server itself refuses before a handler is found.
func routed(c *fiber.Ctx, e *fiber.Error) (int, *fault.Fault) {
	switch {
	case e.Code == fiber.StatusNotFound:
		return e.Code, fault.New(fault.NotFound, "no_such_route", nil)
	case e.Code == fiber.StatusMethodNotAllowed:
		return e.Code, fault.New(fault.NotFound, "method_not_allowed", fault.Values{"method": c.Method()})
	case e.Code >= 400 && e.Code < 500:
		return e.Code, fault.New(fault.Malformed, "request_malformed", nil)
	}
	return fiber.StatusInternalServerError, fault.New(fault.Internal, "internal", fault.Values{"request": RequestID(c)})
}

func describe(status int, f *fault.Fault, request string) problem {
	p := problem{Type: "about:blank", Title: fasthttp.StatusMessage(status), Status: status, Detail: phrase.Say(f.Code, f.Values), Code: f.Code, Request: request}
	for _, w := range f.Fields {
		p.Fields = append(p.Fields, problemField{Name: w.Name, Code: w.Code, Message: phrase.Say(w.Code, w.Values)})
	}
	return p
}

// Report logs what failed, once. No line holds anything that was sent.
func Report(c *fiber.Ctx, status int, f *fault.Fault, err error) {
	about := []any{logkey.Request, RequestID(c), logkey.Method, c.Method(), logkey.Route, c.Route().Path,
		logkey.Status, status, logkey.Code, f.Code, logkey.User, Actor(c).String()}
	if status >= 500 {
		slog.Error("request failed", append(about, logkey.Error, err.Error())...)
		return
	}
	slog.Info("request refused", about...)
}
