package notice

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Unsaved is what an author typed into the editor and did not save. Each
// author has one for a notice, which nobody else sees.
type Unsaved struct {
	Notice id.Notice
	Author id.User
	From   id.Version // the newest version that the author saw; 0: there was none
	Draft  Draft
	KeptAt time.Time
}

// Desk is what the editor opens with.
type Desk struct {
	Notice  Notice
	Newest  *Version // nil: there is none yet
	Unsaved *Unsaved // nil: nothing was kept
	Columns []string // the merge columns of the incident's lists
	Pools   []string // of codes, by their names
	Wrong   []fault.Field
}

// Draft is what lies on the desk: what was kept, else the newest version, else
// an empty text.
func (d Desk) Draft() Draft {
	switch {
	case d.Unsaved != nil:
		return d.Unsaved.Draft
	case d.Newest != nil:
		return d.Newest.Document.Draft()
	}
	return Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en"}}}
}

// Behind tells whether somebody saved a version since the author began.
func (d Desk) Behind() bool {
	return d.Unsaved != nil && d.Newest != nil && d.Unsaved.From != d.Newest.ID
}

// Draft gives back what a version was made of.
func (d Document) Draft() Draft {
	return Draft{DefaultLocale: d.DefaultLocale, Variants: d.Sources(), Blocks: d.Blocks}
}

// Desk opens the editor.
func (s Service) Desk(ctx context.Context, by access.Actor, no id.Notice) (Desk, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Desk{}, err
	}
	n, err := s.Store.Notice(ctx, no)
	if err != nil {
		return Desk{}, err
	}
	d := Desk{Notice: n}
	kept, found, err := s.Store.Unsaved(ctx, no, by.User)
	if err != nil {
		return d, err
	}
	if found {
		d.Unsaved = &kept
	}
	if d.Columns, d.Pools, err = s.Store.Columns(ctx, n.Incident); err != nil {
		return d, err
	}
	if newest := n.newest(); newest.ID != 0 {
		v, err := s.Store.Version(ctx, newest.ID)
		if err != nil {
			return d, err
		}
		d.Newest = &v
	}
	_, wrong := d.check()
	if f, ok := fault.As(wrong); ok && (d.Newest != nil || d.Unsaved != nil) {
		d.Wrong = f.Fields
	}
	return d, nil
}

// check names what keeps the text on the desk from being submitted.
func (d Desk) check() (Document, error) {
	doc, _, _, err := d.Draft().Compile(d.Notice.ID, 1)
	if err != nil {
		return doc, err
	}
	return doc, doc.CheckColumns(d.Columns, d.Pools)
}

// newest gives the newest version, or one without an id.
func (n Notice) newest() Version {
	if len(n.Versions) == 0 {
		return Version{}
	}
	return n.Versions[len(n.Versions)-1]
}

// Keep keeps what an author typed, as it is.
func (s Service) Keep(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft) error {
	if err := access.WriteNotices.Allow(by); err != nil {
		return err
	}
	return s.Store.Do(ctx, func(tx Tx) error {
		n, _, err := tx.Next(no)
		if err != nil {
			return err
		}
		if from != 0 && !n.has(from) {
			return fault.Wrong("from_version", "version_of_another_notice", nil)
		}
		return tx.Keep(n.Incident, Unsaved{Notice: no, Author: by.User, From: from, Draft: d})
	})
}

// Drop forgets what an author kept and did not save.
func (s Service) Drop(ctx context.Context, by access.Actor, no id.Notice) error {
	if err := access.WriteNotices.Allow(by); err != nil {
		return err
	}
	return s.Store.Do(ctx, func(tx Tx) error {
		if _, _, err := tx.Next(no); err != nil {
			return err
		}
		return tx.Forget(no, by.User)
	})
}

// SaveOver makes a version of what the editor holds, unless the newest one says
// just that. from is the newest version that the author saw: over another one
// nothing is saved. What is refused is kept.
func (s Service) SaveOver(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft) (Version, error) {
	made, err := s.over(ctx, by, no, from, d, func(Version) bool { return true })
	if err != nil {
		return Version{}, s.keeping(ctx, by, no, from, d, err)
	}
	return s.told(ctx, made)
}

