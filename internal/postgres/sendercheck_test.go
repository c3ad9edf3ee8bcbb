package postgres_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/internal/smtpclient"
)

// world answers about a sender: with texts, with everything else right, or not
// at all.
type world struct {
	texts map[string]string
	mute  bool
}

func (w *world) heard() sender.Heard {
	if w.mute {
		return sender.Silence
	}
	return sender.Found
}

func (w *world) Texts(_ context.Context, name string) sender.Texts {
	switch text := w.texts[name]; {
	case w.mute:
		return sender.Texts{}
	case text == "":
		return sender.Texts{Heard: sender.Nothing}
	default:
		return sender.Texts{Heard: sender.Found, Records: []string{text}}
	}
}

func (w *world) Addresses(context.Context, string) sender.Addresses {
	return sender.Addresses{Heard: w.heard(), All: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}
}
func (w *world) Exists(context.Context, string) sender.Heard    { return w.heard() }
func (w *world) TakesMail(context.Context, string) sender.Heard { return w.heard() }
func (w *world) SPF(_ context.Context, _ string, from []netip.Addr) map[netip.Addr]sender.SPFResult {
	out := map[netip.Addr]sender.SPFResult{}
	for _, ip := range from {
		switch {
		case w.mute:
			out[ip] = sender.SPFSilent
		case ip == netip.MustParseAddr("192.0.2.1"):
			out[ip] = sender.SPFNot
		default:
			out[ip] = sender.SPFPass
		}
	}
	return out
}

// warned checks another plan, and gives what it says of the DNS.
func (r *planRig) warned() string {
	r.t.Helper()
	settings := r.settings()
	settings.Name = fmt.Sprintf("Campaign %d", r.number("SELECT count(*) FROM campaign"))
	c := r.checkedAs(settings)
	if !c.Preflight.OK {
		r.t.Errorf("a warning blocks: %+v", c.Preflight.Blocking)
	}
	var codes []string
	for _, f := range c.Preflight.Warnings {
		if rest, ok := strings.CutPrefix(f.Code, "names_"); ok {
			codes = append(codes, rest)
		}
	}
	return strings.Join(codes, " ")
}

// The checks of a plan say what the last look-up of its sender left open, for
// this plan, and keep nobody from it.
func TestThePlanSaysWhatTheDNSLeavesOpen(t *testing.T) {
	r := newPlanRig(t, 6)
	no := id.Sender(r.sender)
	names := &world{texts: map[string]string{"_dmarc.example.com": "v=DMARC1; p=reject"}}
	senders := sender.Service{Store: postgres.SenderStore{DB: r.db.DB}, Names: names}
	look := func() {
		t.Helper()
		if _, err := senders.Check(context.Background(), r.eli, no); err != nil {
			t.Fatal(err)
		}
	}
	says := func(when, want string) {
		t.Helper()
		if got := r.warned(); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	says("before", "never")
	look()
	says("by SPF alone", "")
	k := r.key(dkim.RSA2048)
	says("with another key", "changed")
	look()
	says("whose record is missing", "key")
	names.texts[k.Host()] = k.Record()
	look()
	says("whose record stands", "")
	r.retire(r.key(dkim.Ed25519))
	says("with a key that came and went", "")
	delete(names.texts, "_dmarc.example.com")
	look()
	says("without a policy", "wrong")
	names.mute = true
	look()
	says("without an answer", "blind")
	names.mute, names.texts["_dmarc.example.com"] = false, "v=DMARC1; p=reject"
	look()
	relays := relay.Service{Store: postgres.RelayStore{DB: r.db.DB}, Guard: smtpclient.Guard{}}
	name, host := "Another", "smtp.example.net"
	if _, err := relays.Create(context.Background(), r.eli, relay.Change{Name: &name, Host: &host}); err != nil {
		t.Fatal(err)
	}
	says("with a relay that the plan does not use", "")
	if s, err := senders.Get(context.Background(), r.eli, no); err != nil || !s.Checked.Overtaken {
		t.Errorf("%v, the look-up knows the other relay", err)
	}
	reply := "other@example.com"
	if _, err := senders.Change(context.Background(), r.eli, no, 1, sender.Change{ReplyTo: &reply}); err != nil {
		t.Fatal(err)
	}
	says("with another revision", "changed")
}

// A look-up that is a week old counts no more.
func TestAnOldLookUpCountsNoMore(t *testing.T) {
	r := newPlanRig(t, 6)
	r.exec(`INSERT INTO sender_check (sender_no, revision, items, checked_by, checked_at)
		SELECT $1, 1, jsonb_build_array(jsonb_build_object('kind', 'relay', 'state', 'ok', 'relay', 'rel_' || $4::text, 'host', host)), $3, now() - interval '8 days 1 hour' FROM relay_revision WHERE relay_no = $2`, r.sender, r.relay, int64(r.eli.User), fmt.Sprint(r.relay))
	if got := r.warned(); got != "old" {
		t.Errorf("it says %q", got)
	}
}

// Only an admin looks up; what was looked up stays.
func TestALookUpIsKeptForGood(t *testing.T) {
	r := newPlanRig(t, 2)
	senders := sender.Service{Store: postgres.SenderStore{DB: r.db.DB}}
	for _, by := range []access.Actor{r.ada, r.cem, {Role: access.Auditor, User: r.ada.User}} {
		if _, err := senders.Check(context.Background(), by, id.Sender(r.sender)); err == nil {
			t.Errorf("%s looks up", by.Role)
		}
	}
	if n := r.number("SELECT count(*) FROM sender_check"); n != 0 {
		t.Errorf("%d look-ups are kept", n)
	}
	for range 2 {
		if _, err := senders.Check(context.Background(), r.eli, id.Sender(r.sender)); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.number("SELECT count(*) FROM sender_check"); n != 2 {
		t.Errorf("%d look-ups are kept", n)
	}
}
