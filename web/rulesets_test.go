package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
	"forthwith/internal/regime"
)

// loadRules sends a rule file as the form does.
func (b *browser) loadRules(file string) answered {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := w.WriteField("csrf", fields(b.get("/organisation").body).Get("csrf"))
	part, fileErr := w.CreateFormFile("file", "rules.yaml")
	if err != nil || fileErr != nil {
		b.t.Fatal(err, fileErr)
	}
	if _, err := part.Write([]byte(file)); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/rules", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(req)
}

func changed(t *testing.T, replacements ...string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "internal", "regime", "regimes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(replacements...).Replace(string(raw))
}

var rowOfATable = regexp.MustCompile(`<tr><th scope="row">`)

func TestALongDifferenceIsReadInPages(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("eli", access.Admin))
	file := changed(t, "version: '2026.11.1'", "version: '2027.1'", "confidence: medium", "confidence: low", "confidence: high", "confidence: medium")
	rules, err := regime.Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	want := len(regime.Diff(regime.Builtin(), rules))
	if want <= pageLength {
		t.Fatalf("%d facts differ, which is no long difference", want)
	}
	got := b.loadRules(file)
	if got.status != 303 {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	rows, page := 0, got.location
	for page != "" {
		body := b.get(page).body
		rows += len(rowOfATable.FindAllString(body, -1))
		next := regexp.MustCompile(`<a href="([^"]+)" rel="next">`).FindStringSubmatch(body)
		if page = ""; next != nil {
			page = next[1]
		}
	}
	if rows != want {
		t.Errorf("%d of %d facts are shown", rows, want)
	}
	if beyond := b.get(got.location + fmt.Sprintf("?cursor=%d", want+7)); beyond.status != 200 {
		t.Errorf("beyond the end: %d", beyond.status)
	}
}

func TestDefectsOfARuleFileStandAtItsField(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("eli", access.Admin))
	for file, want := range map[string]string{
		changed(t, "schema_version: 1", "schema_version: one"): "‘schema_version’ must be",
		"a: [b":                                 "cannot be read as YAML",
		strings.Repeat("#", regime.MaxFile+1):   "larger than 1 MiB",
		strings.Repeat("#", regime.MaxFile+9e6): "larger than 1 MiB",
	} {
		got := b.loadRules(file)
		if got.status < 400 || got.status >= 500 || !strings.Contains(got.body, `<a href="#f-file">`) || !strings.Contains(text(got.body), want) {
			t.Errorf("%.20q: %d %s", file, got.status, text(got.body))
		}
	}
	ops := r.signedIn(r.hire("cem", access.Ops))
	if got := ops.loadRules(changed(t)); got.status != 403 {
		t.Errorf("ops loads rules: %d", got.status)
	}
}

// TestThePageOfTheRulesSaysWhenTheyCannotBeRead offers the way back, too.
func TestThePageOfTheRulesSaysWhenTheyCannotBeRead(t *testing.T) {
	r := newRig(t)
	e := r.hire("eli", access.Admin)
	b, app := r.signedIn(e), r.db.As(t, postgres.AppRole)
	var no int64
	err := app.QueryRow(t.Context(), "INSERT INTO rule_set (document, version, sha256, loaded_by, loaded_at) VALUES ('x', '2030.1', sha256('x'), $1, now()) RETURNING rule_set_no", int64(e.User.ID)).Scan(&no)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Exec(t.Context(), "INSERT INTO rule_set_activation (rule_set_no, activated_by, activated_at) VALUES ($1, $2, now())", no, int64(e.User.ID)); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/rules"); got.status != 200 || !strings.Contains(text(got.body), "this program cannot read it") || !strings.Contains(got.body, "In use: 2030.1") {
		t.Errorf("%d %s", got.status, text(got.body))
	}
	if got := b.get("/rules/rul_1"); got.status != 409 {
		t.Errorf("%d %s", got.status, text(got.body))
	}
	way := b.get("/rules/builtin")
	if way.status != 200 || !strings.Contains(text(way.body), "nobody can say what changes") {
		t.Errorf("%d %s", way.status, text(way.body))
	}
	stale := fields(way.body)
	if got := b.submit("/rules/builtin", "/rules/builtin", nil); got.status != 303 {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	if got := b.get("/rules"); !strings.Contains(got.body, "In use: 2026.11.1") {
		t.Error(text(got.body))
	}
	if got := b.post("/rules/rul_1", stale); got.status != 409 && got.status != 412 {
		t.Errorf("activated what cannot be read: %d", got.status)
	}
}

// TestNewerRulesOfTheProgramAreSaid puts older rules into use than the program
// brings, as an upgrade leaves them.
func TestNewerRulesOfTheProgramAreSaid(t *testing.T) {
	r := newRig(t)
	admin, auditor := r.signedIn(r.hire("eli", access.Admin)), r.signedIn(r.hire("dee", access.Auditor))
	says := func(when string, waits bool) {
		t.Helper()
		needs, listed := "", 0
		if waits {
			needs, listed = "1 needs you", 1
		}
		for _, path := range []string{"/", "/rules", "/account"} {
			if header, n := headed(admin, path); header != needs || n != listed {
				t.Errorf("%s, %s: %q, %d listed", when, path, header, n)
			}
		}
		if header, _ := headed(auditor, "/rules"); header != "" {
			t.Errorf("%s: it needs an auditor, who can do nothing: %q", when, header)
		}
		for who, b := range map[string]*browser{"admin": admin, "auditor": auditor} {
			page := b.get("/rules").body
			if said := strings.Contains(text(page), "The program brings newer rules, 2026.11.1"); said != waits || said != strings.Contains(page, `href="/rules/builtin">Compare 2026.11.1 with`) {
				t.Errorf("%s, %s: %s", when, who, text(page))
			}
		}
	}
	use := func(path string) {
		t.Helper()
		if got := admin.submit(path, path, nil); got.status != 303 {
			t.Fatalf("%d %s", got.status, text(got.body))
		}
	}
	says("nothing was loaded", false)
	older := admin.loadRules(changed(t, "version: '2026.11.1'", "version: '2026.9.30'")).location
	says("loaded and not in use", false)
	use(older)
	says("older ones are in use", true)
	use("/rules/builtin")
	says("those of the program are in use", false)
	for _, version := range []string{"2026.11.1-own", "2026.11.2", "2027"} {
		use(admin.loadRules(changed(t, "version: '2026.11.1'", "version: '"+version+"'")).location)
		says(version+" is in use", false)
	}
	use(admin.loadRules(changed(t, "version: '2026.11.1'", "version: '2026.11.1' # ours")).location)
	says("others of the same version are in use", false)
}
