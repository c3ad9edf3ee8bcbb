package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"forthwith/internal/access"
	"forthwith/internal/canon"
)

// Verb says what was done.
type Verb string

// EntryID names an entry before it is written.
type EntryID = uuid.UUID

// Entry is one thing that was done. ID is made before the transaction: after a
// lost answer to a COMMIT it tells whether the change was made.
type Entry struct {
	ID       EntryID
	Actor    access.Actor
	Verb     Verb
	Object   string // an id such as cmp_12
	Incident int64  // 0 where it concerns none: its data key seals the details
	Details  any    // marshals to a JSON object; may speak of persons
}

// New makes an entry with a fresh id, in order of time (UUIDv7, RFC 9562).
func New(actor access.Actor, verb Verb, object fmt.Stringer) Entry {
	return Entry{ID: uuid.Must(uuid.NewV7()), Actor: actor, Verb: verb, Object: object.String()}
}

// In says which incident an entry concerns.
func (e Entry) In(incident int64) Entry {
	e.Incident = incident
	return e
}

// With adds the details.
func (e Entry) With(details any) Entry {
	e.Details = details
	return e
}

// Record is an entry in the form that is stored and proven.
type Record struct {
	ID            EntryID
	At            time.Time
	Actor         string
	Verb          Verb
	Object        string
	DetailsSHA256 canon.Hash
	Details       []byte // canonical JSON with its salt, to be sealed
	LeafHash      Hash
}

// leaf is what a proof is about. Its canonical JSON is the record of the tree.
type leaf struct {
	V             int        `json:"v"`
	ID            string     `json:"id"`
	At            string     `json:"at"`
	Actor         string     `json:"actor"`
	Verb          Verb       `json:"verb"`
	Object        string     `json:"object"`
	DetailsSHA256 canon.Hash `json:"details_sha256"`
}

// salted carries the details beside 16 random bytes.
type salted struct {
	Details any    `json:"details"`
	Salt    string `json:"salt"`
}

// Seal fixes an entry at an instant of the database's clock.
func (e Entry) Seal(at time.Time) (Record, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	details, sum, err := canon.Sum(salted{Details: e.Details, Salt: hex.EncodeToString(salt)})
	if err != nil {
		return Record{}, fmt.Errorf("seal entry %s: %w", e.Verb, err)
	}
	r := Record{ID: e.ID, At: at.UTC().Truncate(time.Microsecond), Actor: e.Actor.String(), Verb: e.Verb, Object: e.Object, DetailsSHA256: sum, Details: details}
	r.LeafHash, err = r.leafHash()
	return r, err
}

func (r Record) leafHash() (Hash, error) {
	doc, err := canon.JSON(leaf{V: 1, ID: r.ID.String(), At: r.At.UTC().Format(time.RFC3339Nano), Actor: r.Actor, Verb: r.Verb, Object: r.Object, DetailsSHA256: r.DetailsSHA256})
	if err != nil {
		return Hash{}, fmt.Errorf("hash entry: %w", err)
	}
	return RecordHash(doc), nil
}

// Check recomputes a stored record: its leaf, and its details where they could
// be opened (nil where their key is gone).
func (r Record) Check() error {
	got, err := r.leafHash()
	if err != nil {
		return err
	}
	if got != r.LeafHash {
		return fmt.Errorf("entry %s: the leaf does not fit its columns", r.ID)
	}
	if r.Details != nil && canon.Hash(sha256.Sum256(r.Details)) != r.DetailsSHA256 {
		return fmt.Errorf("entry %s: the details do not fit their digest", r.ID)
	}
	return nil
}

// ReadDetails gives the details of an opened record, as JSON.
func (r Record) ReadDetails() (json.RawMessage, error) {
	var s struct {
		Details json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(r.Details, &s); err != nil {
		return nil, fmt.Errorf("read details of entry %s: %w", r.ID, err)
	}
	return s.Details, nil
}
