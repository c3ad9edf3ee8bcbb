package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/dns"
	"forthwith/internal/dns/dnstest"
	"forthwith/internal/postgres"
	"forthwith/internal/sender"
)

// asking has the rig's API ask a DNS server.
func (r *rig) asking(s *dnstest.Server) {
	services := rigServices(r.db, r.staff)
	services.Senders = sender.Service{Store: postgres.SenderStore{DB: r.db.DB}, Names: dns.Senders{Resolver: dns.New(s.Addr)}}
	r.app = New(services)
}

// about finds the item of a look-up about one thing.
func about(t *testing.T, check map[string]any, kind string) map[string]any {
	t.Helper()
	for _, i := range check["items"].([]any) {
		if item := i.(map[string]any); item["kind"] == kind {
			return item
		}
	}
	t.Fatalf("nothing about %s", kind)
	return nil
}

// A look-up tells what is missing with the record to add; with what it printed
// in the DNS the next one finds nothing missing.
func TestWhatALookUpPrintsIsWhatIsMissing(t *testing.T) {
	r := newRig(t)
	s := dnstest.Start(t)
	r.asking(s)
	s.Records("example.com.", "example.com. 60 IN MX 5 mx.example.com.")
	s.Records("mx.example.com.", "mx.example.com. 60 IN A 198.51.100.7")
	r.must(r.as(access.Admin, "POST", "/relays", map[string]any{"name": "R", "host": "mx.example.com"}), 201, "relay")
	made := r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "Notices", "from": "notice@example.com"}), 201, "create")
	if made.doc["dns"] != nil {
		t.Errorf("looked up at once: %s", made.raw)
	}
	path := "/senders/" + made.text("id")
	key := r.must(r.as(access.Admin, "POST", path+"/keys", map[string]any{"algorithm": "rsa2048", "selector": "a"}), 201, "key")
	r.must(r.as(access.Admin, "POST", path+"/keys/"+key.text("id")+"/use", nil), 200, "use")

	first := r.must(r.as(access.Admin, "POST", path+"/check", nil), 200, "look up").doc
	if first["standing"] != "wrong" {
		t.Errorf("standing %v", first["standing"])
	}
	for kind, want := range map[string]string{"dkim": "dns_key_missing", "dmarc": "dns_dmarc_missing", "spf": "dns_spf_missing", "relay": "dns_relay_record", "pass": "dns_pass_not", "bounce": "dns_bounce_ok", "reply": "dns_reply_ok", "from": "dns_from_ok"} {
		if got := about(t, first, kind); got["code"] != want || got["message"] == want {
			t.Errorf("%s: %v %v, want %s", kind, got["code"], got["message"], want)
		}
	}
	lines := map[string][]string{"example.com.": {"example.com. 60 IN MX 5 mx.example.com."}}
	for _, kind := range []string{"dkim", "dmarc", "spf"} {
		record := about(t, first, kind)["record"].(map[string]any)
		name := record["name"].(string) + "."
		lines[name] = append(lines[name], record["zone"].(string))
	}
	for name, all := range lines {
		s.Records(name, all...)
	}
	if zone := strings.Join(lines["a._domainkey.example.com."], ""); strings.Count(zone, `"`) != 4 {
		t.Errorf("a long key is not in two strings: %s", zone)
	}
	second := r.must(r.as(access.Admin, "POST", path+"/check", nil), 200, "look up again").doc
	for _, i := range second["items"].([]any) {
		if item := i.(map[string]any); item["state"] != "ok" || item["record"] != nil {
			t.Errorf("%v %v: %v", item["kind"], item["subject"], item["message"])
		}
	}
	asked := len(s.Asked())
	for _, c := range []struct {
		role access.Role
		path string
	}{{access.Auditor, path}, {access.Ops, path}, {access.Admin, "/senders"}} {
		read := r.must(r.as(c.role, "GET", c.path, nil), 200, "read").doc
		if all, list := read["items"].([]any); list {
			read = all[0].(map[string]any)
		}
		if last, _ := read["dns"].(map[string]any); last["standing"] != "well" || last["looked_up_at"] != second["looked_up_at"] {
			t.Errorf("%s reads %v", c.role, read["dns"])
		}
	}
	if got := len(s.Asked()); got != asked {
		t.Errorf("reading asked %d questions", got-asked)
	}
	r.sequence()
	if log := r.must(r.as(access.Auditor, "GET", "/ledger?limit=100", nil), 200, "ledger"); strings.Count(string(log.raw), `"sender_checked"`) != 2 {
		t.Error("the look-ups are not on record twice")
	}
	r.must(r.as(access.Admin, "POST", "/relays", map[string]any{"name": "S", "host": "smtp.example.net"}), 201, "another relay")
	if last := r.must(r.as(access.Admin, "GET", path, nil), 200, "read").doc["dns"].(map[string]any); last["standing"] != "changed" {
		t.Errorf("with another relay it is %v", last["standing"])
	}
}

// Servers that fail say nothing; nobody is asked where nobody is to be.
func TestWithoutAnswersALookUpClaimsNothing(t *testing.T) {
	r := newRig(t)
	path := "/senders/" + r.must(r.as(access.Admin, "POST", "/senders", map[string]any{"name": "Notices", "from": "notice@example.com"}), 201, "create").text("id")
	off := r.must(r.as(access.Admin, "POST", path+"/check", nil), 200, "look up").doc
	s := dnstest.Start(t)
	for _, name := range []string{"example.com.", "_dmarc.example.com."} {
		s.Fails(name, 2) // SERVFAIL
	}
	r.asking(s)
	failing := r.must(r.as(access.Admin, "POST", path+"/check", nil), 200, "look up").doc
	for code, check := range map[string]map[string]any{"dns_off": off, "dns_silent": failing} {
		if check["standing"] != "blind" {
			t.Errorf("%s: standing %v", code, check["standing"])
		}
		for _, i := range check["items"].([]any) {
			if item := i.(map[string]any); item["state"] != "cannot_tell" || item["code"] != code && item["kind"] != "pass" || item["record"] != nil {
				t.Errorf("%s: %v", code, item)
			}
		}
	}
}
