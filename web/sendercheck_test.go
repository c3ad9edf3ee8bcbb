package web

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/sender"
)

// told answers from a table of texts.
type told struct{ texts map[string][]string }

func (n *told) Texts(_ context.Context, name string) sender.Texts {
	if all := n.texts[name]; len(all) > 0 {
		return sender.Texts{Heard: sender.Found, Records: all}
	}
	return sender.Texts{Heard: sender.Nothing}
}
func (n *told) Addresses(context.Context, string) sender.Addresses { return sender.Addresses{} }
func (n *told) Exists(context.Context, string) sender.Heard        { return sender.Found }
func (n *told) TakesMail(_ context.Context, _ string) sender.Heard { return sender.Nothing }
func (n *told) SPF(_ context.Context, _ string, from []netip.Addr) map[netip.Addr]sender.SPFResult {
	return map[netip.Addr]sender.SPFResult{from[0]: sender.SPFNot}
}

func TestASendersPageShowsWhatTheDNSSays(t *testing.T) {
	r := newRig(t)
	eli, gil := r.signedIn(r.hire("eli", access.Admin)), r.signedIn(r.hire("gil", access.Auditor))
	if got := eli.submit("/senders/new", "/senders/new", url.Values{"name": {"Notices"}, "from": {"notice@example.com"}}); got.status != 303 {
		t.Fatalf("a sender: %d %s", got.status, text(got.body))
	}
	page := "/senders/snd_1"
	if got := text(eli.get("/senders").body); !strings.Contains(got, "Not looked up") {
		t.Errorf("the list says %s", got)
	}
	if got := eli.submit(page+"/keys/new", page+"/keys/new", url.Values{"algorithm": {"rsa2048"}, "selector": {"a"}}); got.status != 303 {
		t.Fatalf("a key: %d", got.status)
	}
	if got := eli.submit(page, page+"/check", nil); got.status != 303 || got.location != page+"#names" {
		t.Fatalf("look up: %d %s", got.status, text(got.body))
	}
	shown := eli.get(page).body
	for want, times := range map[string]int{"Missing or wrong": 3, `data-copy="a._domainkey.example.com"`: 2, `a._domainkey.example.com. IN TXT &#34;v=DKIM1`: 2, "The DNS has no record for this key": 1, "answers of people who were told are lost": 1, "bounces are lost": 1, "v=spf1 -all": 0} {
		if got := strings.Count(shown, want); got != times {
			t.Errorf("%q stands %d times on the page, want %d", want, got, times)
		}
	}
	if got := text(eli.get("/senders").body); !strings.Contains(got, "Something is missing") {
		t.Errorf("the list says %s", got)
	}
	if body := gil.get(page).body; !strings.Contains(body, "The DNS has no record for this key") || strings.Contains(body, "Look up now") {
		t.Error("an auditor reads it, and looks nothing up")
	}
}
