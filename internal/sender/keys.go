package sender

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/dkim"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Key is a DKIM key of an identity, for the domain that its From had when the
// key was made. It signs what plans are made of from UsedAt until RetiredAt.
type Key struct {
	ID     id.DKIMKey
	Sender id.Sender
	dkim.Name
	Public    []byte // as its DNS record has it
	MadeAt    time.Time
	UsedAt    *time.Time
	RetiredAt *time.Time
}

// KeyState is where a key stands.
type KeyState string

// The states of a key, in their order.
const (
	KeyMade    KeyState = "made" // its record is to be published; it signs nothing
	KeyInUse   KeyState = "in_use"
	KeyRetired KeyState = "retired"
)

// State is where the key stands.
func (k Key) State() KeyState {
	switch {
	case k.RetiredAt != nil:
		return KeyRetired
	case k.UsedAt != nil:
		return KeyInUse
	}
	return KeyMade
}

// Signs tells whether the key signs what an identity with these details sends.
func (k Key) Signs(d Details) bool { return k.State() == KeyInUse && k.Domain == d.FromDomain() }

// Record is the TXT record to publish under Host.
func (k Key) Record() string { return dkim.Record(k.Algorithm, k.Public) }

// ErrNoKey means that the identity has no such key.
var ErrNoKey = fault.New(fault.NotFound, "no_such_dkim_key", nil)

// mostKeys may sign at once: two of each algorithm while one takes over from
// another.
const mostKeys = 4

const longestReason = 2000 // bytes

// KeyTx is what a transaction can do with the keys of an identity.
type KeyTx interface {
	Keys(no id.Sender) ([]Key, error)
	InsertKey(k Key, private []byte, by id.User) (Key, error)
	// SaveKey writes that a key is used, or retired and by whom: now, where it
	// is not written yet. It gives the key as it is then.
	SaveKey(no id.DKIMKey, retire bool, by id.User) (Key, error)
}

// recordedKey is what the ledger keeps of a change of a key.
type recordedKey struct {
	Key       id.DKIMKey     `json:"key"`
	Domain    string         `json:"domain"`
	Selector  string         `json:"selector"`
	Algorithm dkim.Algorithm `json:"algorithm"`
	Public    canon.Hash     `json:"public_sha256"`
	Reason    string         `json:"reason,omitempty"` // why it was retired
}

// MakeKey draws a key for the domain of the identity's From. It signs nothing
// until UseKey: its record has to be published first.
func (s Service) MakeKey(ctx context.Context, by access.Actor, no id.Sender, a dkim.Algorithm, selector string) (Key, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Key{}, err
	}
	selector = strings.ToLower(strings.TrimSpace(selector))
	if err := checkKey(a, selector); err != nil {
		return Key{}, err
	}
	private, err := dkim.Generate(a)
	if err != nil {
		return Key{}, err
	}
	var k Key
	err = s.Store.Do(ctx, func(tx Tx) error {
		of, err := tx.Lock(no)
		if err != nil {
			return err
		}
		opened, err := dkim.Open(dkim.Name{Domain: of.FromDomain(), Selector: selector, Algorithm: a}, private)
		if err != nil {
			return err
		}
		if k, err = tx.InsertKey(Key{Sender: no, Name: opened.Name, Public: opened.Public()}, private, by.User); err != nil {
			return err
		}
		return tx.Record(keyEntry(by, ledger.SenderKeyMade, k, ""))
	})
	return k, err
}

func checkKey(a dkim.Algorithm, selector string) error {
	var wrong []fault.Field
	if !a.Known() {
		wrong = append(wrong, fault.Field{Name: "algorithm", Code: "dkim_algorithm", Values: fault.Values{"name": "algorithm"}})
	}
	if strings.Contains(selector, ".") || !isHost(selector+".example") {
		wrong = append(wrong, fault.Field{Name: "selector", Code: "dkim_selector", Values: fault.Values{"name": "selector"}})
	}
	return fault.Wrongs(wrong)
}

// UseKey has a key sign in every plan that is made from now on. Plans that
// were approved without it must be approved again. It may be called again.
func (s Service) UseKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey) (Key, error) {
	return s.moveKey(ctx, by, no, key, ledger.SenderKeyUsed, "")
}

// RetireKey ends a key: no plan is made with it any more, and none that names
// it is launched. A campaign that is being sent goes on with the key that was
// approved for it. The reason goes on record. It may be called again.
func (s Service) RetireKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey, reason string) (Key, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Key{}, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return Key{}, fault.Wrong("reason", "reason_missing", nil)
	case len(reason) > longestReason:
		return Key{}, fault.Wrong("reason", "field_too_long", fault.Values{"name": "reason", "limit": longestReason})
	}
	return s.moveKey(ctx, by, no, key, ledger.SenderKeyRetired, reason)
}

func (s Service) moveKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey, verb ledger.Verb, reason string) (Key, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Key{}, err
	}
	var k Key
	err := s.Store.Do(ctx, func(tx Tx) error {
		if _, err := tx.Lock(no); err != nil {
			return err
		}
		all, err := tx.Keys(no)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(k Key) bool { return k.ID == key })
		if i < 0 {
			return ErrNoKey
		}
		k = all[i]
		if done, err := settled(k, verb, all); done || err != nil {
			return err
		}
		if k, err = tx.SaveKey(key, verb == ledger.SenderKeyRetired, by.User); err != nil {
			return err
		}
		return tx.Record(keyEntry(by, verb, k, reason))
	})
	return k, err
}

// settled tells whether a key is already where it should go, or may not go
// there.
func settled(k Key, verb ledger.Verb, all []Key) (bool, error) {
	if verb == ledger.SenderKeyRetired || k.State() == KeyInUse {
		return k.State() == KeyRetired || verb == ledger.SenderKeyUsed, nil
	}
	inUse := 0
	for _, other := range all {
		if other.State() == KeyInUse {
			inUse++
		}
	}
	switch {
	case k.State() == KeyRetired:
		return false, fault.New(fault.Conflict, "dkim_key_retired", nil)
	case inUse >= mostKeys:
		return false, fault.New(fault.Conflict, "dkim_keys_full", fault.Values{"limit": mostKeys})
	}
	return false, nil
}

func keyEntry(by access.Actor, verb ledger.Verb, k Key, reason string) ledger.Entry {
	return ledger.New(by, verb, k.Sender).With(recordedKey{k.ID, k.Domain, k.Selector, k.Algorithm, sha256.Sum256(k.Public), reason})
}

// Keys lists the keys of an identity in order of their ids.
func (s Service) Keys(ctx context.Context, by access.Actor, no id.Sender) ([]Key, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	if _, err := s.Store.Sender(ctx, no); err != nil {
		return nil, err
	}
	return s.Store.Keys(ctx, no)
}
