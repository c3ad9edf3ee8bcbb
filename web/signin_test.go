package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/identity"
)

func TestSigningInTakesAPasswordThenACode(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	b := r.browser()
	if got := b.get("/"); got.status != 303 || got.location != "/signin?next=%2F" {
		t.Fatalf("without a session: %d %s", got.status, got.location)
	}
	wrong := b.submit("/signin", "/signin", url.Values{"email": {ada.User.Email}, "password": {"not it"}})
	if wrong.status != 401 || !strings.Contains(wrong.body, "nobody was signed in") || !strings.Contains(wrong.body, ada.User.Email) || strings.Contains(wrong.body, "not it") {
		t.Errorf("a wrong password: %d %s", wrong.status, text(wrong.body))
	}
	nobody := b.submit("/signin", "/signin", url.Values{"email": {"nobody@example.com"}, "password": {"not it"}})
	if nobody.status != 401 || strings.ReplaceAll(text(nobody.body), "nobody@example.com", "") != strings.ReplaceAll(text(wrong.body), ada.User.Email, "") {
		t.Errorf("an unknown address is told apart: %s", text(nobody.body))
	}
	asked := b.submit("/signin", "/signin", url.Values{"email": {ada.User.Email}, "password": {ada.Password}})
	if asked.status != 200 || b.get("/").status != 303 {
		t.Fatalf("the password alone: %d, then / is %d", asked.status, b.get("/").status)
	}
	form := fields(asked.body)
	form.Set("code", "000000")
	if got := b.post("/signin/code", form); got.status != 422 || !strings.Contains(got.body, "wrong or used") {
		t.Errorf("a wrong code: %d %s", got.status, text(got.body))
	}
	form.Set("code", " ")
	for range 12 {
		if got := b.post("/signin/code", form); got.status != 422 || strings.Contains(got.body, "wrong or used") {
			t.Fatalf("an empty code: %d %s", got.status, text(got.body))
		}
	}
	form.Set("code", r.code(ada, 0))
	if got := b.post("/signin/code", form); got.status != 303 || got.location != "/" {
		t.Fatalf("the code: %d %s", got.status, got.location)
	}
	if got := b.get("/"); got.status != 200 || !strings.Contains(got.body, "ada") {
		t.Errorf("after both: %d", got.status)
	}
}

func TestASessionEndsWhereItIsEnded(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	one := r.signedIn(ada)
	if _, err := r.staff.ResetFactors(t.Context(), terminal, ada.User.ID); err != nil {
		t.Fatal(err)
	}
	if got := one.get("/"); got.status != 303 {
		t.Errorf("after a reset of the factors: %d", got.status)
	}
	bo := r.hire("bo", access.Legal)
	two := r.signedIn(bo)
	if got := two.post("/signout", fields(two.get("/").body)); got.status != 303 || two.get("/").status != 303 {
		t.Errorf("after signing out: %d, then %d", got.status, two.get("/").status)
	}
}

