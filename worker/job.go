package worker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/letter"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// Campaigns is what opening a job asks of the record.
type Campaigns interface {
	Campaign(ctx context.Context, no id.Campaign) (campaign.Campaign, error)
	Document(ctx context.Context, plan canon.Hash) ([]byte, error)
	Keys(ctx context.Context, incident id.Incident) (*vault.Incident, *vault.Installation, error)
	// Signing opens the DKIM keys that a plan names.
	Signing(ctx context.Context, s campaign.PlannedSender) ([]*dkim.Key, error)
}

// Tests is what opening a mail to staff asks of the record.
type Tests interface {
	// Asked gives what is left to do of a mail to staff. One that is no test has no
	// campaign.
	Asked(ctx context.Context, no id.TestSend) (campaign.TestSend, []campaign.Addressee, error)
	// ExcludedRelays names what the incident excludes by now, by host or by id.
	ExcludedRelays(ctx context.Context, no id.Incident) ([]string, error)
}

// People opens recipients, and reads the manifest that binds them.
type People interface {
	People(ctx context.Context, incident int64, recipients []int64, want intake.Wanted) ([]intake.Person, error)
	// Block gives a block's node as the plan bound it, and the leaves that its
	// deliveries carry now, in order from first.
	Block(ctx context.Context, campaign int64, plan int, block int) (node canon.Hash, leaves []canon.Hash, err error)
}

// Opener opens campaigns as jobs. Everything that is sent comes from the plan
// document whose hash was approved, not from what the settings say by now.
type Opener struct {
	Campaigns Campaigns
	People    People
	Tests     Tests
	Words     Words
	Alarm     func(ctx context.Context, no id.Campaign) error // pauses a campaign
	Stop      func(ctx context.Context, no id.Campaign, bad campaign.Share) error
}

// errPlan means that a plan is not what was approved.
var errPlan = errors.New("the stored plan does not fit its hash")

// Open reads and checks a campaign's plan. delivery.ErrNotSending when it is
// not being sent.
func (o Opener) Open(ctx context.Context, no int64) (delivery.Job, error) {
	c, err := o.Campaigns.Campaign(ctx, id.Campaign(no))
	if err != nil {
		return delivery.Job{}, err
	}
	if c.State != campaign.Sending {
		return delivery.Job{}, delivery.ErrNotSending
	}
	plan, err := o.plan(ctx, c)
	if err != nil {
		return delivery.Job{}, fmt.Errorf("open %s: %w", c.ID, err)
	}
	made, guard, err := o.composer(ctx, plan)
	if err != nil {
		return delivery.Job{}, fmt.Errorf("open %s: %w", c.ID, err)
	}
	job := delivery.Job{
		Campaign: no, Incident: int64(c.Incident), Relays: relaysOf(plan, c.Widened), Rate: c.Rate(),
		ResendOnce: plan.OnIndeterminate == campaign.ResendOnce, ExpireAfter: time.Duration(plan.ExpireAfter) * time.Second, Composer: made, Guard: guard,
	}
	if plan.StopAbove != nil {
		job.StopAbove, job.Stopper = *plan.StopAbove, stopper{c.ID, o.Stop}
	}
	return job, nil
}

// stopper pauses one campaign of which too many messages are refused.
type stopper struct {
	campaign id.Campaign
	stop     func(ctx context.Context, no id.Campaign, bad campaign.Share) error
}

// Stop pauses the campaign. See delivery.Stopper.
func (s stopper) Stop(ctx context.Context, bad delivery.Share) error {
	return s.stop(ctx, s.campaign, campaign.Share{Relay: id.Relay(bad.Relay), Domain: bad.Domain, Refusals: bad.Refusals})
}

func (o Opener) plan(ctx context.Context, c campaign.Campaign) (campaign.Plan, error) {
	document, err := o.Campaigns.Document(ctx, c.PlanHash)
	if err != nil {
		return campaign.Plan{}, err
	}
	if canon.Hash(sha256.Sum256(document)) != c.PlanHash {
		return campaign.Plan{}, errPlan
	}
	plan, err := campaign.ReadPlan(document)
	if err == nil && (plan.Campaign != c.ID || plan.No != c.PlanNo) {
		err = errPlan
	}
	return plan, err
}

// relaysOf gives the relays of the plan, and those of approved amendments after
// them.
func relaysOf(p campaign.Plan, widened []campaign.Widening) []delivery.Relay {
	all := p.Relays
	for _, w := range widened {
		all = append(all, w.Relays...)
	}
	out := make([]delivery.Relay, len(all))
	for i, r := range all {
		out[i] = delivery.Relay{No: int64(r.ID), Revision: r.Revision, MaxRate: r.MaxRatePerSecond, MaxConnections: r.MaxConnections, WarmUp: r.WarmUp}
	}
	return out
}

// composer makes what makes a plan's letters, and what reads them back.
func (o Opener) composer(ctx context.Context, p campaign.Plan) (*composer, *guard, error) {
	keys, codes, err := o.Campaigns.Keys(ctx, p.Incident)
	if err != nil {
		return nil, nil, err
	}
	press, err := campaign.NewPress(int64(p.Campaign), p.Text, p.Told(), keys, codes)
	if err != nil {
		return nil, nil, err
	}
	signing, err := o.Campaigns.Signing(ctx, p.Sender)
	if err != nil {
		return nil, nil, err
	}
	c := &composer{plan: p, people: o.People, press: press, names: codes, signer: dkim.NewSigner(signing...), blocks: map[int]bool{}}
	sender := letter.Sender{From: p.Sender.From, FromName: p.Sender.FromName, ReplyTo: p.Sender.ReplyTo}
	texts := make([]*notice.Text, press.Variants())
	for v := range texts {
		texts[v] = press.Text(v)
		l, err := letter.New(texts[v], sender)
		if err != nil {
			return nil, nil, err
		}
		c.letters = append(c.letters, l)
	}
	reader, err := letter.NewGuard(texts, sender, p.Sender.LinkHosts, namesOf(signing)...)
	if err != nil {
		return nil, nil, err
	}
	return c, &guard{reader, p.Campaign, o.Alarm}, nil
}

func namesOf(keys []*dkim.Key) []dkim.Name {
	names := make([]dkim.Name, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// guard reads the letters of one campaign back, and pauses it when one is not
// what was approved.
type guard struct {
	*letter.Guard
	campaign id.Campaign
	pause    func(ctx context.Context, no id.Campaign) error
}

// Alarm pauses the campaign. See delivery.Guard.
func (g *guard) Alarm(ctx context.Context) error { return g.pause(ctx, g.campaign) }
