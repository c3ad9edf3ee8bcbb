package obligation

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/regime"
)

// RuleSet is a rule file that an admin handed in. With no id it is the rules that
// the program was built with, which nobody loaded.
type RuleSet struct {
	ID       id.RuleSet
	Version  string
	SHA256   canon.Hash // of the bytes of the file
	LoadedBy id.User
	LoadedAt time.Time
}

// Built gives the rules that the program was built with.
func Built() RuleSet { return ruleSetOf(regime.Builtin()) }

func ruleSetOf(rules regime.Set) RuleSet {
	var sum canon.Hash
	_ = sum.UnmarshalText([]byte(rules.SHA256)) // it is a hash in hexadecimal, always
	return RuleSet{Version: rules.Version, SHA256: sum}
}

// builtName is how the rules of the program are named where others have an id.
const builtName = "builtin"

// Name gives the id, or builtin.
func (s RuleSet) Name() string {
	if s.ID == 0 {
		return builtName
	}
	return s.ID.String()
}

// ParseRuleSet reads a name of a rule set; no id stands for builtin.
func ParseRuleSet(name string) (id.RuleSet, error) {
	if name == builtName {
		return 0, nil
	}
	return id.ParseRuleSet(name)
}

// InUse is the rule set that holds for every incident. Without an activation the
// rules of the program are in use, since ever.
type InUse struct {
	RuleSet
	Activation int64 // its number; 0: none
	By         id.User
	At         time.Time
}

// Beside is a rule set held against the one in use.
type Beside struct {
	RuleSet
	Rules    regime.Set
	InUse    bool
	Warnings []Doubt         // what a person should know before they activate it
	Changes  []regime.Change // from the one in use to this; none where that cannot be read
}

// Doubt speaks against an activation, and forbids nothing.
type Doubt string

// The doubts.
const (
	OlderRules  Doubt = "rules_older"        // than those in use
	SameVersion Doubt = "rules_same_version" // as those in use, of other bytes
	Uncompared  Doubt = "rules_uncompared"   // those in use cannot be read
)

var (
	// ErrNoRuleSet means that no file of this id was loaded.
	ErrNoRuleSet = fault.New(fault.NotFound, "no_such_rule_set", nil)
	errOther     = fault.New(fault.Mismatch, "changed_meanwhile", nil)
)

// Unreadable says that a document on record is not one that this program reads:
// it was loaded by a version of the program that knew another schema, or its
// bytes are not the ones that came.
func Unreadable(s RuleSet, err error) error {
	return fault.New(fault.Conflict, "rules_unreadable", fault.Values{"version": s.Version, "set": s.Name()}).Because(err)
}

// RuleSetStore keeps rule files.
type RuleSetStore interface {
	Do(ctx context.Context, f func(RuleSetTx) error) error
	InUse(ctx context.Context) (InUse, error)
	RuleSet(ctx context.Context, no id.RuleSet) (RuleSet, error) // ErrNoRuleSet
	RuleSets(ctx context.Context, after id.RuleSet, limit int) ([]RuleSet, error)
	Rules(ctx context.Context, no id.RuleSet) (regime.Set, error) // Unreadable
}

// RuleSetTx is one transaction over them.
type RuleSetTx interface {
	// Keep gives the set of these bytes, and whether it was made by this call.
	Keep(s RuleSet, document []byte) (kept RuleSet, made bool, err error)
	LockInUse() (InUse, error) // until the end of the transaction nobody else activates
	Activate(no id.RuleSet, by id.User) (InUse, error)
	Now() time.Time
	Record(e ledger.Entry) error
}

// RuleSets answers for the versions of the rules.
type RuleSets struct{ Store RuleSetStore }

// InUse gives the rule set in use with its rules. Where these cannot be read, the
// fault says so and the rest is told all the same.
func (s RuleSets) InUse(ctx context.Context, by access.Actor) (InUse, regime.Set, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return InUse{}, regime.Set{}, err
	}
	now, err := s.Store.InUse(ctx)
	if err != nil {
		return now, regime.Set{}, err
	}
	rules, err := s.Store.Rules(ctx, now.ID)
	return now, rules, err
}

// Behind tells whether the program brings newer rules than those in use, with what
// is in use: a file was activated, and an upgrade came with newer ones. They change
// nothing by themselves.
func (s RuleSets) Behind(ctx context.Context, by access.Actor) (InUse, bool, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return InUse{}, false, err
	}
	now, err := s.Store.InUse(ctx)
	return now, err == nil && now.Newer() != "", err
}

// Newer is the version that the program brings, where it is newer than the one in
// use; otherwise it is empty. Versions alone are compared: which of two sets of one
// version is newer, nobody can say.
func (now InUse) Newer() string {
	if built := Built(); compareVersions(built.Version, now.Version) > 0 {
		return built.Version
	}
	return ""
}

