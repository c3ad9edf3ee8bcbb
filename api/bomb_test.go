package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"forthwith/internal/access"
)

func TestABombIsRefusedWithItsTextAndLine(t *testing.T) {
	r := newRig(t)
	n := r.must(r.as(access.Ops, "POST", "/incidents/"+r.incident()+"/notices", `{"name":"N"}`), 201, "notice")
	text := func(body string) string {
		raw, err := json.Marshal(map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "jurisdictions": []string{}, "subject": "S", "body": "B"},
			{"locale": "de", "jurisdictions": []string{}, "subject": "S", "body": body}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		line   string
	}{
		"5 MB":                {text(strings.Repeat("Words.\n", 5<<20/7)), 413, "body_too_large", ""},
		"700 KB":              {text(strings.Repeat("Words.\n", 700<<10/7)), 422, "text_too_long", "line 9,363"},
		"quotes in quotes":    {text("A.\n\n" + strings.Repeat("> ", 2000)), 422, "text_nested", "Line 3 "},
		"a field in a field":  {text("A.\n\n{{merge.{{org.name}}}}"), 422, "field_form", "line 3,"},
		"an unknown group":    {text("A.\n\n{{people.name}}"), 422, "field_unknown_alone", "line 3,"},
		"thousands of fields": {text(strings.Repeat("{{a.b}}\n", 5000)), 422, "text_many_lines", "line 2,001"},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.as(access.Ops, "POST", "/notices/"+n.text("id")+"/versions", c.body)
			if a.status != c.status || a.doc["code"] != c.code {
				t.Fatalf("%d %.300s", a.status, a.raw)
			}
			if c.line == "" {
				return
			}
			if raw := string(a.raw); !strings.Contains(raw, c.line) || !strings.Contains(raw, "variants[1].body") {
				t.Errorf("it names neither text nor line: %.600s", raw)
			}
		})
	}
}

// TestABodyOfManyNamesIsRefusedAtOnce sends a hundred thousand names in one body. It
// had taken twenty seconds, and was answered with 15 MB.
func TestABodyOfManyNamesIsRefusedAtOnce(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string][2]string{"of a struct": {`{"name":"x"`, "}"}, "of a map": {`{"name":"x","events":{"a":""`, "}}"}} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString(c[0])
			for i := 0; b.Len() < 1<<20-20; i++ {
				fmt.Fprintf(&b, `,"%05x":""`, i)
			}
			b.WriteString(c[1])
			begun := time.Now()
			a := r.as(access.Ops, "POST", "/incidents", b.String())
			if took := time.Since(begun); a.status != 422 || len(a.raw) > 64<<10 || took > 5*time.Second {
				t.Errorf("%d with %d bytes after %s", a.status, len(a.raw), took)
			}
		})
	}
}
