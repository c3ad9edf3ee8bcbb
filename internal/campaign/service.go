package campaign

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Tx is one transaction over a campaign.
type Tx interface {
	Now() time.Time
	Lock(no id.Campaign) (Campaign, error)
	Save(c Campaign) error
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
}

// BuildTx is a transaction that makes or edits a campaign.
type BuildTx interface {
	Tx
	Insert(c Campaign) (id.Campaign, error) // with its partitions
	AddBuilder(c id.Campaign, by id.User) error
}

// WorldTx tells what of the world speaks against a launch.
type WorldTx interface {
	// Undecided counts the people whom a suppression names and about whom nobody
	// has decided.
	Undecided(no id.Campaign) (int64, error)
	// WithoutCode counts those who wait with one of some variants and hold no
	// code of a pool.
	WithoutCode(c Campaign, pool string, variants []int) (int64, error)
}

// DecideTx is a transaction in which a person decides on a plan.
type DecideTx interface {
	Tx
	WorldTx
	People(c Campaign) (access.People, error)
	Approve(c Campaign, by id.User, comment string) error
	Launch(c Campaign, l Launch, by id.User) error
	// Rebuild gives the approved plan, and what the same launch would do now.
	Rebuild(c Campaign) (approved, now Plan, err error)
}

// RunTx is a transaction that steers a campaign under way.
type RunTx interface {
	Tx
	// Recall moves the fence of every claimed batch, so that no further intent
	// is granted for it, and frees it.
	Recall(c id.Campaign) error
	// Shift moves what is due, and what expires, by the time that a pause took.
	Shift(c id.Campaign, by time.Duration) error
	// Move writes down that a campaign leaves one relay for another.
	Move(c Campaign, m Move, by access.Actor, entry ledger.EntryID) error
	// Cancel decides that nobody who waits is mailed, and tells how many.
	Cancel(c Campaign, entry ledger.EntryID, by access.Actor) (int64, error)
	// Withdrawn tells whether legal withdrew the text of a campaign.
	Withdrawn(c Campaign) (bool, error)
	// Warn tells people that a campaign was paused and that none of them did it.
	Warn(c Campaign) error
}

// Store keeps campaigns.
type Store interface {
	Build(ctx context.Context, f func(BuildTx) error) error
	Decide(ctx context.Context, f func(DecideTx) error) error
	Run(ctx context.Context, f func(RunTx) error) error
	Campaign(ctx context.Context, no id.Campaign) (Campaign, error)
	Campaigns(ctx context.Context, incident id.Incident, after id.Campaign, limit int, where ...filter.Equal) ([]Campaign, error)
}

// Service answers for campaigns.
type Service struct {
	Store   Store
	Plans   Plans
	Counter Counter
}

// Plans reads plans.
type Plans interface {
	Document(ctx context.Context, plan canon.Hash) ([]byte, error)
	Around(ctx context.Context, c Campaign, p Plan) (Around, error)
}

// Create makes a campaign in state draft.
func (s Service) Create(ctx context.Context, by access.Actor, incident id.Incident, settings Settings) (Campaign, error) {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return Campaign{}, err
	}
	settings = settings.Normalise()
	if err := settings.Check(); err != nil {
		return Campaign{}, err
	}
	c := Campaign{Incident: incident, Settings: settings, State: Draft, Version: 1, Builders: []id.User{by.User}}
	err := s.Store.Build(ctx, func(tx BuildTx) error {
		no, err := tx.Insert(c)
		if err != nil {
			return err
		}
		c.ID = no
		if err := tx.AddBuilder(no, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.CampaignCreated, no).In(int64(incident)).With(settings))
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Store.Campaign(ctx, c.ID)
}

// Edit changes settings. It voids a plan that was made of the old ones.
func (s Service) Edit(ctx context.Context, by access.Actor, no id.Campaign, seen int, edit func(Settings) Settings) (Campaign, error) {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Build, no, func(tx BuildTx, c Campaign) (Campaign, error) {
		c, err := c.edit(seen, edit(c.Settings))
		if err != nil {
			return c, err
		}
		if err := tx.AddBuilder(no, by.User); err != nil {
			return c, err
		}
		return c, save(tx, c, entry(by, ledger.CampaignChanged, c).With(c.Settings))
	})
}

// Get reads a campaign.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Campaign) (Campaign, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Campaign{}, err
	}
	return s.Store.Campaign(ctx, no)
}

// List gives the campaigns of an incident in order of their ids.
func (s Service) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Campaign, limit int, where ...filter.Equal) ([]Campaign, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Campaigns(ctx, incident, after, limit, where...)
}

// Plan gives the canonical document of a campaign's newest plan.
func (s Service) Plan(ctx context.Context, by access.Actor, no id.Campaign) ([]byte, Campaign, error) {
	c, err := s.Get(ctx, by, no)
	if err != nil {
		return nil, c, err
	}
	if c.PlanHash.IsZero() {
		return nil, c, ErrNoPlan
	}
	doc, err := s.Plans.Document(ctx, c.PlanHash)
	return doc, c, err
}

// StartPreflight asks for the checks. They run as a task.
func (s Service) StartPreflight(ctx context.Context, by access.Actor, no id.Campaign) (Campaign, error) {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Build, no, func(tx BuildTx, c Campaign) (Campaign, error) {
		c, err := c.beginPreflight()
		if err != nil {
			return c, err
		}
		if err := tx.AddBuilder(no, by.User); err != nil {
			return c, err
		}
		if err := save(tx, c, entry(by, ledger.PreflightStarted, c).With(map[string]int{"plan_no": c.PlanNo})); err != nil {
			return c, err
		}
		return c, tx.Enqueue(task.Task{Name: task.Preflight, Object: int64(no)})
	})
}

// CancelPreflight returns a campaign that is being checked to draft.
func (s Service) CancelPreflight(ctx context.Context, by access.Actor, no id.Campaign) error {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return err
	}
	return s.Store.Build(ctx, func(tx BuildTx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if c.State != Preflighting {
			return c.wrongState("cancelled")
		}
		c = c.void(nil)
		c.Preflight = Preflight{State: Cancelled, PlanNo: c.PlanNo}
		return tx.Save(c)
	})
}
