package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"net/mail"
	"strings"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/letter"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/smtpclient/relaytest"
)

// deskAt is the sender of the letters here.
var deskAt = letter.Sender{From: "desk@example.com", ReplyTo: "help@example.com"}

// mailroom makes letters with the product's composer and guard.
type mailroom struct {
	*letter.Composer
	*letter.Guard
	alarm func(context.Context) error
	bug   func(letters []delivery.Letter) // nil: none
}

func (r *rig) mailroom() *mailroom {
	r.t.Helper()
	skeleton, err := notice.Source{Locale: "en", Subject: "About your account", Body: "Your marker is [{{merge.marker}}].\n"}.Compile()
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := skeleton.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := letter.New(text, deskAt)
	if err != nil {
		r.t.Fatal(err)
	}
	g, err := letter.NewGuard([]*notice.Text{text}, deskAt, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &mailroom{Composer: c, Guard: g, alarm: trusting{r}.Alarm}
}

func (m *mailroom) Alarm(ctx context.Context) error { return m.alarm(ctx) }

func (m *mailroom) Compose(_ context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	letters := make([]delivery.Letter, 0, len(claimed))
	for _, c := range claimed {
		to, err := mailaddr.Parse(address(c.Seq))
		if err != nil {
			return nil, err
		}
		p := letter.Person{Address: to, MessageID: fmt.Sprintf("m%d@example.com", c.Seq), Date: now.UTC().Truncate(time.Second), Values: notice.Values{"merge.marker": {marker(c.Seq)}}}
		if c.First != nil {
			p.Date = c.First.Date
		}
		raw, err := m.Composer.Compose(p)
		if err != nil {
			return nil, err
		}
		letters = append(letters, delivery.Letter{Claimed: c, From: "b@example.com", To: to.String(), Date: p.Date, Raw: raw, Hash: sha256.Sum256(raw), MessageID: p.MessageID, Values: p.Values})
	}
	if m.bug != nil {
		m.bug(letters)
	}
	return handed(letters, nil), nil
}

func marker(seq int64) string { return fmt.Sprintf("marker-%d-", seq) }

// post sends what is free, once, through a mailroom.
func (r *rig) post(m *mailroom, connections int) {
	r.t.Helper()
	ctx, job := context.Background(), r.job(connections)
	job.Composer, job.Guard = m, m
	if err := r.engine("sender").Run(ctx, ctx, job); err != nil {
		r.t.Fatal(err)
	}
}

// everyoneTheirOwn holds the relay's own record against who should get what.
func (r *rig) everyoneTheirOwn() {
	r.t.Helper()
	for _, m := range r.relay.Messages() {
		to, _, _ := strings.Cut(strings.TrimPrefix(m.Rcpt[0], "p"), "@")
		for seq := int64(1); seq <= int64(r.people); seq++ {
			if own := fmt.Sprint(seq) == to; strings.Contains(string(m.Raw), marker(seq)) != own || strings.Contains(string(m.Raw), "<"+address(seq)+">") != own {
				r.t.Errorf("the letter to person %s: data of %d is there, %v", to, seq, !own)
			}
		}
	}
}

// paused holds that the program paused the campaign, once, and says why.
func (r *rig) paused() {
	r.t.Helper()
	c, err := r.campaigns().Get(context.Background(), operator, id.Campaign(r.campaign))
	if err != nil {
		r.t.Fatal(err)
	}
	if c.State != campaign.Paused || c.Reason == nil || c.Reason.Code != "paused_letter_withheld" || c.Reason.By != "system" {
		r.t.Errorf("the campaign is %s because of %+v", c.State, c.Reason)
	}
	for _, code := range []string{"paused_letter_withheld", delivery.Withheld, outcome.Withheld.Reason()} {
		if !phrase.Has(code) {
			r.t.Errorf("%s has no sentence", code)
		}
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'campaign_paused' AND actor = 'system'"); n != 1 {
		r.t.Errorf("%d entries about the pause", n)
	}
}

func TestAMailroomWithoutABugReachesEverybody(t *testing.T) {
	r := newRig(t, 40, "hold", relaytest.Config{})
	r.post(r.mailroom(), 4)
	r.everyoneTheirOwn()
	if got := r.statuses(); got[outcome.Accepted] != 40 {
		t.Errorf("%v", got)
	}
}

// shareOne is the seeded bug: every letter of a batch is written into the same
// buffer, and so becomes the last one.
func shareOne(letters []delivery.Letter) {
	var buffer []byte
	for i := range letters {
		buffer = append(buffer[:0], letters[i].Raw...)
		letters[i].Raw = buffer
	}
}

// shareBodies is a smaller bug: the headers are right, what follows is the
// neighbour's, and the hash is made of what came of it.
func shareBodies(letters []delivery.Letter) {
	last := string(letters[len(letters)-1].Raw)
	_, body, _ := strings.Cut(last, "\r\n\r\n")
	for i := range letters {
		head, _, _ := strings.Cut(string(letters[i].Raw), "\r\n\r\n")
		letters[i].Raw = []byte(head + "\r\n\r\n" + body)
		letters[i].Hash = sha256.Sum256(letters[i].Raw)
	}
}

// Promise 1: whatever mixes up letters, nothing of one person goes to another.
// Those that were mixed up are put off before they are announced, and the
// campaign stands until a person has looked.
func TestASharedBufferReachesNobody(t *testing.T) {
	for name, bug := range map[string]func([]delivery.Letter){"for whole letters": shareOne, "for bodies": shareBodies} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 40, "hold", relaytest.Config{})
			m := r.mailroom()
			m.bug = bug
			r.post(m, 4)
			r.everyoneTheirOwn()
			r.paused()
			got := r.statuses()
			if got[outcome.Deferred] == 0 || got[outcome.Deferred]+got[outcome.Pending]+got[outcome.Accepted] != 40 || got[outcome.Accepted] > 1 {
				t.Errorf("%v", got)
			}
			decided, announced := r.count("kind = 'unmade' AND code = 'reason_withheld'", "decision"), r.count("true", "intent")
			if int(decided) != got[outcome.Deferred] || int(announced) != got[outcome.Accepted] {
				t.Errorf("%d decisions, %d intents for %v", decided, announced, got)
			}
			r.goesOn()
		})
	}
}

