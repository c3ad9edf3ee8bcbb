package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"go.yaml.in/yaml/v4"

	"forthwith/internal/identity"
	"forthwith/internal/postgres/pgtest"
)

var update = flag.Bool("update", false, "write openapi.json anew from openapi.yaml")

// TestTheServedDocumentIsTheHandWrittenOne keeps openapi.json fresh:
// go test ./api -run Served -update
func TestTheServedDocumentIsTheHandWrittenOne(t *testing.T) {
	raw, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	made, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(made, document) {
		t.Error("openapi.json is not what openapi.yaml says: go test ./api -run Served -update")
	}
}

func TestTheDocumentIsValid(t *testing.T) {
	if err := readDocument(t, document).Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

func readDocument(t testing.TB, raw []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEveryRouteIsDescribedAndEveryDescriptionIsARoute walks both ways.
func TestEveryRouteIsDescribedAndEveryDescriptionIsARoute(t *testing.T) {
	described := map[string]bool{}
	for path, item := range readDocument(t, document).Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	registered := map[string]bool{}
	for _, route := range registeredRoutes() {
		registered[route] = true
		if !described[route] {
			t.Errorf("%s is not in openapi.yaml", route)
		}
	}
	for route := range described {
		if !registered[route] {
			t.Errorf("%s is in openapi.yaml and no route", route)
		}
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

// registeredRoutes are the routes under the prefix, as the document spells them.
func registeredRoutes() []string {
	var out []string
	for _, r := range New(rigServices(&pgtest.Database{}, identity.Service{})).GetRoutes(true) {
		path, under := strings.CutPrefix(r.Path, Prefix)
		if under && r.Method != http.MethodHead {
			out = append(out, r.Method+" "+parameter.ReplaceAllString(path, "{$1}"))
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// strictRouter reads the document with every object closed, so that an answer
// with a field that the document does not tell is found.
func strictRouter(t testing.TB) routers.Router {
	t.Helper()
	var tree any
	if err := json.Unmarshal(document, &tree); err != nil {
		t.Fatal(err)
	}
	closeObjects(tree)
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(readDocument(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func closeObjects(node any) {
	switch n := node.(type) {
	case map[string]any:
		_, properties := n["properties"].(map[string]any)
		if _, said := n["additionalProperties"]; properties && !said {
			n["additionalProperties"] = false
		}
		for _, inner := range n {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range n {
			closeObjects(inner)
		}
	}
}
