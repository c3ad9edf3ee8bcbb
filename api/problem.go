package api

import (
	"errors"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
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

// usualWait is told when something is down and nobody knows for how long.
const usualWait = 5 * time.Second

// answerError turns every error into its answer, and logs it once.
func answerError(c *fiber.Ctx, err error) error {
	status, f := classify(c, err)
	p := describe(status, f, httpguard.RequestID(c))
	switch {
	case status == fiber.StatusUnauthorized:
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	case status == fiber.StatusTooManyRequests, status == fiber.StatusServiceUnavailable:
		wait := f.RetryAfter
		if wait <= 0 {
			wait = usualWait
		}
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	report(c, status, f, err)
	httpguard.Close(c)
	return c.Status(status).JSON(p, problemType)
}

// classify gives the status of an error, and the fault that tells it.
func classify(c *fiber.Ctx, err error) (int, *fault.Fault) {
	if f, ok := fault.As(err); ok && f.Kind != fault.Internal {
		return httpguard.Status(f.Kind), f
	}
	var routing *fiber.Error
	switch {
	case errors.Is(err, id.ErrForm):
		return fiber.StatusNotFound, fault.New(fault.NotFound, "no_such_id", nil)
	case errors.As(err, &routing):
		return routed(c, routing)
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return fiber.StatusRequestEntityTooLarge, fault.New(fault.TooLarge, "body_too_large", fault.Values{"limit": httpguard.JSONLimit >> 20})
	}
	return fiber.StatusInternalServerError, fault.New(fault.Internal, "internal", fault.Values{"request": httpguard.RequestID(c)})
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
	return fiber.StatusInternalServerError, fault.New(fault.Internal, "internal", fault.Values{"request": httpguard.RequestID(c)})
}

func describe(status int, f *fault.Fault, request string) problem {
	p := problem{Type: "about:blank", Title: fasthttp.StatusMessage(status), Status: status, Detail: phrase.Say(f.Code, f.Values), Code: f.Code, Request: request}
	for _, w := range f.Fields {
		p.Fields = append(p.Fields, problemField{Name: w.Name, Code: w.Code, Message: phrase.Say(w.Code, w.Values)})
	}
	return p
}

func report(c *fiber.Ctx, status int, f *fault.Fault, err error) {
	about := []any{logkey.Request, httpguard.RequestID(c), logkey.Method, c.Method(), logkey.Route, c.Route().Path,
		logkey.Status, status, logkey.Code, f.Code, logkey.User, httpguard.Actor(c).String()}
	if status >= 500 {
		slog.Error("request failed", append(about, logkey.Error, err.Error())...)
		return
	}
	slog.Info("request refused", about...)
}
