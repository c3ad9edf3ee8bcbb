package cohort

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/reason"
)

// Upgrade is people who match a cohort that is more specific than the one in
// which they were placed before. Nothing follows from it by itself: a person
// decides whether they hear the more specific thing too.
type Upgrade struct {
	From   id.Cohort // where they are placed
	People Bitset
}

// Ruling is what was decided about people who match a more specific cohort.
type Ruling string

// The rulings. Whoever is to be told is chosen by a follow-up cohort.
const (
	TellThem Ruling = "follow_up"
	LeaveIt  Ruling = "leave" // what they were told is enough
)

// Rulings lists every ruling.
var Rulings = []Ruling{TellThem, LeaveIt}

// Ruled are the people of a cohort whom rulings speak of; of two rulings on one
// person the newer one counts.
type Ruled struct{ Tell, Leave Bitset }

// RulingsOf are the rulings of an incident, by the more specific cohort.
type RulingsOf map[id.Cohort]Ruled

// ofLine gives the rulings on people of a cohort: what was decided before another
// version of it was made holds for that too.
func (r RulingsOf) ofLine(f First) Ruled {
	all := r[f.ID]
	for _, e := range f.Earlier {
		all.Tell, all.Leave = all.Tell.Or(r[e].Tell), all.Leave.Or(r[e].Leave)
	}
	return all
}

// UpgradeDecision is a ruling on everybody who matches To and is placed in From.
type UpgradeDecision struct {
	To, From id.Cohort
	Ruling   Ruling
	Reason   string
	People   int // as the person who decides saw it
}

// KeptDecision is a decision as it stands on record.
type KeptDecision struct {
	UpgradeDecision
	Incident id.Incident
	By       id.User
	At       time.Time
}

// UpgradeTx keeps decisions.
type UpgradeTx interface {
	// KeepUpgrade keeps a decision on some people, and gives the root over their
	// digests.
	KeepUpgrade(d KeptDecision, people Bitset, entry ledger.EntryID) (canon.Hash, error)
}

// Undecided is what is still to be decided of a cohort, and what was.
type Undecided struct {
	Cohort      Cohort
	Open        []Upgrade
	Tell, Leave int
	Waiting     int // of Tell, in no frozen follow-up yet
}

// upgrades finds who matches a first cohort and is placed in a broader one.
func upgrades(c First, firsts []First, placed map[id.Cohort]Bitset, ruled Ruled) []Upgrade {
	var all []Upgrade
	open := c.Now.Minus(c.Excluded).Minus(ruled.Tell).Minus(ruled.Leave)
	for _, f := range firsts {
		if !f.Frozen || f.Precedence <= c.Precedence || f.ID == c.ID {
			continue
		}
		if set := open.And(placed[f.ID]); set.Len() > 0 {
			all = append(all, Upgrade{f.ID, set})
		}
	}
	return all
}

// Upgrades tells who matches a cohort and was placed in a broader one.
func (s Service) Upgrades(ctx context.Context, by access.Actor, no id.Cohort) (Undecided, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Undecided{}, err
	}
	c, err := s.Store.Cohort(ctx, no)
	if err != nil {
		return Undecided{}, err
	}
	u := Undecided{Cohort: c}
	err = s.Store.Read(ctx, c.Incident, func(scene Scene) error {
		p, err := paint(ctx, scene, nil)
		if err != nil {
			return err
		}
		ruled, err := scene.Ruled(ctx)
		if err != nil {
			return err
		}
		followed, err := scene.FollowedUp(ctx)
		u.Open, u.Tell, u.Leave = p.upgrades[no], ruled[no].Tell.Len(), ruled[no].Leave.Len()
		u.Waiting = ruled[no].Tell.Minus(followed).Len()
		return err
	})
	return u, err
}

// DecideUpgrades rules on everybody who matches a cohort and is placed in
// another one, as long as they are as many as were seen. Operations may decide
// that they are told more; that what they heard is enough, legal alone.
func (s Service) DecideUpgrades(ctx context.Context, by access.Actor, d UpgradeDecision) error {
	if err := access.DecideUpgrades.Allow(by); err != nil {
		return err
	}
	d.Reason = strings.TrimSpace(d.Reason)
	if err := d.check(); err != nil {
		return err
	}
	if d.Ruling == LeaveIt {
		if err := access.LeaveUpgrades.Allow(by); err != nil {
			return err
		}
	}
	c, err := s.Store.Cohort(ctx, d.To)
	if err != nil {
		return err
	}
	return s.Store.Hold(ctx, c.Incident, func(tx FreezeTx) error { return d.keep(ctx, tx, by, c.Incident) })
}

func (d UpgradeDecision) check() error {
	var wrong []fault.Field
	if d.Ruling != TellThem && d.Ruling != LeaveIt {
		wrong = append(wrong, fault.Field{Name: "decision", Code: "field_not_one_of", Values: fault.Values{"name": "decision", "choices": "follow_up, leave"}})
	}
	return fault.Wrongs(append(wrong, reason.Check(d.Reason)...))
}

func (d UpgradeDecision) keep(ctx context.Context, tx FreezeTx, by access.Actor, incident id.Incident) error {
	p, err := paint(ctx, tx, nil)
	if err != nil {
		return err
	}
	for _, u := range p.upgrades[d.To] {
		if u.From != d.From {
			continue
		}
		if u.People.Len() != d.People {
			return fault.New(fault.Mismatch, "upgrades_changed", fault.Values{"people": u.People.Len(), "seen": d.People})
		}
		told := ledger.New(by, ledger.UpgradesDecided, d.To).In(int64(incident))
		root, err := tx.KeepUpgrade(KeptDecision{d, incident, by.User, tx.Now()}, u.People, told.ID)
		if err != nil {
			return err
		}
		return tx.Record(told.With(map[string]any{"from": d.From, "decision": d.Ruling, "people": d.People, "root": root, "reason_sha256": reason.Digest(d.Reason)}))
	}
	return fault.New(fault.Mismatch, "upgrades_changed", fault.Values{"people": 0, "seen": d.People})
}
