package api

import (
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/identity"
)

func TestAStepUpThroughTheAPI(t *testing.T) {
	r := newRig(t)
	e, err := r.staff.Enrol(t.Context(), terminal, identity.NewUser{Email: "eli@example.com", Name: "Eli", Role: access.Admin})
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := r.staff.CreateToken(t.Context(), terminal, identity.NewToken{User: e.User.ID, Scopes: identity.ScopesOf(access.Admin)})
	if err != nil {
		t.Fatal(err)
	}
	invite := map[string]any{"email": "new@example.com", "name": "New", "role": "ops"}
	if before := r.call(token, "POST", "/users", invite); before.status != 428 || before.code() != "step_up_needed" {
		t.Fatalf("before: %d %s", before.status, before.raw)
	}
	for n := range 5 {
		if wrong := r.call(token, "POST", "/step-up", map[string]string{"code": "12345"}); wrong.status != 422 || wrong.code() != "code_wrong_or_used" {
			t.Errorf("wrong code %d: %d %s", n, wrong.status, wrong.code())
		}
	}
	waiting := r.call(token, "POST", "/step-up", map[string]string{"code": "12345"})
	if waiting.status != 429 || waiting.header.Get("Retry-After") == "" {
		t.Errorf("the sixth: %d %q", waiting.status, waiting.header.Get("Retry-After"))
	}
	now, err := r.db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	forget(t, r)
	code, err := identity.Code(e.TOTPSecret, now)
	if err != nil {
		t.Fatal(err)
	}
	up := r.must(r.call(token, "POST", "/step-up", map[string]string{"code": code}), 200, "step up")
	until, err := time.Parse(time.RFC3339, up.text("until"))
	if err != nil || until.Sub(now) > 6*time.Minute || until.Sub(now) < 4*time.Minute {
		t.Errorf("open until %s, %v", up.text("until"), err)
	}
	made := r.must(r.call(token, "POST", "/users", invite), 201, "invite")
	if made.text("invitation") == "" || made.text("role") != "ops" {
		t.Errorf("got %s", made.raw)
	}
	if me := r.call(token, "GET", "/me", nil); me.doc["stepped_up"] != true || me.text("email") != "eli@example.com" {
		t.Errorf("me: %s", me.raw)
	}
}

// forget ends every wait.
func forget(t *testing.T, r *rig) {
	t.Helper()
	if _, err := r.db.As(t, "forthwith_app").Exec(t.Context(), "DELETE FROM sign_in_try"); err != nil {
		t.Fatal(err)
	}
}

func TestDisablingAUserEndsTheirTokensAtOnce(t *testing.T) {
	r := newRig(t)
	r.stepUp(r.people[access.Admin])
	victim := r.people[access.Ops]
	r.must(r.call(victim.token, "GET", "/me", nil), 200, "before")
	read := r.must(r.as(access.Admin, "GET", "/users/"+victim.id.String(), nil), 200, "read")
	r.must(r.as(access.Admin, "PATCH", "/users/"+victim.id.String(), map[string]any{"disabled": true}, "If-Match", read.header.Get("ETag")), 200, "disable")
	r.must(r.call(victim.token, "GET", "/me", nil), 401, "after")
	self := "/users/" + r.people[access.Admin].id.String()
	if own := r.as(access.Admin, "PATCH", self, map[string]any{"disabled": true}, "If-Match", `"1"`); own.code() != "own_account" {
		t.Errorf("an admin disables themselves: %d %s", own.status, own.raw)
	}
}

func TestTokensAreToldOnceAndNeverGrow(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Legal, "POST", "/tokens", map[string]any{"name": "reader", "scopes": []string{"read"}}), 201, "create")
	reader := made.text("token")
	r.must(r.call(reader, "GET", "/incidents", nil), 200, "use")
	if more := r.call(reader, "POST", "/tokens", map[string]any{"scopes": []string{"read", "approve"}}); more.status != 422 || more.code() != "scope_beyond_own" {
		t.Errorf("a reader makes an approver: %d %s", more.status, more.raw)
	}
	own := r.must(r.as(access.Legal, "GET", "/tokens", nil), 200, "list").items()
	for _, token := range own {
		if _, told := token["token"]; told || token["user_id"] != r.people[access.Legal].id.String() {
			t.Errorf("the list holds %v", token)
		}
	}
	if all := r.as(access.Admin, "GET", "/tokens", nil).items(); len(all) <= len(own) {
		t.Errorf("an admin sees %d tokens, their owner %d", len(all), len(own))
	}
	r.must(r.as(access.Ops, "DELETE", "/tokens/"+made.text("id"), nil), 404, "somebody else's")
	r.must(r.as(access.Legal, "DELETE", "/tokens/"+made.text("id"), nil), 204, "end")
	r.must(r.as(access.Legal, "DELETE", "/tokens/"+made.text("id"), nil), 204, "end again")
	r.must(r.call(reader, "GET", "/me", nil), 401, "use after the end")
}

func TestAKeptAnswerWithASecretIsSealed(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Legal, "POST", "/tokens", map[string]any{"scopes": []string{"read"}}, "Idempotency-Key", "k"), 201, "create")
	again := r.must(r.as(access.Legal, "POST", "/tokens", map[string]any{"scopes": []string{"read"}}, "Idempotency-Key", "k"), 201, "again")
	if again.text("token") != made.text("token") {
		t.Error("the same key made another token")
	}
	var held bool
	err := r.db.As(t, "forthwith_app").QueryRow(t.Context(), "SELECT bool_or(position(convert_to($1, 'UTF8') IN body) > 0) FROM idempotency_key", made.text("token")).Scan(&held)
	if err != nil || held {
		t.Errorf("the table holds the token as it is: %v %v", held, err)
	}
}

func TestHealthNeedsNobody(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]string{"/healthz": `{"status":"alive"}`, "/readyz": `{"degraded":["redis"],"status":"ready"}`} {
		out, err := r.app.Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(out.Body)
		if err != nil || out.StatusCode != 200 || string(raw) != want {
			t.Errorf("%s: %d %s %v", path, out.StatusCode, raw, err)
		}
	}
}
