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

func TestASenderIdentityIsWrittenInOneForm(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "A", "from": "Notice@Bücher.example", "from_name": "Bücher",
		"link_hosts": []string{"WWW.example.com", "www.example.com"}}), 201, "create")
	if made.text("from") != "Notice@xn--bcher-kva.example" || made.text("reply_to") != made.text("from") || made.text("bounce_domain") != "xn--bcher-kva.example" {
		t.Errorf("got %s", made.raw)
	}
	if hosts, _ := made.doc["link_hosts"].([]any); len(hosts) != 1 || hosts[0] != "www.example.com" {
		t.Errorf("hosts are %v", hosts)
	}
	path := "/senders/" + made.text("id")
	named := r.must(r.as(access.Admin, "PATCH", path, map[string]any{"name": "B"}, "If-Match", `"1"`), 200, "name")
	moved := r.must(r.as(access.Admin, "PATCH", path, map[string]any{"reply_to": "desk@example.com"}, "If-Match", `"1"`), 200, "reply")
	if named.doc["revision"] != 1.0 || moved.doc["revision"] != 2.0 || moved.text("name") != "B" {
		t.Errorf("got %s, then %s", named.raw, moved.raw)
	}
	r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "B", "from": "x@example.com"}), 409, "the same name")
	for name, body := range map[string]map[string]any{
		"an address with a name":       {"name": "C", "from": "Notice <x@example.com>"},
		"a header in the name":         {"name": "C", "from": "x@example.com", "from_name": "A\r\nBcc: y@example.com"},
		"a name that turns around":     {"name": "C", "from": "x@example.com", "from_name": "\u202eA"},
		"a host with a scheme":         {"name": "C", "from": "x@example.com", "link_hosts": []string{"https://example.com"}},
		"a host with a port":           {"name": "C", "from": "x@example.com", "link_hosts": []string{"example.com:8080"}},
		"a bounce domain of no domain": {"name": "C", "from": "x@example.com", "bounce_domain": "x y"},
	} {
		r.must(r.as(access.Admin, "POST", "/senders", body), 422, name)
	}
}

func TestTheOrganisationChangesByVersions(t *testing.T) {
	r := newRig(t)
	none := r.must(r.as(access.Legal, "GET", "/organisation", nil), 200, "read")
	if none.header.Get("ETag") != `"0"` {
		t.Errorf("the first tag is %s", none.header.Get("ETag"))
	}
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "A"}), 412, "without If-Match")
	one := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "A", "contacts": map[string]string{"phone": "1"}}, "If-Match", `"0"`), 200, "first")
	two := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"dpo": map[string]string{"name": "D"}}, "If-Match", one.header.Get("ETag")), 200, "second")
	contacts, _ := two.doc["contacts"].(map[string]any)
	if two.text("name") != "A" || contacts["phone"] != "1" || two.doc["version"] != 2.0 {
		t.Errorf("what was not given changed: %s", two.raw)
	}
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "B"}, "If-Match", `"1"`), 412, "a stale one")
}