func TestASessionIsEndedFromAnother(t *testing.T) {
	r := newRig(t)
	ada := r.hire("ada", access.Legal)
	far := r.signedIn(ada)
	token, err := r.staff.SignIn(t.Context(), storeOf(r), netip.Addr{}, ada.User.Email, ada.Password)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.staff.Resume(t.Context(), token); err == nil {
		t.Error("the password alone is a session")
	}
	open, err := r.staff.GiveCode(t.Context(), token, r.code(ada, 1))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := r.staff.Resume(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	page := far.get("/account").body
	if got := far.post("/account/sessions/"+signed.Session.ID.String()+"/end", fields(page)); got.status != 303 {
		t.Fatalf("ended: %d %s", got.status, text(got.body))
	}
	if _, err := r.staff.Resume(t.Context(), open); err == nil {
		t.Error("the other session goes on")
	}
	if far.get("/").status != 200 {
		t.Error("this session ended too")
	}
}

func TestAnInvitationIsUsedOnce(t *testing.T) {
	r := newRig(t)
	u, i, err := r.staff.Invite(t.Context(), terminal, identity.NewUser{Email: "gil@example.com", Name: "Gil", Role: access.Ops})
	if err != nil {
		t.Fatal(err)
	}
	b, path := r.browser(), "/invite/"+i.Token
	page := b.get(path)
	if page.status != 200 || !strings.Contains(page.body, "<svg class=\"fw-qr\"") {
		t.Fatalf("the invitation: %d", page.status)
	}
	offered, err := r.staff.Invited(t.Context(), i.Token)
	if err != nil {
		t.Fatal(err)
	}
	gil := identity.Enrolment{User: u, Password: "correct horse battery", TOTPSecret: offered.TOTPSecret}
	for name, typed := range map[string]url.Values{
		"a short password": {"password": {"short"}, "code": {r.code(gil, 0)}},
		"a wrong code":     {"password": {gil.Password}, "code": {"000000"}},
		"nothing":          {},
	} {
		if got := b.submit(path, path, typed); got.status != 422 || !strings.Contains(got.body, "Fix this") {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	done := b.submit(path, path, url.Values{"password": {gil.Password}, "code": {r.code(gil, 0)}})
	if done.status != 200 || strings.Count(done.body, "<li><code>") != 8 {
		t.Fatalf("accepted: %d %s", done.status, text(done.body))
	}
	if got := b.get(path); got.status != 404 {
		t.Errorf("a used invitation: %d", got.status)
	}
	r.signedInAt(gil, 1)
	recovery := strings.Split(strings.Split(done.body, "<li><code>")[1], "<")[0]
	for n, want := range []int{303, 422} {
		lost := r.browser()
		form := fields(lost.submit("/signin", "/signin", url.Values{"email": {u.Email}, "password": {gil.Password}}).body)
		form.Set("code", strings.ToUpper(recovery))
		if got := lost.post("/signin/code", form); got.status != want {
			t.Errorf("use %d of a recovery code: %d", n+1, got.status)
		}
	}
}

func TestTheSampleDoorOpensOnlyWithItsSecretAtItsHost(t *testing.T) {
	const secret = "a-secret-of-the-door"
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(slog.New(slog.DiscardHandler)) })
	r := newRig(t, func(s *Services, o *Options) {
		s.Door = identity.SampleDoor{Service: s.Staff.(identity.Service)}
		o.Secret, o.Sample = secret, true
	})
	e, err := r.staff.Enrol(t.Context(), terminal, identity.NewUser{Email: "ada@example.com", Name: "Ada", Role: access.Legal, Sample: true})
	if err != nil {
		t.Fatal(err)
	}
	other := r.hire("real", access.Ops)
	closed := func(name string, b *browser, path string) {
		t.Helper()
		b.get(path)
		if page := b.get("/signin"); strings.Contains(page.body, "/signin/sample") {
			t.Errorf("%s: the people are shown", name)
		}
		if got := b.submit("/signin", "/signin/sample", url.Values{"person": {e.User.ID.String()}}); got.status != 404 {
			t.Errorf("%s: signed in with %d", name, got.status)
		}
	}
	closed("without the link", r.browser(), "/signin")
	closed("another secret", r.browser(), "/signin?sample=no")
	for name, header := range map[string]string{"Host": "evil.example.com", "X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1", "Via": "1.1 proxy"} {
		b := r.browser()
		b.header.Set(name, header)
		closed(name, b, "/signin?sample="+secret)
	}
	b := r.browser()
	if got := b.get("/signin?sample=" + secret); got.status != 303 || got.location != "/signin" {
		t.Fatalf("the link: %d %s", got.status, got.location)
	}
	if got := b.submit("/signin", "/signin/sample", url.Values{"person": {other.User.ID.String()}}); got.status != 404 {
		t.Errorf("a person who is no sample: %d", got.status)
	}
	if got := b.submit("/signin", "/signin/sample", url.Values{"person": {e.User.ID.String()}}); got.status != 303 || b.get("/").status != 200 {
		t.Errorf("one click: %d", got.status)
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the secret is in the log")
	}
}

func TestBehindHTTPSCookiesAreBoundToTheHost(t *testing.T) {
	r := newRig(t, func(_ *Services, o *Options) { o.HTTPS = true })
	got := r.browser().get("/signin").header.Get("Set-Cookie")
	for _, want := range []string{"__Host-forthwith-visit=", "secure", "HttpOnly", "SameSite=Lax", "path=/"} {
		if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("cookie %q lacks %q", got, want)
		}
	}
}

func TestNextLeadsNowhereElse(t *testing.T) {
	for next, want := range map[string]string{"/incidents/inc_1?a=b": "/incidents/inc_1?a=b", "//evil.example.com": "/", "///evil.example.com": "/", "https://evil.example.com": "/", "": "/",
		"/\\evil.example.com": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "incidents": "/"} {
		if got := local(next); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

func TestAForwardedAddressIsNotBelieved(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	form := fields(b.get("/signin").body)
	form.Set("password", "x")
	for n := range 22 {
		form.Set("email", fmt.Sprintf("nobody%d@example.com", n))
		b.header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", n))
		b.header.Set("Forwarded", fmt.Sprintf("for=192.0.2.%d", n))
		if got, want := b.post("/signin", form).status, map[bool]int{false: 401, true: 429}[n == 21]; got != want {
			t.Errorf("try %d: %d, want %d", n+1, got, want)
		}
	}
}