// SubmitOver saves like SaveOver and asks legal for a review of exactly that.
// Nothing is saved when it could not be submitted, unless the law is open: what is
// saved can be answered for.
func (s Service) SubmitOver(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft) (Version, error) {
	n, err := s.Store.Notice(ctx, no)
	if err != nil {
		return Version{}, err
	}
	columns, pools, err := s.Store.Columns(ctx, n.Incident)
	if err != nil {
		return Version{}, err
	}
	audience, err := s.Scene.Audience(ctx, n.Incident, 0)
	if err != nil {
		return Version{}, err
	}
	doc, err := (Desk{Notice: n, Unsaved: &Unsaved{Draft: d}, Columns: columns, Pools: pools}).check()
	if err == nil {
		err = doc.checkEverywhere(audience)
	}
	if err != nil {
		return Version{}, s.keeping(ctx, by, no, from, d, err)
	}
	made, err := s.over(ctx, by, no, from, d, func(v Version) bool { return v.State != Rejected && v.State != Withdrawn })
	if err != nil {
		return Version{}, s.keeping(ctx, by, no, from, d, err)
	}
	v, err := s.Store.Version(ctx, made)
	if err != nil {
		return v, err
	}
	return s.Submit(ctx, by, made, v.SHA256, "")
}

// over makes a version over the one that the author saw, or gives that one if
// it says the same and will do.
func (s Service) over(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft, willDo func(Version) bool) (id.Version, error) {
	if err := access.WriteNotices.Allow(by); err != nil {
		return 0, err
	}
	if _, _, _, err := d.Compile(no, 1); err != nil {
		return 0, err
	}
	var made id.Version
	err := s.Store.Do(ctx, func(tx Tx) error {
		n, next, err := tx.Next(no)
		if err != nil {
			return err
		}
		newest := n.newest()
		if newest.ID != from {
			return fault.New(fault.Mismatch, "notice_changed", nil)
		}
		if same, err := d.is(newest); err != nil || same && willDo(newest) {
			made = newest.ID
			return errors.Join(err, tx.Forget(no, by.User))
		}
		if made, err = insert(tx, by, n, next, from, d); err != nil {
			return err
		}
		return tx.Forget(no, by.User)
	})
	return made, err
}

// is tells whether a version was made of just this: the same draft under the
// same numbers gives the same hash.
func (d Draft) is(v Version) (bool, error) {
	if v.ID == 0 {
		return false, nil
	}
	_, _, sum, err := d.Compile(v.Notice, v.No)
	return sum == v.SHA256, err
}

// keeping keeps what a person can mend, and gives the refusal.
func (s Service) keeping(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d Draft, refusal error) error {
	switch fault.KindOf(refusal) {
	case fault.Invalid, fault.Mismatch:
		if err := s.Keep(ctx, by, no, from, d); err != nil {
			return err
		}
	}
	return refusal
}

// Fields names every field that a text of the incident may use.
func (d Desk) Fields() []string {
	all := allFields()
	for _, c := range d.Columns {
		all = append(all, "merge."+c)
	}
	for _, p := range d.Pools {
		all = append(all, "code."+p)
	}
	return all
}

// PreviewDesk renders what lies on an author's desk, as Preview does a version.
func (s Service) PreviewDesk(ctx context.Context, by access.Actor, no id.Notice, reader Someone, variant int) (Shown, error) {
	d, err := s.Desk(ctx, by, no)
	if err != nil {
		return Shown{}, err
	}
	doc, _, _, err := d.Draft().Compile(no, 1)
	if err != nil {
		return Shown{}, err
	}
	return s.shown(ctx, d.Notice.Incident, doc, reader, variant)
}

// Redline compares a version with the one of its notice that was approved last
// before it. The number is 0 when there is none.
func (s Service) Redline(ctx context.Context, by access.Actor, v Version) (int, []Change, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return 0, nil, err
	}
	n, err := s.Store.Notice(ctx, v.Notice)
	if err != nil {
		return 0, nil, err
	}
	var last Version
	for _, other := range n.Versions {
		if other.State == Approved && other.No < v.No {
			last = other
		}
	}
	if last.ID == 0 {
		return 0, nil, nil
	}
	if last, err = s.Store.Version(ctx, last.ID); err != nil {
		return 0, nil, err
	}
	return last.No, Changes(last.Document.Texts(), v.Document.Texts()), nil
}
