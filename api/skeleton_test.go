package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/identity"

	"github.com/gofiber/fiber/v2"
)

type anyone struct{}

func (anyone) Authenticate(_ context.Context, bearer string) (access.Actor, error) {
	if bearer != "good" {
		return access.Actor{}, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	return access.Actor{User: 7, Role: access.Ops}, nil
}

// memory keeps requests as the interface promises.
type memory struct {
	begun map[string]identity.Request
	kept  map[string]identity.Answer
}

func (m memory) Begin(_ context.Context, r identity.Request) (identity.Answer, error) {
	before, ok := m.begun[r.Key]
	switch {
	case !ok:
		m.begun[r.Key] = r
		return identity.Answer{}, nil
	case string(before.Body) != string(r.Body):
		return identity.Answer{}, fault.New(fault.Invalid, "key_reused", nil)
	case m.kept[r.Key].Status == 0:
		return identity.Answer{}, fault.New(fault.Conflict, "key_running", nil)
	}
	return m.kept[r.Key], nil
}

func (m memory) Keep(_ context.Context, r identity.Request, a identity.Answer) error {
	m.kept[r.Key] = a
	return nil
}

func (m memory) Forget(_ context.Context, r identity.Request) error {
	delete(m.begun, r.Key)
	return nil
}

// bench is a server with one route of each sort.
func bench(t *testing.T, h handler) *fiber.App {
	t.Helper()
	app := httpguard.NewApp(answerError)
	r := routes{app: app, signIn: anyone{}, requests: memory{map[string]identity.Request{}, map[string]identity.Answer{}}}
	r.post("/things", h)
	r.get("/things", h, pages())
	return app
}

func send(t *testing.T, app *fiber.App, method, path, body string, headers ...string) (*http.Response, map[string]any) {
	t.Helper()
	in := httptest.NewRequest(method, path, strings.NewReader(body))
	in.Header.Set("Authorization", "Bearer good")
	if body != "" {
		in.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		in.Header.Set(headers[i], headers[i+1])
	}
	out, err := app.Test(in, -1)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	_ = json.Unmarshal(raw, &doc)
	return out, doc
}

type thing struct {
	Name  string            `json:"name"`
	Count int               `json:"count"`
	Parts []part            `json:"parts"`
	Notes map[string]string `json:"notes"`
}

type part struct {
	Size *float64 `json:"size"`
}

func makeThing(q request) error {
	var v thing
	if err := q.decode(&v); err != nil {
		return err
	}
	return q.created("/things/1", v)
}

func TestEveryRefusalIsAProblemDocument(t *testing.T) {
	app := bench(t, makeThing)
	cases := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code, field              string
	}{
		{"an unknown route", "GET", "/api/v1/nothing", "", nil, 404, "no_such_route", ""},
		{"an unknown route outside the prefix", "GET", "/nothing", "", nil, 404, "no_such_route", ""},
		{"a method that the route does not take", "DELETE", "/api/v1/things", "", nil, 405, "method_not_allowed", ""},
		{"nobody signed in", "POST", "/api/v1/things", "{}", []string{"Authorization", ""}, 401, "not_signed_in", ""},
		{"another token", "POST", "/api/v1/things", "{}", []string{"Authorization", "Bearer bad"}, 401, "not_signed_in", ""},
		{"a body that is no JSON", "POST", "/api/v1/things", "{", nil, 400, "body_not_json", ""},
		{"two documents in one body", "POST", "/api/v1/things", "{} {}", nil, 400, "body_not_json", ""},
		{"a body that is not marked as JSON", "POST", "/api/v1/things", "{}", []string{"Content-Type", "text/plain"}, 415, "body_not_json_type", ""},
		{"a compressed body", "POST", "/api/v1/things", "{}", []string{"Content-Encoding", "gzip"}, 415, "body_coded", ""},
		{"a body over the limit", "POST", "/api/v1/things", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "body_too_large", ""},
		{"an unknown field", "POST", "/api/v1/things", `{"nam":"x"}`, nil, 422, "unknown_field", "nam"},
		{"a field in other letters", "POST", "/api/v1/things", `{"Name":"x"}`, nil, 422, "unknown_field", "Name"},
		{"an unknown field inside", "POST", "/api/v1/things", `{"parts":[{},{"siz":1}]}`, nil, 422, "unknown_field", "parts[1].siz"},
		{"a field of another type", "POST", "/api/v1/things", `{"count":"3"}`, nil, 422, "field_wrong_type", "count"},
		{"a value of a table of another type", "POST", "/api/v1/things", `{"notes":{"a":1}}`, nil, 422, "field_wrong_type", "notes.a"},
		{"a field given twice", "POST", "/api/v1/things", `{"count":1,"count":2}`, nil, 422, "field_twice", "count"},
		{"a body that is no object", "POST", "/api/v1/things", `[]`, nil, 422, "field_wrong_type", "body"},
		{"an unknown query name", "GET", "/api/v1/things?page=2", "", nil, 422, "unknown_query", "page"},
		{"a query name given twice", "GET", "/api/v1/things?limit=2&limit=3", "", nil, 422, "query_twice", "limit"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, doc := send(t, app, c.method, c.path, c.body, c.headers...)
			if out.StatusCode != c.status || doc["code"] != c.code || out.Header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("got %d %v %s", out.StatusCode, doc, out.Header.Get("Content-Type"))
			}
			if doc["status"] != float64(c.status) || doc["detail"] == c.code || doc["request"] != out.Header.Get("X-Request-Id") {
				t.Errorf("not whole: %v", doc)
			}
			if c.field == "" {
				return
			}
			fields, _ := doc["fields"].([]any)
			if len(fields) != 1 || fields[0].(map[string]any)["name"] != c.field {
				t.Errorf("fields are %v, want %s", fields, c.field)
			}
		})
	}
}

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	_, doc := send(t, bench(t, makeThing), "POST", "/api/v1/things", `{"nam":1,"count":"x","parts":[{"size":"y"}]}`)
	if fields, _ := doc["fields"].([]any); len(fields) != 3 {
		t.Errorf("got %v", doc)
	}
}

