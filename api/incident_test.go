package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
)

func TestAChangeOfAnIncidentKeepsWhatItDoesNotName(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "events": map[string]string{"discovery": "2022-08-08"}, "data_types": []string{"email"}}), 201, "open")
	path := "/incidents/" + made.text("id")
	got := r.must(r.as(access.Legal, "PATCH", path, map[string]any{"summary": "S", "data_types": []string{}}, "If-Match", made.header.Get("ETag")), 200, "change")
	events, _ := got.doc["events"].(map[string]any)
	types, _ := got.doc["data_types"].([]any)
	if got.text("name") != "Mail" || got.text("summary") != "S" || events["discovery"] != "2022-08-08" || len(types) != 0 || got.doc["facts_version"] != 2.0 {
		t.Errorf("got %s", got.raw)
	}
	read := r.must(r.as(access.Auditor, "GET", path, nil), 200, "read")
	if read.header.Get("ETag") != got.header.Get("ETag") || read.text("summary") != "S" {
		t.Errorf("read %s", read.raw)
	}
	head := r.as(access.Auditor, "HEAD", path, nil)
	if head.status != 200 || len(head.raw) != 0 || head.header.Get("ETag") != got.header.Get("ETag") {
		t.Errorf("HEAD: %d %q", head.status, head.raw)
	}
}

// What is stated in further languages is changed as a whole, and refused by the
// name of the field.
func TestFactsAreStatedInFurtherLanguages(t *testing.T) {
	r := newRig(t)
	in := func(language, cause string) map[string]any {
		return map[string]any{"name": "Mail", "translations": map[string]any{language: map[string]string{"incident.cause": cause}}}
	}
	made := r.must(r.as(access.Ops, "POST", "/incidents", in("de", "Wir wurden betrogen.")), 201, "open")
	path := "/incidents/" + made.text("id")
	got := r.must(r.as(access.Legal, "PATCH", path, in("fr", "On nous a trompés."), "If-Match", made.header.Get("ETag")), 200, "change")
	if said, _ := got.doc["translations"].(map[string]any); len(said) != 1 || said["fr"] == nil {
		t.Errorf("got %s", got.raw)
	}
	for language, code := range map[string]string{"en": "translation_of_itself", "deutsch!": "fact_language_unknown"} {
		refused := r.as(access.Legal, "PATCH", path, in(language, "a"), "If-Match", got.header.Get("ETag"))
		if refused.status != 422 || !strings.Contains(string(refused.raw), "translations."+language) || !strings.Contains(string(refused.raw), code) {
			t.Errorf("%s: %d %s", language, refused.status, refused.raw)
		}
	}
}

func TestTwoChangesAtOnceOneWins(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail"}), 201, "open")
	codes := make([]int, 8)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			codes[i] = r.as(access.Ops, "PATCH", "/incidents/"+made.text("id"), map[string]any{"summary": fmt.Sprint(i)}, "If-Match", made.header.Get("ETag")).status
		})
	}
	wg.Wait()
	won := 0
	for _, code := range codes {
		if code == http.StatusOK {
			won++
		} else if code != http.StatusPreconditionFailed {
			t.Errorf("one answered %d", code)
		}
	}
	if won != 1 {
		t.Errorf("%d changes of one version", won)
	}
}

func TestARequestWithAKeyIsDoneOnceUnderFire(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			a := r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail"}, "Idempotency-Key", "one")
			if a.status != 201 && a.code() != "key_running" {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		})
	}
	wg.Wait()
	if all := r.as(access.Ops, "GET", "/incidents", nil).items(); len(all) != 1 {
		t.Errorf("%d incidents", len(all))
	}
	again := r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail"}, "Idempotency-Key", "one")
	if again.status != 201 || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("ETag") == "" {
		t.Errorf("again: %d %v", again.status, again.header)
	}
	other := r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Other"}, "Idempotency-Key", "one")
	if other.status != 422 || other.code() != "key_reused" {
		t.Errorf("another body: %d %s", other.status, other.code())
	}
	if mine := r.as(access.Legal, "POST", "/incidents", map[string]any{"name": "Other"}, "Idempotency-Key", "one"); mine.status != 201 {
		t.Errorf("somebody else's key: %d", mine.status)
	}
}

func TestPagesOfIncidentsLeaveNobodyOut(t *testing.T) {
	r := newRig(t)
	for i := range 5 {
		r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": fmt.Sprint(i)}), 201, "open")
	}
	seen := map[string]bool{}
	for path := "/incidents?limit=2"; path != ""; {
		a := r.must(r.as(access.Ops, "GET", path, nil), 200, path)
		for _, i := range a.items() {
			seen[i["id"].(string)] = true
		}
		path = ""
		if next := a.text("next_cursor"); next != "" {
			path = "/incidents?limit=2&cursor=" + next
		}
	}
	if len(seen) != 5 {
		t.Errorf("saw %d", len(seen))
	}
}

// TestWhatFailsAfterItWasDoneIsNotDoneAgain: a version is saved, and cannot be read back
// since the rules about notices are unreadable. Trying again under the same key makes
// no second one.
func TestWhatFailsAfterItWasDoneIsNotDoneAgain(t *testing.T) {
	r := newRig(t)
	n := r.must(r.as(access.Ops, "POST", "/incidents/"+r.incident()+"/notices", map[string]any{"name": "N"}), 201, "notice")
	app := r.db.As(t, postgres.AppRole)
	for _, sql := range []string{"INSERT INTO rule_set (document, version, sha256, loaded_by, loaded_at) VALUES ('x', '2030.1', sha256('x'), 1, now())",
		"INSERT INTO rule_set_activation (rule_set_no, activated_by, activated_at) SELECT rule_set_no, 1, now() FROM rule_set"} {
		if _, err := app.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	draft := map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "subject": "S", "body": "B"}}}
	for _, want := range []string{"rules_unreadable", "key_running"} {
		if a := r.as(access.Ops, "POST", "/notices/"+n.text("id")+"/versions", draft, "Idempotency-Key", "one"); a.doc["code"] != want {
			t.Errorf("%d, want %s: %.200s", a.status, want, a.raw)
		}
	}
	var versions int
	if err := app.QueryRow(t.Context(), "SELECT count(*) FROM version").Scan(&versions); err != nil || versions != 1 {
		t.Errorf("%d versions, %v", versions, err)
	}
}
