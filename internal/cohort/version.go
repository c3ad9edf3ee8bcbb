package cohort

import (
	"context"
	"fmt"
	"regexp"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Difference is what a version of a cohort changes. Whoever is in an earlier
// version stays there: they were placed for good.
type Difference struct {
	New  int `json:"new"`  // members of this version
	Same int `json:"same"` // of earlier versions, and match its rule
	Gone int `json:"gone"` // of earlier versions, and match its rule no more
}

// VersionTx makes further versions.
type VersionTx interface {
	// Taken tells whether a cohort of an incident has a name.
	Taken(no id.Incident, name string) (bool, error)
	// CopyGates puts the gates before one cohort before another too.
	CopyGates(from, to id.Cohort, by access.Actor, entry ledger.EntryID) error
}

// NextVersion makes a draft for people who came after a cohort was frozen: with
// its rule and its gates, and in its place. There is one at a time.
func (s Service) NextVersion(ctx context.Context, by access.Actor, no id.Cohort) (Cohort, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return Cohort{}, err
	}
	var next Cohort
	err := s.Store.Do(ctx, func(tx Tx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if next, err = c.next(by.User); err != nil {
			return err
		}
		if next.Name, err = freeName(tx, next); err != nil {
			return err
		}
		if next.ID, err = tx.Insert(next); err != nil {
			return err
		}
		told := ledger.New(by, ledger.CohortCreated, next.ID).In(int64(c.Incident))
		if err := tx.CopyGates(no, next.ID, by, told.ID); err != nil {
			return err
		}
		return tx.Record(told.With(next.asVersion()))
	})
	if err != nil {
		return Cohort{}, err
	}
	return s.told(ctx, next.ID)
}

func (c Cohort) asVersion() map[string]any {
	told := c.told()
	told["previous"], told["version"] = c.Previous, c.Edition
	return told
}

// numbered is what a version's name ends with.
var numbered = regexp.MustCompile(` \([0-9]+\)$`)

func (c Cohort) next(by id.User) (Cohort, error) {
	if c.State != Frozen {
		return c, c.wrongState()
	}
	if c.Kind != FirstNotice {
		return c, fault.New(fault.Conflict, "cohort_version_of_first", nil)
	}
	return Cohort{Draft: c.Draft, Incident: c.Incident, State: Drafted, Version: 1, Previous: c.ID, Edition: c.Edition + 1, CreatedBy: by}, nil
}

// freeName numbers a version's name, further where another cohort has that one:
// whoever presses the button is asked for no name.
func freeName(tx VersionTx, c Cohort) (string, error) {
	base := []rune(numbered.ReplaceAllString(c.Name, ""))
	for n := c.Edition; ; n++ {
		suffix := fmt.Sprintf(" (%d)", n)
		name := string(base[:min(len(base), longestName-len(suffix))]) + suffix
		if taken, err := tx.Taken(c.Incident, name); err != nil || !taken {
			return name, err
		}
	}
}

// Additions counts the people whom another version of a frozen cohort would have
// now: they match its rule, and nobody tells them.
func (s Service) Additions(ctx context.Context, by access.Actor, c Cohort) (int, error) {
	if err := access.ReadIncident.Allow(by); err != nil || c.State != Frozen || c.Kind != FirstNotice {
		return 0, err
	}
	var people int
	err := s.Store.Read(ctx, c.Incident, func(scene Scene) error {
		next, err := c.next(0)
		if err != nil {
			return err
		}
		next.ID = unsaved
		p, err := paint(ctx, scene, &next)
		people = p.resolved[unsaved].Members.Len()
		return err
	})
	return people, err
}

// earlier gives the versions before each cohort, the newest first.
func earlier(all []Cohort) map[id.Cohort][]id.Cohort {
	previous := map[id.Cohort]id.Cohort{}
	for _, c := range all {
		previous[c.ID] = c.Previous
	}
	lines := map[id.Cohort][]id.Cohort{}
	for _, c := range all {
		for p := c.Previous; p != 0; p = previous[p] {
			lines[c.ID] = append(lines[c.ID], p)
		}
	}
	return lines
}

// sameLine tells whether one of two cohorts is a version of the other.
func sameLine(a, b First) bool { return a.firstOf() == b.firstOf() }

// firstOf is the first version of a cohort.
func (f First) firstOf() id.Cohort {
	if len(f.Earlier) == 0 {
		return f.ID
	}
	return f.Earlier[len(f.Earlier)-1]
}

// difference compares a version with those before it.
func (p picture) difference(no id.Cohort) *Difference {
	f := p.first(no)
	if len(f.Earlier) == 0 {
		return nil
	}
	var before Bitset
	for _, e := range f.Earlier {
		before = before.Or(p.first(e).Matches)
	}
	return &Difference{New: p.resolved[no].Members.Len(), Same: before.And(f.Now).Len(), Gone: before.Minus(f.Now).Len()}
}
