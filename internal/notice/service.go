package notice

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Notice is the thing to say. Its versions are in their order, without their
// documents.
type Notice struct {
	ID        id.Notice
	Incident  id.Incident
	Name      string
	CreatedBy id.User
	CreatedAt time.Time
	Versions  []Version
}

// Store keeps notices and their versions.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Notice(ctx context.Context, no id.Notice) (Notice, error)
	Notices(ctx context.Context, incident id.Incident, after id.Notice, limit int) ([]Notice, error)
	Version(ctx context.Context, no id.Version) (Version, error)
	// Columns gives the merge columns that the incident's imported lists have,
	// and the names of its pools of codes.
	Columns(ctx context.Context, incident id.Incident) (columns, pools []string, err error)
	// Unsaved gives what an author typed and did not save, and tells whether
	// there is anything.
	Unsaved(ctx context.Context, no id.Notice, author id.User) (Unsaved, bool, error)
	Talk
}

// Tx is one transaction over a notice.
type Tx interface {
	InsertNotice(n Notice) (id.Notice, error)
	// Next locks the line of a notice and gives the number of its next version.
	Next(no id.Notice) (Notice, int, error)
	// Insert keeps a version with its author.
	Insert(v Version, document []byte) (id.Version, error)
	// Keep keeps what an author typed in place of what was kept before.
	Keep(in id.Incident, u Unsaved) error
	Forget(no id.Notice, author id.User) error
	Deciding
	Talking
}

// Deciding is what decides on a version.
type Deciding interface {
	// Lock locks the line of a version, and gives it.
	Lock(no id.Version) (Version, error)
	// Add writes what happened; an approval also names its exact target, and a
	// withdrawal stops the campaigns that tell the text.
	Add(v Version, e Event) error
	// Answer keeps an answer to each of some findings.
	Answer(v Version, findings []string, a Answer) error
	Record(e ledger.Entry) error
}

// Service answers for notices.
type Service struct {
	Store Store
	Scene Scene
}

// ErrNoNotice means that there is no such notice.
var ErrNoNotice = fault.New(fault.NotFound, "no_such_notice", nil)

// ErrNoVersion means that there is no such version.
var ErrNoVersion = fault.New(fault.NotFound, "no_such_version", nil)

const (
	longestName    = 200
	longestComment = 4000
)

// Create begins a notice. It has no text until its first version.
func (s Service) Create(ctx context.Context, by access.Actor, incident id.Incident, name string) (Notice, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return Notice{}, err
	}
	n := Notice{Incident: incident, Name: strings.TrimSpace(name), CreatedBy: by.User}
	switch {
	case n.Name == "":
		return n, fault.Wrong("name", "field_missing", fault.Values{"name": "name"})
	case len([]rune(n.Name)) > longestName:
		return n, fault.Wrong("name", "field_too_long", fault.Values{"name": "name", "limit": longestName})
	}
	err := s.Store.Do(ctx, func(tx Tx) error {
		var err error
		if n.ID, err = tx.InsertNotice(n); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.NoticeCreated, n.ID).In(int64(incident)).With(map[string]string{"name": n.Name}))
	})
	if err != nil {
		return n, err
	}
	return s.Store.Notice(ctx, n.ID)
}

// List gives the notices of an incident in order of their ids.
func (s Service) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Notice, limit int) ([]Notice, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Notices(ctx, incident, after, limit)
}

// Version reads one.
func (s Service) Version(ctx context.Context, by access.Actor, no id.Version) (Version, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Version{}, err
	}
	return s.told(ctx, no)
}

// told reads a version with what is to be said about it.
func (s Service) told(ctx context.Context, no id.Version) (Version, error) {
	v, err := s.Store.Version(ctx, no)
	if err != nil {
		return v, err
	}
	v.Lint, err = s.lint(ctx, v, 0)
	return v, err
}

// Save makes a version of a draft: compiled, hashed, and never changed again.
// from is the version that was edited, if any; it must be of the same notice.
func (s Service) Save(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft) (Version, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return Version{}, err
	}
	if _, _, _, err := d.Compile(no, 1); err != nil { // before anything is locked
		return Version{}, err
	}
	var made id.Version
	err := s.Store.Do(ctx, func(tx Tx) error {
		n, next, err := tx.Next(no)
		if err != nil {
			return err
		}
		if from != 0 && !n.has(from) {
			return fault.Wrong("from_version", "version_of_another_notice", nil)
		}
		made, err = insert(tx, by, n, next, from, d)
		return err
	})
	if err != nil {
		return Version{}, err
	}
	return s.told(ctx, made)
}

