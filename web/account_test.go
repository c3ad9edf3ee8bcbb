package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
)

func TestSettingsOfAnAccountAreUsedOnItsPages(t *testing.T) {
	r := newRig(t)
	b, other := r.signedIn(r.hire("ada", access.Legal)), r.signedIn(r.hire("bo", access.Ops))
	if page := b.get("/account").body; strings.Contains(page, "data-scheme") || !strings.Contains(page, " UTC</time>") {
		t.Error("a new account has a scheme or a zone of its own")
	}
	if got := b.submit("/account", "/account", url.Values{"zone": {"Asia/Tokyo"}, "scheme": {"dark"}}); got.status != 303 {
		t.Fatalf("saved: %d %s", got.status, text(got.body))
	}
	page := b.get("/account").body
	for _, want := range []string{`data-scheme="dark"`, ` JST</time> <span class="fw-meta">`, `value="Asia/Tokyo"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, `name="keys" type="checkbox" value="yes" checked`) {
		t.Error("the keys are on again")
	}
	if strings.Contains(other.get("/account").body, "data-scheme") {
		t.Error("another account has it too")
	}
	if got := r.verbs(); !slices.Contains(got, "account_changed") {
		t.Errorf("the ledger holds %v", got)
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	for name, typed := range map[string]url.Values{
		"no zone":           {"zone": {""}, "scheme": {"dark"}},
		"the server's zone": {"zone": {"Local"}, "scheme": {"dark"}},
		"no such zone":      {"zone": {"Moon/Sea"}, "scheme": {"dark"}},
		"a path":            {"zone": {"../../etc/passwd"}, "scheme": {"dark"}},
		"markup":            {"zone": {"<b>Asia/Tokyo</b>"}, "scheme": {"dark"}},
		"a hidden sign":     {"zone": {"Asia/\u200bTokyo"}, "scheme": {"dark"}},
		"too long":          {"zone": {strings.Repeat("Asia/", 500)}, "scheme": {"dark"}},
		"no such scheme":    {"zone": {"UTC"}, "scheme": {"pink"}},
	} {
		got := b.submit("/account", "/account", typed)
		if got.status != 422 || !strings.Contains(got.body, "Fix this") || strings.Contains(got.body, "<b>Asia") {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	if strings.Contains(b.get("/account").body, "data-scheme") {
		t.Error("something was saved")
	}
}

func TestAPasswordIsChangedWithTheOldOne(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	here, there := r.signedInAt(ada, -1), r.signedInAt(ada, 0)
	fresh := "correct horse battery"
	for name, typed := range map[string]url.Values{
		"nothing":            {},
		"another old one":    {"old_password": {"not it"}, "password": {fresh}, "password_again": {fresh}},
		"two that differ":    {"old_password": {ada.Password}, "password": {fresh}, "password_again": {fresh + "x"}},
		"one that is short":  {"old_password": {ada.Password}, "password": {"short"}, "password_again": {"short"}},
		"the wrong code too": {"old_password": {ada.Password}, "password": {fresh}, "password_again": {fresh}, "code": {"000000"}},
	} {
		got := here.submit("/account/password", "/account/password", typed)
		if got.status != 422 || strings.Contains(got.body, fresh) || strings.Contains(got.body, ada.Password) {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	r.forgetCodes()
	if got := here.submit("/account/password", "/account/password", url.Values{"old_password": {ada.Password}, "password": {fresh}, "password_again": {fresh}}); got.status != 422 || !strings.Contains(got.body, "needs your second factor") {
		t.Errorf("without a second factor: %d %s", got.status, text(got.body))
	}
	if there.get("/").status != 200 {
		t.Fatal("a refusal ended the other session")
	}
	if got := here.submit("/account/password", "/account/password", url.Values{"old_password": {ada.Password}, "password": {fresh}, "password_again": {fresh}, "code": {r.code(ada, 1)}}); got.status != 303 {
		t.Fatalf("changed: %d %s", got.status, text(got.body))
	}
	if here.get("/").status != 200 || there.get("/").status != 303 {
		t.Errorf("here %d, elsewhere %d", here.get("/").status, there.get("/").status)
	}
	old := r.browser()
	if got := old.submit("/signin", "/signin", url.Values{"email": {ada.User.Email}, "password": {ada.Password}}); got.status != 401 {
		t.Errorf("the old password: %d", got.status)
	}
	if got := old.submit("/signin", "/signin", url.Values{"email": {ada.User.Email}, "password": {fresh}}); got.status != 200 {
		t.Errorf("the new password: %d", got.status)
	}
	if got := r.verbs(); !slices.Contains(got, "password_changed") {
		t.Errorf("the ledger holds %v", got)
	}
}

func TestTryingTheOldPasswordMakesOneWait(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("ada", access.Legal))
	fresh := "correct horse battery"
	for n := range 6 {
		got := b.submit("/account/password", "/account/password", url.Values{"old_password": {"not it"}, "password": {fresh}, "password_again": {fresh}})
		if want := map[bool]int{false: 422, true: 429}[n == 5]; got.status != want {
			t.Errorf("try %d: %d", n+1, got.status)
		}
	}
}

func TestNewRecoveryCodesEndTheOldOnes(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	b := r.signedIn(ada)
	if page := b.get("/account").body; !strings.Contains(page, "0 codes are left") {
		t.Fatal("somebody without codes has some")
	}
	make8 := func() []string {
		got := b.submit("/account/recovery", "/account/recovery", nil)
		if got.status != 200 || strings.Count(got.body, "<li><code>") != 8 {
			t.Fatalf("made: %d %s", got.status, text(got.body))
		}
		var codes []string
		for _, part := range strings.Split(got.body, "<li><code>")[1:] {
			codes = append(codes, strings.Split(part, "<")[0])
		}
		return codes
	}
	old, fresh := make8()[0], make8()[0]
	if page := b.get("/account").body; !strings.Contains(page, "8 codes are left") {
		t.Error("the page counts other ones")
	}
	for code, want := range map[string]int{old: 422, fresh: 303} {
		lost := r.browser()
		form := fields(lost.submit("/signin", "/signin", url.Values{"email": {ada.User.Email}, "password": {ada.Password}}).body)
		form.Set("code", code)
		if got := lost.post("/signin/code", form); got.status != want {
			t.Errorf("a code: %d, want %d", got.status, want)
		}
	}
}

// TestAPasswordIsNotKeptThroughSignIn: somebody else may sign in here.
func TestAPasswordIsNotKeptThroughSignIn(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	b := r.signedIn(ada)
	form := fields(b.get("/account/password").body)
	if _, err := r.db.As(t, postgres.AppRole).Exec(t.Context(), "UPDATE session SET revoked_at = now()"); err != nil {
		t.Fatal(err)
	}
	form.Set("old_password", ada.Password)
	form.Set("note", "is kept")
	in := fields(b.post("/account/password", form).body)
	in.Set("email", ada.User.Email)
	in.Set("password", ada.Password)
	code := fields(b.post("/signin", in).body)
	code.Set("code", r.code(ada, 1))
	if got := b.post("/signin/code", code); got.status != 200 || !strings.Contains(got.body, "is kept") || strings.Contains(got.body, ada.Password) {
		t.Errorf("go on: %d %s", got.status, got.body)
	}
}

// forgetCodes lets five minutes pass for every second factor that was given.
func (r *rig) forgetCodes() {
	r.t.Helper()
	if _, err := r.db.As(r.t, postgres.AppRole).Exec(r.t.Context(), "DELETE FROM step_up"); err != nil {
		r.t.Fatal(err)
	}
}

// verbs gives what was done, in any order.
func (r *rig) verbs() []string {
	r.t.Helper()
	var all []string
	if err := r.db.As(r.t, postgres.AppRole).QueryRow(r.t.Context(), "SELECT array_agg(verb) FROM ledger_entry").Scan(&all); err != nil {
		r.t.Fatal(err)
	}
	return all
}