// goesOn resumes without the bug: everybody gets their own, once.
func (r *rig) goesOn() {
	r.t.Helper()
	ctx := context.Background()
	if _, err := r.campaigns().Resume(ctx, operator, id.Campaign(r.campaign)); err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE delivery_open SET next_at = now() WHERE campaign_no = $1 AND next_at IS NOT NULL", r.campaign)
	if _, err := r.store.Gather(ctx); err != nil {
		r.t.Fatal(err)
	}
	r.post(r.mailroom(), 4)
	r.everyoneTheirOwn()
	if got := r.statuses(); got[outcome.Accepted] != r.people {
		r.t.Errorf("afterwards %v", got)
	}
	for to, n := range r.relay.AcceptedByRcpt() {
		if n != 1 {
			r.t.Errorf("%s got %d letters", to, n)
		}
	}
}

// overwriting is a wire over which a letter's bytes change after it was
// announced.
type overwriting struct {
	delivery.Wire
	change func()
}

func (o overwriting) Dial(ctx context.Context, r delivery.Relay) (delivery.Session, error) {
	s, err := o.Wire.Dial(ctx, r)
	return overwritten{s, o.change}, err
}

type overwritten struct {
	delivery.Session
	change func()
}

func (o overwritten) Envelope(ctx context.Context, from, to string) outcome.Reply {
	r := o.Session.Envelope(ctx, from, to)
	o.change()
	return r
}

// What is overwritten after its announcement is given up before DATA. The
// record says so, and the next attempt sends what the first one announced.
func TestALetterThatChangesAfterItsAnnouncementIsGivenUp(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	m := r.mailroom()
	var raw []byte
	m.bug = func(letters []delivery.Letter) { raw = letters[0].Raw }
	ctx, e, job := context.Background(), r.engine("sender"), r.job(1)
	job.Composer, job.Guard = m, m
	e.Wire = overwriting{e.Wire, func() { copy(raw[len(raw)/2:], "marker-2-") }}
	if err := e.Run(ctx, ctx, job); err != nil {
		t.Fatal(err)
	}
	r.paused()
	if n := r.relay.Count(relaytest.Data); n != 0 || r.relay.Count(relaytest.Rcpt) != 1 {
		t.Errorf("DATA %d times after %d recipients", n, r.relay.Count(relaytest.Rcpt))
	}
	if n := r.count("phase = 'data' AND code = 0 AND NOT lost", "outcome"); n != 1 || r.statuses()[outcome.Deferred] != 1 || r.count("true", "intent") != 1 {
		t.Errorf("%d outcomes, %v", n, r.statuses())
	}
	r.goesOn()
	if got, err := mail.ReadMessage(strings.NewReader(string(r.relay.Messages()[0].Raw))); err != nil || got.Header.Get("Message-Id") != "<m1@example.com>" {
		t.Errorf("%v, %v", got, err)
	}
	if n := r.number("SELECT count(DISTINCT message_sha256) FROM intent WHERE campaign_no = $1", r.campaign); n != 1 {
		t.Errorf("%d different messages were announced", n)
	}
}

// A campaign without a guard is not sent.
func TestNothingIsSentThatNobodyReadsBack(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	ctx, job := context.Background(), r.job(1)
	job.Guard = nil
	if err := r.engine("sender").Run(ctx, ctx, job); err == nil || r.relay.Count(relaytest.Mail) != 0 {
		t.Error("it was sent")
	}
}
