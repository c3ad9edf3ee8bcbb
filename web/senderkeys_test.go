package web

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
	"forthwith/internal/sender"
)

func TestAKeyIsMadePublishedUsedAndRetiredOnItsPages(t *testing.T) {
	r := newRig(t)
	senders := sender.Service{Store: postgres.SenderStore{DB: r.db.DB}}
	b := r.signedIn(r.hire("eli", access.Admin))
	if got := b.submit("/senders/new", "/senders/new", url.Values{"name": {"Notices"}, "from": {"notice@example.com"}}); got.status != 303 {
		t.Fatalf("a sender: %d %s", got.status, text(got.body))
	}
	page := "/senders/snd_1"
	if got := b.submit(page+"/keys/new", page+"/keys/new", url.Values{"selector": {"a"}}); got.status != 422 || !strings.Contains(text(got.body), "No kind of key is chosen") {
		t.Errorf("no algorithm: %d %s", got.status, text(got.body))
	}
	for _, algorithm := range []string{"rsa2048", "ed25519"} {
		if got := b.submit(page+"/keys/new", page+"/keys/new", url.Values{"algorithm": {algorithm}, "selector": {algorithm}}); got.status != 303 || got.location != page {
			t.Fatalf("%s: %d %s", algorithm, got.status, text(got.body))
		}
	}
	shown := b.get(page).body
	for want, times := range map[string]int{`data-copy="rsa2048._domainkey.example.com"`: 1, `data-copy="v=DKIM1; k=ed25519; p=`: 1, `data-copy="v=DKIM1; k=rsa; p=`: 1, "longer than one string": 1, "Not in use": 2} {
		if got := strings.Count(shown, want); got != times {
			t.Errorf("%q stands %d times on the page, want %d", want, got, times)
		}
	}
	if got := b.submit(page+"/keys/key_1/use", page+"/keys/key_1/use", nil); got.status != 303 {
		t.Fatalf("use: %d %s", got.status, text(got.body))
	}
	retire := page + "/keys/key_1/retire"
	if got := b.submit(retire, retire, nil); got.status != 422 || !strings.Contains(got.body, `name="reason"`) {
		t.Errorf("without a reason: %d %s", got.status, text(got.body))
	}
	if got := b.submit(retire, retire, url.Values{"reason": {"a laptop was stolen"}}); got.status != 303 {
		t.Errorf("retire: %d %s", got.status, text(got.body))
	}
	all, err := senders.Keys(t.Context(), access.Actor{Role: access.Admin}, 1)
	if err != nil || len(all) != 2 || all[0].State() != sender.KeyRetired || all[1].State() != sender.KeyMade {
		t.Errorf("%v: %+v", err, all)
	}
	if got := text(b.get(retire).body); !strings.Contains(got, "This key is retired") || strings.Contains(got, "Reason") {
		t.Errorf("a retired key: %s", got)
	}
}
