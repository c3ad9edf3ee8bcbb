package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"forthwith/internal/access"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    []byte
	doc    map[string]any
}

func (a answer) code() string {
	code, _ := a.doc["code"].(string)
	return code
}

func (a answer) text(name string) string {
	text, _ := a.doc[name].(string)
	return text
}

func (a answer) items() []map[string]any {
	var out []map[string]any
	items, _ := a.doc["items"].([]any)
	for _, i := range items {
		out = append(out, i.(map[string]any))
	}
	return out
}

// as sends a request in the name of a role's person.
func (r *rig) as(role access.Role, method, path string, body any, headers ...string) answer {
	r.t.Helper()
	return r.call(r.people[role].token, method, path, body, headers...)
}

// call sends a request, and holds its answer against the document. A body is
// marshalled, but for text, which is sent as it is.
func (r *rig) call(token, method, path string, body any, headers ...string) answer {
	r.t.Helper()
	in := httptest.NewRequest(method, Prefix+path, bytes.NewReader(marshal(r.t, body)))
	in.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		in.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		in.Header.Set(headers[i], headers[i+1])
	}
	out, err := r.app.Test(in, -1)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{status: out.StatusCode, header: out.Header}
	if a.raw, err = io.ReadAll(out.Body); err != nil {
		r.t.Fatal(err)
	}
	_ = json.Unmarshal(a.raw, &a.doc)
	r.hold(in, a)
	return a
}

func marshal(t *testing.T, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(b)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// hold fails the test where an answer is not what the document says.
func (r *rig) hold(in *http.Request, a answer) {
	r.t.Helper()
	if in.Method == http.MethodHead {
		return
	}
	route, params, err := r.router.FindRoute(in)
	if err != nil {
		if a.status != 404 && a.status != 405 {
			r.t.Errorf("%s %s is not in the document and answered %d", in.Method, in.URL.Path, a.status)
		}
		return
	}
	asked := &openapi3filter.RequestValidationInput{Request: in, PathParams: params, Route: route}
	given := &openapi3filter.ResponseValidationInput{RequestValidationInput: asked, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.raw)), Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateResponse(r.t.Context(), given); err != nil {
		r.t.Errorf("%s %s, %d: not as the document says: %v", in.Method, in.URL.Path, a.status, err)
	}
}

func (r *rig) must(a answer, status int, what string) answer {
	r.t.Helper()
	if a.status != status {
		r.t.Fatalf("%s: got %d %s, want %d", what, a.status, a.raw, status)
	}
	return a
}
