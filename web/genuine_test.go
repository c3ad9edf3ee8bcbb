package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/identity"
	"forthwith/internal/postgres"
)

func storeOf(r *rig) identity.Passwords { return postgres.IdentityStore{DB: r.db.DB} }

var facts = url.Values{"name": {"Mail provider breach"}, "events.discovery": {"2026-08-08"}}

func TestAFormFromElsewhereIsRefused(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	other := r.signedIn(r.hire("bo", access.Legal))
	page := fields(b.get("/incidents/new").body)
	cases := map[string]func(form url.Values, b *browser){
		"no token":              func(f url.Values, _ *browser) { f.Del("csrf") },
		"another token":         func(f url.Values, _ *browser) { f.Set("csrf", "x") },
		"another session's":     func(f url.Values, _ *browser) { f.Set("csrf", fields(other.get("/incidents/new").body).Get("csrf")) },
		"no key":                func(f url.Values, _ *browser) { f.Del("once") },
		"sent by another site":  func(_ url.Values, b *browser) { b.header.Set("Sec-Fetch-Site", "cross-site") },
		"sent by a sister site": func(_ url.Values, b *browser) { b.header.Set("Sec-Fetch-Site", "same-site") },
		"another origin":        func(_ url.Values, b *browser) { b.header.Set("Origin", "https://evil.example.com") },
		"an opaque origin":      func(_ url.Values, b *browser) { b.header.Set("Origin", "null") },
	}
	for name, spoil := range cases {
		form := url.Values{}
		for field, v := range page {
			form[field] = v
		}
		for field, v := range facts {
			form[field] = v
		}
		spoil(form, b)
		if got := b.post("/incidents/new", form); got.status != 403 {
			t.Errorf("%s: %d", name, got.status)
		}
		b.header = map[string][]string{}
	}
	if n := r.count("SELECT count(*) FROM incident"); n != 0 {
		t.Errorf("%d incidents were opened", n)
	}
}

