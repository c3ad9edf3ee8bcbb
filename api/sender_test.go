package api

import (
	"testing"

	"forthwith/internal/access"
)

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
