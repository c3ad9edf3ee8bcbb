package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/letter"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
)

// testSend sends what is left of a test send. The process waits for it at its
// end as for any message that is under way; what it did not begin is asked for
// again by a reminder.
func (p *process) testSend(_ context.Context, no int64) error {
	ended := make(chan error, 1)
	if !p.begin(func() { ended <- p.testOnce(no) }) {
		return nil
	}
	return <-ended
}

// begin runs something that the end of the process waits for, unless that has
// come.
func (p *process) begin(f func()) bool {
	p.closing.RLock()
	defer p.closing.RUnlock()
	if p.soft.Err() != nil {
		return false
	}
	p.runs.Go(f)
	return true
}

func (p *process) testOnce(no int64) error {
	job, err := p.Tests.OpenTest(p.soft, no)
	if err != nil {
		return err
	}
	return p.engine.Test(p.soft, p.hard, job, p.TestStore)
}

// OpenTest makes the letters that are left of a test send: the notice of the
// plan that it was asked for, marked, and filled for nobody who exists.
func (o Opener) OpenTest(ctx context.Context, no int64) (delivery.TestJob, error) {
	job := delivery.TestJob{No: no}
	t, left, err := o.Tests.Asked(ctx, id.TestSend(no))
	if err != nil || len(left) == 0 {
		return job, err
	}
	c, err := o.Campaigns.Campaign(ctx, t.Campaign)
	if err != nil {
		return job, err
	}
	job.Campaign, job.Rate = int64(c.ID), c.Rate()
	if t.Overtaken(c) {
		job.Letters = unsent(left, delivery.TestOvertaken)
		return job, nil
	}
	if err := o.fillTest(ctx, &job, c, t, left); err != nil {
		return job, fmt.Errorf("open %s: %w", t.ID, err)
	}
	return job, nil
}

func unsent(left []campaign.Addressee, why string) []delivery.TestLetter {
	var all []delivery.TestLetter
	for _, a := range left {
		all = append(all, delivery.TestLetter{User: int64(a.User), Unsent: why})
	}
	return all
}

// fillTest makes a letter for everybody who is left, and says which relays it
// may take.
func (o Opener) fillTest(ctx context.Context, job *delivery.TestJob, c campaign.Campaign, t campaign.TestSend, left []campaign.Addressee) error {
	plan, err := o.plan(ctx, c)
	if err != nil {
		return err
	}
	excluded, err := o.Tests.ExcludedRelays(ctx, c.Incident)
	if err != nil {
		return err
	}
	for _, w := range c.Widened {
		plan.Relays = append(plan.Relays, w.Relays...)
	}
	plan.Relays = slices.DeleteFunc(plan.Relays, func(r campaign.PlannedRelay) bool {
		return slices.Contains(excluded, r.Host) || slices.Contains(excluded, r.ID.String())
	})
	job.Relays = relaysOf(plan, nil)
	_, names, err := o.Campaigns.Keys(ctx, c.Incident)
	if err != nil {
		return err
	}
	signing, err := o.Campaigns.Signing(ctx, plan.Sender)
	if err != nil {
		return err
	}
	m, err := newTestMaker(plan, signing, names, t.At)
	if err != nil {
		job.Letters = unsent(left, delivery.NotMade)
		return nil
	}
	job.Guard = m.guard
	for _, a := range left {
		job.Letters = append(job.Letters, m.letter(job.No, a))
	}
	return nil
}

// testMaker makes the letters of test sends of a plan.
type testMaker struct {
	plan     campaign.Plan
	composer *letter.Composer
	guard    *letter.Guard
	signer   *dkim.Signer
	names    *vault.Installation
	values   notice.Values
	date     time.Time
}

func newTestMaker(p campaign.Plan, signing []*dkim.Key, names *vault.Installation, at time.Time) (*testMaker, error) {
	m := &testMaker{plan: p, signer: dkim.NewSigner(signing...), names: names, date: at.UTC().Truncate(time.Second)}
	skeleton, values := p.Text.Sample(p.Told(), m.date)
	m.values = values
	text, err := skeleton.Marked(phrase.Say("test_mark", nil)).Load()
	if err != nil {
		return nil, err
	}
	sender := letter.Sender{From: p.Sender.From, FromName: p.Sender.FromName, ReplyTo: p.Sender.ReplyTo}
	if m.composer, err = letter.New(text, sender); err != nil {
		return nil, err
	}
	m.guard, err = letter.NewGuard([]*notice.Text{text}, sender, p.Sender.LinkHosts, namesOf(signing)...)
	return m, err
}

// letter makes one user's, or says that it cannot be made: an error could hold
// an address.
func (m *testMaker) letter(test int64, a campaign.Addressee) (out delivery.TestLetter) {
	out.User = int64(a.User)
	if a.Disabled {
		out.Unsent = delivery.TestUserGone
		return out
	}
	var err error
	if out.Letter, err = m.made(test, a); err != nil {
		out.Unsent = delivery.NotMade
	}
	return out
}

// made is contained like a recipient's letter: a panic is this letter's alone.
func (m *testMaker) made(test int64, a campaign.Addressee) (l delivery.Letter, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("make test letter: %T while rendering", caught)
		}
	}()
	to, err := mailaddr.Parse(a.Email)
	if err != nil {
		return l, err
	}
	_, domain, _ := strings.Cut(m.plan.Sender.From, "@")
	messageID, path := m.names.TestNames(test, int64(a.User))
	p := letter.Person{Address: to, Date: m.date, Values: m.values, MessageID: messageID + "@" + domain}
	raw, err := m.composer.Compose(p)
	if err == nil {
		raw, err = m.signer.Sign(raw, m.date)
	}
	if err != nil {
		return l, err
	}
	return delivery.Letter{From: path + "@" + m.plan.Sender.BounceDomain, To: to.String(), Date: m.date, Raw: raw, Hash: canon.Hash(sha256.Sum256(raw)),
		MessageID: p.MessageID, Values: p.Values}, nil
}