func (r *rig) count(query string) int {
	r.t.Helper()
	var n int
	if err := r.db.As(r.t, postgres.AppRole).QueryRow(r.t.Context(), query).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestADoubleSubmitCountsOnce(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	form := fields(b.get("/incidents/new").body)
	for name, v := range facts {
		form[name] = v
	}
	var all sync.WaitGroup
	answers := make([]answered, 8)
	for i := range answers {
		all.Go(func() { answers[i] = b.post("/incidents/new", form) })
	}
	all.Wait()
	again := b.post("/incidents/new", form)
	if again.status != 303 || again.location != "/incidents/inc_1" {
		t.Errorf("pressed again: %d %s", again.status, again.location)
	}
	for _, a := range answers {
		if a.status != 303 && a.status != 409 || a.status == 303 && a.location != "/incidents/inc_1" {
			t.Errorf("pressed at once: %d %s", a.status, a.location)
		}
	}
	if n := r.count("SELECT count(*) FROM incident"); n != 1 {
		t.Errorf("%d incidents were opened", n)
	}
	form.Set("name", "Another")
	if got := b.post("/incidents/new", form); got.status != 422 {
		t.Errorf("the same key with another text: %d", got.status)
	}
}

func TestAFormWhoseSessionEndedKeepsItsText(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	b := r.signedIn(ada)
	form := fields(b.get("/incidents/new").body)
	for name, v := range facts {
		form[name] = v
	}
	form.Set("summary", "line one\n<b>two</b>")
	if _, err := r.db.As(t, postgres.AppRole).Exec(t.Context(), "UPDATE session SET revoked_at = now()"); err != nil {
		t.Fatal(err)
	}
	kept := b.post("/incidents/new", form)
	if !strings.Contains(kept.body, "your text is kept") || strings.Contains(kept.body, "line one") {
		t.Fatalf("the form was answered with %d: %s", kept.status, text(kept.body))
	}
	in := fields(kept.body)
	in.Set("email", ada.User.Email)
	in.Set("password", ada.Password)
	code := fields(b.post("/signin", in).body)
	code.Set("code", r.code(ada, 1))
	goOn := b.post("/signin/code", code)
	if goOn.status != 200 || !strings.Contains(goOn.body, "&lt;b&gt;two&lt;/b&gt;") || r.count("SELECT count(*) FROM incident") != 0 {
		t.Fatalf("after signing in: %d %s", goOn.status, text(goOn.body))
	}
	again := fields(goOn.body)
	for _, m := range regexp.MustCompile(`(?s)<textarea hidden name="([^"]*)"[^>]*>\n(.*?)</textarea>`).FindAllStringSubmatch(goOn.body, -1) {
		again.Set(m[1], strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(m[2]))
	}
	if got := b.post("/incidents/new", again); got.status != 303 {
		t.Fatalf("sent on: %d %s", got.status, text(got.body))
	}
	if page := b.get("/incidents/inc_1/facts"); !strings.Contains(page.body, "line one") {
		t.Error("the text is lost")
	}
}

// TestEveryPageAsksWhoIsThere goes through every route that is registered.
func TestEveryPageAsksWhoIsThere(t *testing.T) {
	r := newRig(t)
	free := map[string]bool{"/signin": true, "/signin/code": true, "/signin/sample": true, "/invite/:token": true, "/favicon.ico": true}
	seen := 0
	for _, route := range r.app.GetRoutes(true) {
		if free[route.Path] || strings.HasPrefix(route.Path, staticPath) || route.Path == "/" && route.Method != fiber.MethodGet {
			continue
		}
		seen++
		path := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(route.Path, "1")
		switch b := r.browser(); route.Method {
		case fiber.MethodGet:
			if got := b.get(path); got.status != 303 || !strings.HasPrefix(got.location, "/signin") {
				t.Errorf("GET %s: %d", route.Path, got.status)
			}
		case fiber.MethodPost:
			if path == "/signout" {
				continue // leads to the sign-in page as it is
			}
			if got := b.post(path, facts); got.status >= 500 || !strings.Contains(got.body, `action="/signin"`) {
				t.Errorf("POST %s: %d", route.Path, got.status)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d routes were tried", seen)
	}
}

// TestEveryFormFromElsewhereIsRefused sends every form that there is as another
// site would: it is refused before anything is looked at.
func TestEveryFormFromElsewhereIsRefused(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	token := fields(b.get("/account").body).Get("csrf")
	own := r.browser()
	visitor := fields(own.get("/signin").body).Get("csrf")
	spoiled := []struct {
		name, csrf string
		header     map[string]string
	}{
		{"no token", "", nil}, {"another token", "x", nil},
		{"sent by another site", "own", map[string]string{"Sec-Fetch-Site": "cross-site"}},
		{"sent by a sister site", "own", map[string]string{"Sec-Fetch-Site": "same-site"}},
		{"another origin", "own", map[string]string{"Origin": "https://evil.example.com"}},
	}
	before, seen := r.rows(), 0
	for _, route := range r.app.GetRoutes(true) {
		if route.Method != fiber.MethodPost || route.Path == "/" {
			continue
		}
		seen++
		by, good := b, token
		if strings.HasPrefix(route.Path, "/signin") || strings.HasPrefix(route.Path, "/invite") {
			by, good = own, visitor
		}
		for _, s := range spoiled {
			by.header = http.Header{}
			for name, v := range s.header {
				by.header.Set(name, v)
			}
			csrf := s.csrf
			if csrf == "own" {
				csrf = good
			}
			if got := by.postAny(reached(route.Path), url.Values{"csrf": {csrf}, "once": {"k"}}); got.status != 403 {
				t.Errorf("POST %s, %s: %d", route.Path, s.name, got.status)
			}
		}
		by.header = http.Header{}
	}
	if seen < 40 {
		t.Errorf("only %d forms were tried", seen)
	}
	for table, n := range r.rows() {
		if before[table] != n {
			t.Errorf("%s had %d rows, then %d", table, before[table], n)
		}
	}
}

// postAny sends a form; where a file is taken, as one that has a file.
func (b *browser) postAny(path string, form url.Values) answered {
	b.t.Helper()
	if !strings.HasSuffix(path, "/lists") && !strings.HasSuffix(path, "/codes") && !strings.HasPrefix(path, "/code-pools/") && path != suppressionFilesURL && path != ruleSetsURL {
		return b.post(path, form)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"csrf", "name"} {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(req)
}

// reached is a route with something in every gap.
func reached(route string) string {
	return strings.NewReplacer(":incident", "inc_1", ":user", "usr_1", ":campaign", "cmp_1", ":delivery", "dlv_1-1", ":relay", "rel_1", ":sender", "snd_1", ":export", "exp_1",
		":list", "lst_1", ":cohort", "coh_1", ":recipient", "rcp_1-1", ":notice", "ntc_1", ":version", "ver_1", ":session", "ses_1", ":pool", "pool_1", ":token", "x", ":set", "builtin", ":number", "1").Replace(route)
}

// TestAGetChangesNothing counts the rows of every table around every page.
func TestAGetChangesNothing(t *testing.T) {
	r := newRig(t)
	people := map[access.Role]*browser{}
	for _, role := range access.Roles {
		people[role] = r.signedIn(r.hire(string(role), role))
	}
	if got := people[access.Legal].submit("/incidents/new", "/incidents/new", facts); got.status != 303 {
		t.Fatalf("opened: %d", got.status)
	}
	before := r.rows()
	pages := map[string]bool{}
	for _, route := range r.app.GetRoutes(true) {
		if route.Method == fiber.MethodGet {
			pages[route.Path] = true
		}
	}
	for _, route := range r.app.GetRoutes(true) {
		if route.Method != fiber.MethodGet && route.Method != fiber.MethodPost {
			continue
		}
		for role, b := range people {
			got := b.get(reached(route.Path))
			if got.status >= 500 || !pages[route.Path] && got.status != 404 && got.status != 405 {
				t.Errorf("GET %s, %s: %d", route.Path, role, got.status)
			}
		}
	}
	after := r.rows()
	for table, n := range before {
		if after[table] != n {
			t.Errorf("%s had %d rows, then %d", table, n, after[table])
		}
	}
}

// rows counts every table, but those that a reading may add to.
func (r *rig) rows() map[string]int {
	r.t.Helper()
	out := map[string]int{}
	conn := r.db.As(r.t, postgres.OwnerRole)
	rows, err := conn.Query(r.t.Context(), "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
	if err != nil {
		r.t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			r.t.Fatal(err)
		}
		names = append(names, name)
	}
	for _, name := range names {
		out[name] = r.countAs(name)
	}
	return out
}

func (r *rig) countAs(table string) int {
	var n int
	if err := r.db.As(r.t, postgres.OwnerRole).QueryRow(r.t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestNoPageIsFramedOrGuessed(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	for _, path := range []string{"/", "/incidents/new", "/nothing", "/lookup"} {
		h := b.get(path).header
		if csp := h.Get("Content-Security-Policy"); h.Get("X-Frame-Options") != "DENY" || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "script-src 'self'; style-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s, %s", path, h.Get("X-Frame-Options"), csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}
