package phrase

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestGapsAreFilled(t *testing.T) {
	sentences["test"] = "{count|person|people} in ‘{name}’, {rate} a second"
	defer delete(sentences, "test")
	cases := []struct {
		name   string
		values map[string]any
		want   string
	}{
		{"one", map[string]any{"count": 1, "name": "A", "rate": 2.5}, "1 person in ‘A’, 2.5 a second"},
		{"many, with separators", map[string]any{"count": 12345, "name": "A", "rate": 50}, "12,345 people in ‘A’, 50 a second"},
		{"a large fraction", map[string]any{"count": 1, "name": "A", "rate": 2_592_000.0}, "1 person in ‘A’, 2,592,000 a second"},
		{"a small fraction", map[string]any{"count": 1, "name": "A", "rate": 0.01}, "1 person in ‘A’, 0.01 a second"},
		{"none", map[string]any{"count": 0, "name": "", "rate": 0}, "0 people in ‘’, 0 a second"},
		{"a value that is missing", map[string]any{"count": 1}, "1 person in ‘–’, – a second"},
		{"a value with braces", map[string]any{"count": 2, "name": "{rate}", "rate": 1}, "2 people in ‘{rate}’, 1 a second"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Say("test", c.values); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := Say("no such code", nil); got != "no such code" {
		t.Errorf("an unknown code says %q", got)
	}
}

// neverTold are faults that one part of the program tells another.
var neverTold = map[string]bool{"preflight_blocked": true}

// TestEveryFaultHasItsSentence reads the source for the codes of faults.
func TestEveryFaultHasItsSentence(t *testing.T) {
	found := 0
	for code, where := range codesInSource(t) {
		found++
		if !Has(code) && !neverTold[code] {
			t.Errorf("%s: %q has no sentence", where, code)
		}
	}
	if found < 100 {
		t.Errorf("only %d codes were found: the search is broken", found)
	}
}

func codesInSource(t *testing.T) map[string]string {
	t.Helper()
	codes := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if code := codeOf(n); code != "" {
				codes[code] = path
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// codeOf gives the literal code of a fault.New, a fault.Wrong or a fault.Field.
func codeOf(n ast.Node) string {
	switch v := n.(type) {
	case *ast.CallExpr:
		f, ok := v.Fun.(*ast.SelectorExpr)
		if ok && named(f.X, "fault") && (f.Sel.Name == "New" || f.Sel.Name == "Wrong") && len(v.Args) > 1 {
			return literal(v.Args[1])
		}
	case *ast.CompositeLit:
		if f, ok := v.Type.(*ast.SelectorExpr); ok && named(f.X, "fault") && f.Sel.Name == "Field" {
			for _, e := range v.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && named(kv.Key, "Code") {
					return literal(kv.Value)
				}
			}
		}
	}
	return ""
}

func named(e ast.Expr, name string) bool {
	i, ok := e.(*ast.Ident)
	return ok && i.Name == name
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value)
		return text
	}
	return ""
}

func TestPlacesAndLanguagesHaveNames(t *testing.T) {
	for code, want := range map[string]string{"US-CA": "California (US-CA)", "DE": "Germany (DE)", "FR-75": "FR-75", "XX": "XX", "": "", "none": "none", "<b>": "<b>", "US": "United States (US)"} {
		if got := Place(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	for locale, want := range map[string]string{"en": "English (en)", "pt-BR": "Brazilian Portuguese (pt-BR)", "": "", "<b>": "<b>", "none": "none"} {
		if got := Speech(locale); got != want {
			t.Errorf("%q is %q, want %q", locale, got, want)
		}
	}
}