// List gives the files in order of their ids, after one of them.
func (s RuleSets) List(ctx context.Context, by access.Actor, after id.RuleSet, limit int) ([]RuleSet, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.RuleSets(ctx, after, limit)
}

// Get gives a rule set beside the one in use.
func (s RuleSets) Get(ctx context.Context, by access.Actor, no id.RuleSet) (Beside, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return Beside{}, err
	}
	return s.get(ctx, no)
}

func (s RuleSets) get(ctx context.Context, no id.RuleSet) (Beside, error) {
	set, err := s.Store.RuleSet(ctx, no)
	if err != nil {
		return Beside{}, err
	}
	rules, err := s.Store.Rules(ctx, no)
	if err != nil {
		return Beside{RuleSet: set}, err
	}
	return s.beside(ctx, set, rules)
}

func (s RuleSets) beside(ctx context.Context, set RuleSet, rules regime.Set) (Beside, error) {
	b := Beside{RuleSet: set, Rules: rules}
	now, err := s.Store.InUse(ctx)
	if err != nil {
		return b, err
	}
	b.InUse = now.ID == set.ID
	used, err := s.Store.Rules(ctx, now.ID)
	if fault.Is(err, "rules_unreadable") {
		b.Warnings = []Doubt{Uncompared}
		return b, nil
	}
	b.Changes, b.Warnings = regime.Diff(used, rules), doubts(used, rules)
	return b, err
}

// doubts compares versions as people count them, 2026.9 before 2026.11.
func doubts(used, rules regime.Set) []Doubt {
	switch order := compareVersions(rules.Version, used.Version); {
	case used.SHA256 == rules.SHA256:
		return nil
	case order < 0:
		return []Doubt{OlderRules}
	case order == 0:
		return []Doubt{SameVersion}
	}
	return nil
}

// Load reads a rule file and keeps it, without activating it. A file that is not
// read as a whole is refused with all its defects, and nothing is kept. The same
// bytes once more are the set that is there; made tells whether they were new.
func (s RuleSets) Load(ctx context.Context, by access.Actor, document []byte) (b Beside, made bool, err error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return b, false, err
	}
	rules, err := regime.Load(document)
	if err != nil {
		return b, false, err
	}
	if err := checkVersion(rules.Version); err != nil {
		return b, false, err
	}
	set := ruleSetOf(rules)
	err = s.Store.Do(ctx, func(tx RuleSetTx) error {
		set.LoadedBy, set.LoadedAt = by.User, tx.Now()
		if set, made, err = tx.Keep(set, document); err != nil || !made {
			return err
		}
		return tx.Record(ledger.New(by, ledger.RuleSetLoaded, set.ID).With(loaded{set.Version, set.SHA256}))
	})
	if err != nil {
		return b, false, err
	}
	b, err = s.beside(ctx, set, rules)
	return b, made, err
}

// loaded is what the ledger shows of a file.
type loaded struct {
	Version string     `json:"version"`
	SHA256  canon.Hash `json:"sha256"`
}

// activated is what the ledger shows of an activation.
type activated struct {
	loaded
	InsteadOf loaded `json:"instead_of"`
}

// name writes a rule set into the ledger.
type name struct{ RuleSet }

func (n name) String() string { return n.Name() }

// Activate puts a rule set into use, for every incident at once: clocks and
// checks change with it, plans that were made do not. instead is the hash of the
// set in use that the caller saw; when another was activated in between, nothing
// happens; zero is whichever it is. A set that is in use already stays, without a
// further activation. An older one may come back.
func (s RuleSets) Activate(ctx context.Context, by access.Actor, no id.RuleSet, instead canon.Hash) (InUse, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return InUse{}, err
	}
	set, err := s.Store.RuleSet(ctx, no)
	if err != nil {
		return InUse{}, err
	}
	if _, err := s.Store.Rules(ctx, no); err != nil { // what cannot be read is never put into use
		return InUse{}, err
	}
	var now InUse
	err = s.Store.Do(ctx, func(tx RuleSetTx) error {
		before, err := tx.LockInUse()
		if err != nil {
			return err
		}
		if !instead.IsZero() && instead != before.SHA256 {
			return errOther
		}
		if now = before; before.ID == no {
			return nil
		}
		if now, err = tx.Activate(no, by.User); err != nil {
			return err
		}
		now.RuleSet = set
		return tx.Record(ledger.New(by, ledger.RuleSetActivated, name{set}).
			With(activated{loaded{set.Version, set.SHA256}, loaded{before.Version, before.SHA256}}))
	})
	return now, err
}

// Tally counts the regimes of a set.
type Tally struct {
	Regimes int
	Trades  int // of them, those that hold for some trades only
}

// TallyOf counts.
func TallyOf(rules regime.Set) Tally {
	var t Tally
	for _, o := range rules.Regimes() {
		t.Regimes++
		if o.Sector {
			t.Trades++
		}
	}
	return t
}
