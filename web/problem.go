package web

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/logkey"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// isAPI tells addresses that programs use from those that people see.
func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz"
}

// classify gives the fault that tells an error.
func (v *visit) classify(err error) *fault.Fault {
	if f, ok := fault.As(err); ok && f.Kind != fault.Internal {
		return f
	}
	if errors.Is(err, id.ErrForm) {
		return fault.New(fault.NotFound, "page_missing", nil)
	}
	return fault.New(fault.Internal, "internal", fault.Values{"request": httpguard.RequestID(v.Ctx)})
}

// refuse answers with a page that says what happened and what to do.
func (v *visit) refuse(err error) error {
	f := v.classify(err)
	status := httpguard.Status(f.Kind)
	if f.RetryAfter > 0 {
		v.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	about := []any{logkey.Request, httpguard.RequestID(v.Ctx), logkey.Method, v.Method(), logkey.Route, v.Route().Path,
		logkey.Status, status, logkey.Code, f.Code, logkey.User, v.who.Actor.String()}
	if status >= 500 {
		slog.Error("page failed", append(about, logkey.Error, err.Error())...)
	} else {
		slog.Info("page refused", about...)
	}
	httpguard.Close(v.Ctx)
	return v.page(status, "problem", views.Page{Title: phrase.Say(problemTitle(f.Kind), nil), Body: problemBody{Text: sentence(f.Code, f.Values), Fields: faults(f)}})
}

type problemBody struct {
	Text   string
	Fields []views.Fault
}

func problemTitle(k fault.Kind) string {
	switch k {
	case fault.NotFound:
		return "problem_missing"
	case fault.Forbidden:
		return "problem_forbidden"
	case fault.Internal, fault.Unavailable:
		return "problem_ours"
	}
	return "problem_refused"
}

// sentence says a code in the words of a page, where those differ from what a
// program is told, and fields by their labels.
func sentence(code string, values fault.Values) string {
	said := fault.Values{}
	for name, v := range values {
		if text, ok := v.(string); ok {
			v = quoted(text)
		}
		said[name] = v
	}
	if name, ok := said["name"].(string); ok {
		said["name"] = label(name)
	}
	if name, ok := said["field"].(string); ok && code == planFieldChanged {
		said["field"] = phrase.Say("plan_field_"+name, nil)
	}
	if phrase.Has("page_" + code) {
		code = "page_" + code
	}
	return phrase.Say(code, said)
}

// planFieldChanged tells of a field of a plan, by the name that the plan has for
// it.
const planFieldChanged = "plan_field_changed"

// ofPlan tells that a fault is about a field of a plan, which no form asks for.
func ofPlan(f fault.Field) bool { return strings.HasPrefix(f.Code, "plan_") }

// longestQuote is how much of what somebody sent a sentence repeats.
const longestQuote = 100

func quoted(text string) string {
	if all := []rune(text); len(all) > longestQuote {
		return string(all[:longestQuote]) + "…"
	}
	return text
}

// label is what a page calls a field.
func label(name string) string {
	for _, code := range []string{"label_" + name, "label_" + strings.TrimPrefix(name, "texts."), "event_" + name} {
		if phrase.Has(code) {
			return phrase.Say(code, nil)
		}
	}
	return name
}

// faults gives what is wrong, field by field, each thing once.
func faults(f *fault.Fault) []views.Fault {
	var all []views.Fault
	for _, w := range f.Fields {
		if ofPlan(w) {
			w.Name = ""
		}
		if said := (views.Fault{Field: w.Name, Text: sentence(w.Code, w.Values)}); !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return all
}
