package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

func TestASharedParagraphIsWrittenOnce(t *testing.T) {
	r := newRig(t)
	notice, _ := r.texted("Words.")
	path := "/notices/" + notice + "/versions"
	draft := map[string]any{"default_locale": "en", "variants": []any{
		map[string]any{"locale": "en", "subject": "a", "body": "Hello.\n\n{{block reach_us}}"},
		map[string]any{"locale": "fr", "subject": "a", "body": "Bonjour.\n\n{{block reach_us}}"},
	}, "blocks": []any{map[string]any{"name": "reach_us", "locale": "en", "body": "Write to us."}}}
	made := r.must(r.as(access.Ops, "POST", path, draft), 201, "a version")
	blocks, _ := made.doc["blocks"].([]any)
	variants, _ := made.doc["variants"].([]any)
	if len(blocks) != 1 || len(variants) != 2 || !strings.Contains(variants[1].(map[string]any)["body"].(string), "{{block reach_us}}") {
		t.Errorf("made %s", made.raw)
	}
	for _, variant := range []string{"0", "1"} {
		shown := r.must(r.as(access.Auditor, "GET", "/versions/"+made.text("id")+"/preview?variant="+variant, nil), 200, "preview")
		if !strings.Contains(shown.text("text"), "Write to us.") {
			t.Errorf("text %s reads %q", variant, shown.text("text"))
		}
	}
	line := map[string]any{"variant": 1, "line": 4, "body": "In French, please."}
	r.must(r.as(access.Legal, "POST", "/versions/"+made.text("id")+"/comments", line), 201, "a comment on the words of a block")
	draft["blocks"] = []any{map[string]any{"name": "reach_us", "locale": "de", "body": "Write to us."}}
	got := r.as(access.Ops, "POST", path, draft)
	if fields, _ := got.doc["fields"].([]any); got.status != 422 || len(fields) != 2 || fields[0].(map[string]any)["code"] != "block_not_in_locale" || fields[0].(map[string]any)["name"] != "variants[0].body" {
		t.Errorf("a block in no fitting language: %d %s", got.status, got.raw)
	}
}
