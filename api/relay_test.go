package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
)

var relayGiven = map[string]any{"name": "A", "host": "Smtp.Example.com", "username": "mailer", "password": "hidden-word"}

func TestARelayTellsEverythingButItsPassword(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/relays", relayGiven), 201, "create")
	if made.header.Get("Location") != Prefix+"/relays/"+made.text("id") {
		t.Errorf("Location is %q", made.header.Get("Location"))
	}
	want := map[string]any{"host": "smtp.example.com", "port": 587.0, "tls": "starttls", "auth": "auto", "has_password": true, "state": "healthy", "revision": 1.0}
	for name, value := range want {
		if made.doc[name] != value {
			t.Errorf("%s is %v, want %v", name, made.doc[name], value)
		}
	}
	for _, a := range []answer{made, r.as(access.Ops, "GET", "/relays/"+made.text("id"), nil), r.as(access.Auditor, "GET", "/relays", nil)} {
		if strings.Contains(string(a.raw), "hidden-word") {
			t.Error("an answer tells the password")
		}
	}
}

func TestOnlyWhatDecidesWhereMailGoesMakesARevision(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/relays", relayGiven), 201, "create")
	path, tag := "/relays/"+made.text("id"), made.header.Get("ETag")
	steps := []struct {
		name     string
		change   map[string]any
		revision float64
	}{
		{"a password", map[string]any{"password": "another"}, 1},
		{"a name", map[string]any{"name": "B"}, 1},
		{"nothing", map[string]any{}, 1},
		{"a host", map[string]any{"host": "mx.example.com"}, 2},
		{"a rate", map[string]any{"max_rate_per_second": 7.5}, 3},
		{"a user name", map[string]any{"username": "other"}, 4},
	}
	for _, s := range steps {
		got := r.must(r.as(access.Admin, "PATCH", path, s.change, "If-Match", tag), 200, s.name)
		if got.doc["revision"] != s.revision {
			t.Errorf("%s: revision %v, want %v", s.name, got.doc["revision"], s.revision)
		}
		tag = got.header.Get("ETag")
	}
	stale := r.as(access.Admin, "PATCH", path, map[string]any{"port": 465}, "If-Match", `"1"`)
	if stale.status != 412 || stale.code() != "changed_meanwhile" {
		t.Errorf("a stale change: %d %s", stale.status, stale.code())
	}
	no, err := id.ParseRelay(made.text("id"))
	if err != nil {
		t.Fatal(err)
	}
	for revision, host := range map[int]string{1: "smtp.example.com", 2: "mx.example.com"} {
		a, err := postgres.RelayStore{DB: r.db.DB}.Address(t.Context(), no, revision)
		if err != nil || a.Host != host || a.Password != "another" {
			t.Errorf("revision %d opens as %s, %v", revision, a.Host, err)
		}
	}
}

func TestWhereARelayMayNotStand(t *testing.T) {
	r := newRig(t)
	with := func(changes map[string]any) map[string]any {
		out := map[string]any{"name": "A", "host": "smtp.example.com"}
		for name, value := range changes {
			out[name] = value
		}
		return out
	}
	cases := []struct {
		name        string
		body        map[string]any
		field, code string
	}{
		{"no host", with(map[string]any{"host": ""}), "host", "field_missing"},
		{"a host with a path", with(map[string]any{"host": "smtp.example.com/x"}), "host", "relay_host"},
		{"this machine", with(map[string]any{"host": "localhost"}), "host", "relay_address_not_allowed"},
		{"this machine by its number", with(map[string]any{"host": "127.0.0.1"}), "host", "relay_address_not_allowed"},
		{"this machine by a longer number", with(map[string]any{"host": "::ffff:127.0.0.1"}), "host", "relay_address_not_allowed"},
		{"a link-local address", with(map[string]any{"host": "169.254.169.254"}), "host", "relay_address_not_allowed"},
		{"a private address", with(map[string]any{"host": "10.0.0.8"}), "host", "relay_address_not_allowed"},
		{"another port", with(map[string]any{"port": 80}), "port", "relay_port_not_allowed"},
		{"no port of this world", with(map[string]any{"port": 70000}), "port", "field_out_of_range"},
		{"mail in the clear", with(map[string]any{"tls": "none"}), "tls", "relay_tls_needed"},
		{"an unknown TLS", with(map[string]any{"tls": "ssl"}), "tls", "field_not_one_of"},
		{"a login without a password", with(map[string]any{"auth": "plain", "username": "x"}), "auth", "relay_login_missing"},
		{"a rate of less than nothing", with(map[string]any{"max_rate_per_second": -1}), "max_rate_per_second", "field_out_of_range"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			got := r.must(r.as(access.Admin, "POST", "/relays", c.body), 422, "create")
			fields, _ := got.doc["fields"].([]any)
			first, _ := fields[0].(map[string]any)
			if first["name"] != c.field || first["code"] != c.code || first["message"] == c.code {
				t.Errorf("got %v", fields)
			}
		})
	}
}

// A relay that was shut is told everybody it has seen, keeps its mark until its
// password is another, and is released by an admin with a second factor.
func TestARelayIsShutAndReleased(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/relays", relayGiven), 201, "create")
	path, why := "/relays/"+made.text("id"), map[string]any{"reason": "it altered mail"}
	if got := r.as(access.Ops, "POST", path+"/quarantine", map[string]any{"reason": " "}); got.code() != "bad_fields" && got.status != 422 {
		t.Errorf("without a reason: %d %s", got.status, got.code())
	}
	shut := r.must(r.as(access.Ops, "POST", path+"/quarantine", why), 200, "quarantine")
	if shut.doc["state"] != "quarantined" || shut.doc["rotate_password"] != true {
		t.Errorf("%v", shut.doc)
	}
	if got := r.as(access.Admin, "POST", path+"/quarantine", why); got.status != 409 || got.code() != "relay_is_quarantined" {
		t.Errorf("a second time: %d %s", got.status, got.code())
	}
	admin := r.hire("fresh", access.Admin, access.ScopeRead, access.ScopeAdmin)
	if got := r.call(admin.token, "POST", path+"/release", why); got.status != 428 {
		t.Errorf("without a second factor: %d %s", got.status, got.code())
	}
	r.stepUp(admin)
	free := r.must(r.call(admin.token, "POST", path+"/release", why), 200, "release")
	if free.doc["state"] != "healthy" || free.doc["rotate_password"] != true {
		t.Errorf("released: %v", free.doc)
	}
	if got := r.call(admin.token, "POST", path+"/release", why); got.status != 409 || got.code() != "relay_not_quarantined" {
		t.Errorf("released twice: %d %s", got.status, got.code())
	}
	changed := r.must(r.as(access.Admin, "PATCH", path, map[string]any{"password": "another"}, "If-Match", free.header.Get("ETag")), 200, "password")
	if changed.doc["rotate_password"] != false {
		t.Error("a new password leaves the mark")
	}
	if got := r.must(r.as(access.Auditor, "GET", path+"/contacted", nil), 200, "contacted"); len(got.doc["items"].([]any)) != 0 {
		t.Errorf("%v were contacted", got.doc)
	}
}
