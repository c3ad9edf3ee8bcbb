package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
)

// texted makes a notice with a version of one text, and gives both.
func (r *rig) texted(body string) (notice, version string) {
	r.t.Helper()
	notice = r.must(r.as(access.Ops, "POST", "/incidents/"+r.incident()+"/notices", map[string]string{"name": "Told"}), 201, "a notice").text("id")
	return notice, r.saved(notice, body)
}

func (r *rig) saved(notice, body string) string {
	r.t.Helper()
	draft := map[string]any{"default_locale": "en", "variants": []any{map[string]any{"locale": "en", "subject": "About your account", "body": body}}}
	return r.must(r.as(access.Ops, "POST", "/notices/"+notice+"/versions", draft), 201, "a version").text("id")
}

func TestACommentStaysWithItsParagraph(t *testing.T) {
	r := newRig(t)
	notice, first := r.texted("# Hello\n\nYour address was seen.\n\nWrite to us.\n")
	made := r.must(r.as(access.Legal, "POST", "/versions/"+first+"/comments", map[string]any{"variant": 0, "line": 3, "body": " Say by whom. "}), 201, "a comment")
	if made.text("body") != "Say by whom." || made.text("state") != "open" || made.doc["line"] != 3.0 || made.doc["changed"] != false {
		t.Errorf("made %s", made.raw)
	}
	if at := made.header.Get("Location"); at != Prefix+"/versions/"+first+"/comments" {
		t.Errorf("it is at %s", at)
	}
	r.must(r.as(access.Ops, "POST", "/versions/"+first+"/comments", map[string]any{"body": "All of it is short."}), 201, "a comment on all of it")
	moved := r.saved(notice, "# Hello\n\nDear reader,\n\nYour address was seen.\n\nWrite to us.\n")
	changed := r.saved(notice, "# Hello\n\nYour address was seen by somebody.\n\nWrite to us.\n")
	for version, want := range map[string]struct {
		line    any
		changed bool
	}{first: {3.0, false}, moved: {5.0, false}, changed: {nil, true}} {
		got := r.must(r.as(access.Auditor, "GET", "/versions/"+version+"/comments", nil), 200, version).items()
		if len(got) != 2 {
			t.Fatalf("%s has %v", version, got)
		}
		here, _ := got[0]["here"].(map[string]any)
		if here["line"] != want.line || got[0]["changed"] != want.changed || got[0]["line"] != 3.0 || got[1]["variant"] != nil || got[1]["changed"] != false {
			t.Errorf("%s: %v", version, got)
		}
	}
	r.must(r.as(access.Legal, "POST", "/versions/"+moved+"/comments", map[string]any{"body": "Later."}), 201, "a later comment")
	if got := r.must(r.as(access.Legal, "GET", "/versions/"+first+"/comments", nil), 200, "the first").items(); len(got) != 2 {
		t.Errorf("an earlier version tells of %d comments, also of a later one", len(got))
	}
}

func TestCommentsVoidNothingAndAreResolvedOnce(t *testing.T) {
	r := newRig(t)
	_, version := r.texted("Your address was seen.\n")
	before := r.must(r.as(access.Legal, "GET", "/versions/"+version, nil), 200, "the version")
	id := r.must(r.as(access.Legal, "POST", "/versions/"+version+"/comments", map[string]any{"body": "Say by whom."}), 201, "a comment").text("id")
	after := r.must(r.as(access.Legal, "GET", "/versions/"+version, nil), 200, "the version")
	if string(before.raw) != string(after.raw) {
		t.Errorf("a comment made of %s\n%s", before.raw, after.raw)
	}
	if got := r.as(access.Ops, "POST", "/comments/"+id+"/resolve", nil); got.status != 403 || got.code() != "comment_of_another" {
		t.Errorf("another person resolves it: %d %s", got.status, got.raw)
	}
	own := r.must(r.as(access.Ops, "POST", "/versions/"+version+"/comments", map[string]any{"body": "Mine."}), 201, "a comment").text("id")
	for role, no := range map[access.Role]string{access.Legal: id, access.Ops: own} {
		got := r.must(r.as(role, "POST", "/comments/"+no+"/resolve", nil), 200, "resolve")
		if told, _ := got.doc["resolved"].(map[string]any); got.text("state") != "resolved" || told["by"] == "" {
			t.Errorf("resolved %s", got.raw)
		}
		if got := r.as(role, "POST", "/comments/"+no+"/resolve", nil); got.status != 409 || got.code() != "comment_is_resolved" {
			t.Errorf("it is resolved again: %d %s", got.status, got.raw)
		}
	}
	for query, want := range map[string]int{"": 2, "?state=open": 0, "?state=resolved": 2, "?state=open,resolved": 2} {
		if got := r.must(r.as(access.Auditor, "GET", "/versions/"+version+"/comments"+query, nil), 200, query).items(); len(got) != want {
			t.Errorf("%q gives %d, want %d", query, len(got), want)
		}
	}
}

