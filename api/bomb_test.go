package api

import (
	"encoding/json"
	"strings"
	"testing"

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
