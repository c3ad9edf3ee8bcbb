package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
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
	"forthwith/internal/vault"
)

// staffMail sends what is left of a mail to staff. The process waits for it at
// its end as for any message that is under way; what it did not begin is asked
// for again by a reminder.
func (p *process) staffMail(_ context.Context, no int64) error {
	ended := make(chan error, 1)
	if !p.begin(func() { ended <- p.staffOnce(no) }) {
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

func (p *process) staffOnce(no int64) error {
	job, err := p.Staff.OpenStaff(p.soft, no)
	if err != nil {
		return err
	}
	return p.engine.Staff(p.soft, p.hard, job, p.StaffStore)
}

// OpenStaff makes the letters that are left of a mail to staff.
func (o Opener) OpenStaff(ctx context.Context, no int64) (delivery.StaffJob, error) {
	job := delivery.StaffJob{No: no}
	t, left, err := o.Tests.Asked(ctx, id.TestSend(no))
	if err != nil || len(left) == 0 {
		return job, err
	}
	if t.Campaign == 0 {
		return o.openWord(ctx, job, t.At, left)
	}
	return o.openTest(ctx, job, t, left)
}

func unsent(left []campaign.Addressee, why string) []delivery.StaffLetter {
	var all []delivery.StaffLetter
	for _, a := range left {
		all = append(all, delivery.StaffLetter{User: int64(a.User), Unsent: why})
	}
	return all
}

// staffMaker makes letters to staff: one text, whose values are the same for
// everybody.
type staffMaker struct {
	sender   campaign.PlannedSender
	composer *letter.Composer
	guard    *letter.Guard
	signer   *dkim.Signer
	names    *vault.Installation
	values   notice.Values
	date     time.Time
}

func newStaffMaker(s notice.Skeleton, values notice.Values, by campaign.PlannedSender, signing []*dkim.Key, names *vault.Installation, at time.Time) (*staffMaker, error) {
	m := &staffMaker{sender: by, signer: dkim.NewSigner(signing...), names: names, values: values, date: at}
	text, err := s.Load()
	if err != nil {
		return nil, err
	}
	sender := letter.Sender{From: by.From, FromName: by.FromName, ReplyTo: by.ReplyTo}
	if m.composer, err = letter.New(text, sender); err != nil {
		return nil, err
	}
	m.guard, err = letter.NewGuard([]*notice.Text{text}, sender, by.LinkHosts, namesOf(signing)...)
	return m, err
}

// fill makes a letter for everybody who is left.
func (m *staffMaker) fill(job *delivery.StaffJob, left []campaign.Addressee) {
	job.Guard = m.guard
	for _, a := range left {
		job.Letters = append(job.Letters, m.letter(job.No, a))
	}
}

// secondOf is the date of the letters of a send.
func secondOf(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }

// letter makes one user's, or says that it cannot be made: an error could hold
// an address.
func (m *staffMaker) letter(send int64, a campaign.Addressee) (out delivery.StaffLetter) {
	out.User = int64(a.User)
	if a.Disabled {
		out.Unsent = delivery.TestUserGone
		return out
	}
	var err error
	if out.Letter, err = m.made(send, a); err != nil {
		out.Unsent = delivery.NotMade
	}
	return out
}

// made is contained like a recipient's letter: a panic is this letter's alone.
func (m *staffMaker) made(send int64, a campaign.Addressee) (l delivery.Letter, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("make letter to staff: %T while rendering", caught)
		}
	}()
	to, err := mailaddr.Parse(a.Email)
	if err != nil {
		return l, err
	}
	_, domain, _ := strings.Cut(m.sender.From, "@")
	messageID, path := m.names.StaffNames(send, int64(a.User))
	p := letter.Person{Address: to, Date: m.date, Values: m.values, MessageID: messageID + "@" + domain}
	raw, err := m.composer.Compose(p)
	if err == nil {
		raw, err = m.signer.Sign(raw, m.date)
	}
	if err != nil {
		return l, err
	}
	return delivery.Letter{From: path + "@" + m.sender.BounceDomain, To: to.String(), Date: m.date, Raw: raw, Hash: canon.Hash(sha256.Sum256(raw)),
		MessageID: p.MessageID, Values: p.Values}, nil
}
