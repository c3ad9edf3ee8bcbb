package api

import (
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/dns"
	"forthwith/internal/dns/dnstest"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

func TestAPersonWhoseDomainTakesNoMailIsFlagged(t *testing.T) {
	r := newRig(t)
	incident := r.incident()
	file := "email\nann@null.example\nbo@mail.example\ncy@failing.example\ndi@bücher.example\n"
	r.importNow(r.must(r.upload(access.Ops, incident, "file", file, "name", "List A", "mapping", `{"email":"email"}`), 202, "upload").text("id"))
	s := dnstest.Start(t)
	s.Records("null.example.", "null.example. 60 IN MX 0 .")
	s.Records("mail.example.", "mail.example. 60 IN MX 5 mx.mail.example.")
	s.Records("xn--bcher-kva.example.")
	s.Fails("failing.example.", 2)
	no, err := id.ParseIncident(incident)
	if err != nil {
		t.Fatal(err)
	}
	if err := (intake.Domains{Store: postgres.DomainStore{DB: r.db.DB}, Resolver: dns.New(s.Addr)}).Look(t.Context(), no); err != nil {
		t.Fatal(err)
	}
	got := r.must(r.as(access.Auditor, "GET", "/incidents/"+incident+"/flags", nil), 200, "flags")
	flags, _ := got.doc["flags"].(map[string]any)
	domains, _ := got.doc["domains"].(map[string]any)
	if flags["undeliverable_domain"] != 2.0 || domains["state"] != "open" || domains["open"] != 1.0 || domains["next_at"] == nil {
		t.Errorf("got %s", got.raw)
	}
	people := r.must(r.as(access.Auditor, "GET", "/incidents/"+incident+"/recipients?flag=undeliverable_domain", nil), 200, "people")
	if len(people.items()) != 2 {
		t.Errorf("got %s", people.raw)
	}
}