// insert makes the next version of a notice that is locked.
func insert(tx Tx, by access.Actor, n Notice, next int, from id.Version, d Draft) (id.Version, error) {
	doc, raw, sum, err := d.Compile(n.ID, next)
	if err != nil {
		return 0, err
	}
	v := Version{Notice: n.ID, Incident: n.Incident, No: next, SHA256: sum, Document: doc, CreatedBy: by.User}
	made, err := tx.Insert(v, raw)
	if err != nil {
		return 0, err
	}
	return made, tx.Record(ledger.New(by, ledger.VersionMade, made).In(int64(n.Incident)).With(map[string]any{"notice": n.ID, "no": next, "sha256": sum, "from": from}))
}

func (n Notice) has(no id.Version) bool {
	for _, v := range n.Versions {
		if v.ID == no {
			return true
		}
	}
	return false
}

// Submit asks legal for a review. Every field must have its column, or its
// pool of codes, by now, no text may hold what no notice may, and the law must
// be answered for one frozen cohort at least, once there is any.
func (s Service) Submit(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (Version, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return Version{}, err
	}
	v, err := s.Store.Version(ctx, no)
	if err != nil {
		return v, err
	}
	columns, pools, err := s.Store.Columns(ctx, v.Incident)
	if err != nil {
		return v, err
	}
	audience, err := s.Scene.Audience(ctx, v.Incident, 0)
	if err != nil {
		return v, err
	}
	if err := s.checkLaw(ctx, v); err != nil {
		return v, err
	}
	return s.decide(ctx, by, no, decision{Submitted, ledger.VersionSubmitted, comment, func(v Version) (Version, error) {
		moved, err := v.Submit(seen)
		if err != nil {
			return v, err
		}
		if err := v.Document.CheckColumns(columns, pools); err != nil {
			return v, err
		}
		return moved, v.Document.checkEverywhere(audience)
	}})
}

// Approve is legal's yes to exactly one hash, after a second factor, by
// somebody who wrote nothing in its line.
func (s Service) Approve(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (Version, error) {
	if err := access.DecideNotice.Allow(by); err != nil {
		return Version{}, err
	}
	return s.decide(ctx, by, no, decision{Approval, ledger.VersionApproved, comment, func(v Version) (Version, error) { return v.Approve(by.User, seen) }})
}

// Reject is legal's no.
func (s Service) Reject(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (Version, error) {
	if err := access.RejectNotice.Allow(by); err != nil {
		return Version{}, err
	}
	return s.decide(ctx, by, no, decision{Rejection, ledger.VersionRejected, comment, func(v Version) (Version, error) { return v.Reject(seen) }})
}

// Withdraw takes an approval back. A plan with this text launches no more, one that
// waits for its time is a draft again, and one that is being sent is paused.
func (s Service) Withdraw(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (Version, error) {
	if err := access.RejectNotice.Allow(by); err != nil {
		return Version{}, err
	}
	return s.decide(ctx, by, no, decision{Withdraws, ledger.VersionWithdrawn, comment, func(v Version) (Version, error) { return v.Withdraw(seen) }})
}

type decision struct {
	kind    EventKind
	verb    ledger.Verb
	comment string
	move    func(Version) (Version, error)
}

func (s Service) decide(ctx context.Context, by access.Actor, no id.Version, d decision) (Version, error) {
	if len([]rune(d.comment)) > longestComment {
		return Version{}, fault.Wrong("comment", "field_too_long", fault.Values{"name": "comment", "limit": longestComment})
	}
	err := s.Store.Do(ctx, func(tx Tx) error {
		v, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if v, err = d.move(v); err != nil {
			return err
		}
		if err := tx.Add(v, Event{Kind: d.kind, By: by.User, Comment: d.comment}); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, d.verb, no).In(int64(v.Incident)).With(map[string]any{"sha256": v.SHA256, "comment": d.comment}))
	})
	if err != nil {
		return Version{}, err
	}
	return s.told(ctx, no)
}