func TestAPanicEndsOneRequestAndSaysNothing(t *testing.T) {
	app := bench(t, func(request) error { panic("ann@example.com") })
	out, doc := send(t, app, "POST", "/api/v1/things", "{}")
	if out.StatusCode != 500 || doc["code"] != "internal" || strings.Contains(doc["detail"].(string), "@") {
		t.Errorf("got %d %v", out.StatusCode, doc)
	}
}

func TestAnErrorNobodyClassifiedIsOurs(t *testing.T) {
	out, doc := send(t, bench(t, func(request) error { return errors.New("select: secret") }), "POST", "/api/v1/things", "{}")
	if out.StatusCode != 500 || strings.Contains(doc["detail"].(string), "secret") {
		t.Errorf("got %d %v", out.StatusCode, doc)
	}
}

func TestARepeatedKeyGivesTheSameAnswerWithoutDoingItTwice(t *testing.T) {
	runs := 0
	app := bench(t, func(q request) error { runs++; return makeThing(q) })
	first, a := send(t, app, "POST", "/api/v1/things", `{"count":1}`, "Idempotency-Key", "k")
	again, b := send(t, app, "POST", "/api/v1/things", `{"count":1}`, "Idempotency-Key", "k")
	if runs != 1 || first.StatusCode != 201 || again.StatusCode != 201 || a["count"] != b["count"] || again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("%d runs, %d %v, %d %v", runs, first.StatusCode, a, again.StatusCode, b)
	}
	if other, doc := send(t, app, "POST", "/api/v1/things", `{"count":2}`, "Idempotency-Key", "k"); other.StatusCode != 422 || doc["code"] != "key_reused" {
		t.Errorf("another body: %d %v", other.StatusCode, doc)
	}
}

func TestARefusedRequestMayBeTriedAgainWithItsKey(t *testing.T) {
	refuse := true
	app := bench(t, func(q request) error {
		if refuse {
			return fault.New(fault.StepUp, "step_up_needed", nil)
		}
		return makeThing(q)
	})
	if out, _ := send(t, app, "POST", "/api/v1/things", `{}`, "Idempotency-Key", "k"); out.StatusCode != 428 {
		t.Fatal(out.StatusCode)
	}
	refuse = false
	if out, _ := send(t, app, "POST", "/api/v1/things", `{}`, "Idempotency-Key", "k"); out.StatusCode != 201 {
		t.Errorf("got %d", out.StatusCode)
	}
}

func TestPagesEndWithNull(t *testing.T) {
	app := bench(t, func(q request) error {
		p, err := q.page()
		if err != nil {
			return err
		}
		var got []int
		for i := int(p.After) + 1; i <= 5 && len(got) < p.Ask(); i++ {
			got = append(got, i)
		}
		return answerPage(q, p, got, func(i int) int64 { return int64(i) }, func(i int) int { return i })
	})
	path, seen := "/api/v1/things?limit=2", 0
	for range 5 {
		_, doc := send(t, app, "GET", path, "")
		seen += len(doc["items"].([]any))
		next, more := doc["next_cursor"].(string)
		if !more {
			break
		}
		path = "/api/v1/things?limit=2&cursor=" + next
	}
	if seen != 5 {
		t.Errorf("saw %d of 5", seen)
	}
	for _, q := range []string{"limit=0", "limit=501", "limit=x", "cursor=!", "cursor=eA"} {
		if out, doc := send(t, app, "GET", "/api/v1/things?"+q, ""); out.StatusCode != 422 {
			t.Errorf("%s: %d %v", q, out.StatusCode, doc)
		}
	}
}