func TestWhatIsNoCommentIsRefused(t *testing.T) {
	r := newRig(t)
	_, version := r.texted("# Hello\n\nYour address\nwas seen.\n")
	for name, c := range map[string]struct {
		body        map[string]any
		code, field string
	}{
		"nothing":              {map[string]any{"body": " \n"}, "field_missing", "body"},
		"too long":             {map[string]any{"body": strings.Repeat("é", 4001)}, "field_too_long", "body"},
		"a NUL":                {map[string]any{"body": "a\x00b"}, "field_wrong_type", "body"},
		"a text that is none":  {map[string]any{"body": "a", "variant": 1, "line": 1}, "comment_no_text", "variant"},
		"a text before all":    {map[string]any{"body": "a", "variant": -1, "line": 1}, "comment_no_text", "variant"},
		"no paragraph begins":  {map[string]any{"body": "a", "variant": 0, "line": 4}, "comment_no_paragraph", "line"},
		"an empty line":        {map[string]any{"body": "a", "variant": 0, "line": 2}, "comment_no_paragraph", "line"},
		"a line without text":  {map[string]any{"body": "a", "line": 1}, "comment_spot_half", "variant"},
		"a text without line":  {map[string]any{"body": "a", "variant": 0}, "comment_spot_half", "line"},
		"a number that is far": {map[string]any{"body": "a", "variant": 0, "line": 9000000000000000000}, "comment_no_paragraph", "line"},
		"a name that is none":  {map[string]any{"body": "a", "place": 1}, "unknown_field", "place"},
	} {
		got := r.as(access.Legal, "POST", "/versions/"+version+"/comments", c.body)
		fields, _ := got.doc["fields"].([]any)
		if got.status != 422 || len(fields) != 1 {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
			continue
		}
		if f := fields[0].(map[string]any); f["name"] != c.field || f["code"] != c.code {
			t.Errorf("%s: %v", name, f)
		}
	}
	if got := r.must(r.as(access.Legal, "GET", "/versions/"+version+"/comments", nil), 200, "none"); len(got.items()) != 0 {
		t.Errorf("kept %s", got.raw)
	}
	if got := r.as(access.Legal, "POST", "/versions/ver_99/comments", map[string]any{"body": "a"}); got.status != 404 || got.code() != "no_such_version" {
		t.Errorf("on no version: %d %s", got.status, got.raw)
	}
	if got := r.as(access.Legal, "POST", "/comments/cmt_99/resolve", nil); got.status != 404 || got.code() != "no_such_comment" {
		t.Errorf("no comment: %d %s", got.status, got.raw)
	}
}

func TestCommentsArePaged(t *testing.T) {
	r := newRig(t)
	_, version := r.texted("Your address was seen.\n")
	for _, body := range []string{"one", "two", "three"} {
		r.must(r.as(access.Ops, "POST", "/versions/"+version+"/comments", map[string]any{"body": body}), 201, body)
	}
	var all []string
	for path := "/versions/" + version + "/comments?limit=2"; path != ""; {
		got := r.must(r.as(access.Auditor, "GET", path, nil), 200, path)
		for _, c := range got.items() {
			all = append(all, c["body"].(string))
		}
		if path = ""; got.text("next_cursor") != "" {
			path = "/versions/" + version + "/comments?limit=2&cursor=" + got.text("next_cursor")
		}
	}
	if strings.Join(all, " ") != "one two three" {
		t.Errorf("read %v", all)
	}
}

func TestAClosedIncidentTakesNoComments(t *testing.T) {
	r := newRig(t)
	_, version := r.texted("Your address was seen.\n")
	id := r.must(r.as(access.Legal, "POST", "/versions/"+version+"/comments", map[string]any{"body": "Say by whom."}), 201, "a comment").text("id")
	if _, err := r.db.As(t, postgres.OwnerRole).Exec(t.Context(), "UPDATE incident SET state = 'closed'"); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]any{"/versions/" + version + "/comments": map[string]any{"body": "Late."}, "/comments/" + id + "/resolve": nil} {
		if got := r.as(access.Legal, "POST", path, body); got.status != 409 || got.code() != "incident_closed" {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
	}
}
