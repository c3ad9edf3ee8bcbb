package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

// A key is made, used and retired; its record is told, its private half never.
func TestADKIMKeyIsMadeUsedAndRetired(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "Notices", "from": "notice@example.com"}), 201, "create")
	keys := "/senders/" + made.text("id") + "/keys"
	for _, c := range []struct{ algorithm, selector, code string }{{"dsa", "a", "dkim_algorithm"}, {"ed25519", "a b", "dkim_selector"}, {"ed25519", "a.b", "dkim_selector"}, {"ed25519", "", "dkim_selector"}} {
		got := r.as(access.Admin, "POST", keys, map[string]any{"algorithm": c.algorithm, "selector": c.selector})
		if got.status != 422 || !strings.Contains(string(got.raw), c.code) {
			t.Errorf("%s %q: %d %s", c.algorithm, c.selector, got.status, string(got.raw))
		}
	}
	var paths []string
	for algorithm, record := range map[string]string{"ed25519": "v=DKIM1; k=ed25519; p=", "rsa2048": "v=DKIM1; k=rsa; p="} {
		k := r.must(r.as(access.Admin, "POST", keys, map[string]any{"algorithm": algorithm, "selector": "FW-" + algorithm}), 201, "make")
		if k.doc["state"] != "made" || k.doc["dns_name"] != "fw-"+algorithm+"._domainkey.example.com" || !strings.HasPrefix(k.text("dns_txt"), record) || strings.Contains(string(k.raw), "private") {
			t.Errorf("%s", string(k.raw))
		}
		paths = append(paths, keys+"/"+k.text("id"))
	}
	if got := r.as(access.Admin, "POST", keys, map[string]any{"algorithm": "ed25519", "selector": "fw-rsa2048"}); got.status != 422 || !strings.Contains(string(got.raw), "dkim_selector_taken") {
		t.Errorf("a selector that is taken: %d %s", got.status, string(got.raw))
	}
	for range 2 { // a second time changes nothing
		for _, path := range paths {
			if k := r.must(r.as(access.Admin, "POST", path+"/use", nil), 200, "use"); k.doc["state"] != "in_use" {
				t.Errorf("%s", string(k.raw))
			}
		}
	}
	for code, reason := range map[string]any{"reason_missing": " ", "field_too_long": strings.Repeat("x", 2001)} {
		if got := r.as(access.Admin, "POST", paths[0]+"/retire", map[string]any{"reason": reason}); got.status != 422 || !strings.Contains(string(got.raw), code) {
			t.Errorf("%s: %d %s", code, got.status, string(got.raw))
		}
	}
	for range 2 {
		if k := r.must(r.as(access.Admin, "POST", paths[0]+"/retire", map[string]any{"reason": "a laptop was stolen"}), 200, "retire"); k.doc["state"] != "retired" {
			t.Errorf("%s", string(k.raw))
		}
	}
	if got := r.as(access.Admin, "POST", paths[0]+"/use", nil); got.status != 409 || got.code() != "dkim_key_retired" {
		t.Errorf("a retired key is used: %d %s", got.status, got.code())
	}
	if got := r.as(access.Admin, "POST", keys+"/key_99/use", nil); got.status != 404 {
		t.Errorf("no such key: %d", got.status)
	}
	if got := r.must(r.as(access.Auditor, "GET", keys, nil), 200, "list"); len(got.doc["items"].([]any)) != 2 {
		t.Errorf("%s", string(got.raw))
	}
	r.sequence()
	log := r.must(r.as(access.Auditor, "GET", "/ledger?limit=100", nil), 200, "ledger")
	for verb, times := range map[string]int{"sender_key_made": 2, "sender_key_used": 2, "sender_key_retired": 1} {
		if got := strings.Count(string(log.raw), `"`+verb+`"`); got != times {
			t.Errorf("%s stands %d times in the ledger, want %d", verb, got, times)
		}
	}
	if strings.Count(string(log.raw), "a laptop was stolen") != 1 {
		t.Error("the reason is not on record once")
	}
}

// Four keys sign at once and no more.
func TestNoMoreThanFourKeysSignAtOnce(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "Notices", "from": "notice@example.com"}), 201, "create")
	keys := "/senders/" + made.text("id") + "/keys"
	for i, want := range []int{200, 200, 200, 200, 409} {
		k := r.must(r.as(access.Admin, "POST", keys, map[string]any{"algorithm": "ed25519", "selector": "k" + string(rune('a'+i))}), 201, "make")
		if got := r.as(access.Admin, "POST", keys+"/"+k.text("id")+"/use", nil); got.status != want {
			t.Errorf("key %d: %d %s", i+1, got.status, got.code())
		}
	}
}
