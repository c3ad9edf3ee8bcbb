package cohort

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"forthwith/internal/id"
)

// Scene is an incident's people at one moment.
type Scene interface {
	Leaves
	Decided
	Known(ctx context.Context) (Known, error)
	// Cohorts gives every cohort of the incident.
	Cohorts(ctx context.Context) ([]Cohort, error)
	// Traits gives everybody's places and language.
	Traits(ctx context.Context) (Traits, error)
}

// Decided is what was decided about an incident's people before.
type Decided interface {
	// Told gives those whom a campaign is or was for.
	Told(ctx context.Context, campaign id.Campaign) (Bitset, error)
	// Members gives those of one frozen cohort, of either kind.
	Members(ctx context.Context, no id.Cohort) (Bitset, error)
	// Placed gives the people of each frozen cohort.
	Placed(ctx context.Context) (map[id.Cohort]Bitset, error)
	// Ruled gives the rulings on people who match a more specific cohort.
	Ruled(ctx context.Context) (RulingsOf, error)
	// FollowedUp gives everybody of a frozen follow-up.
	FollowedUp(ctx context.Context) (Bitset, error)
	// Excluded gives who is excluded from the incident, each under the oldest
	// exclusion that holds.
	Excluded(ctx context.Context) (Excluded, error)
}

// picture is a scene with every rule decided.
type picture struct {
	firsts   []First
	follows  []First // drafts of follow-ups: nobody is lost to them
	resolved map[id.Cohort]Resolved
	upgrades map[id.Cohort][]Upgrade // undecided
	nowhere  int                     // people of whom no first cohort speaks, and nobody excluded
	excluded Excluded
	asked    map[id.Cohort]int // how many people each rule was asked about
}

// paint decides the rules of all cohorts. extra is one that is not kept:
// a further one, or another form of one that is.
func paint(ctx context.Context, s Scene, extra *Cohort) (picture, error) {
	cohorts, err := s.Cohorts(ctx)
	if err != nil {
		return picture{}, err
	}
	if extra != nil {
		cohorts = extra.among(cohorts)
	}
	placed, err := s.Placed(ctx)
	if err != nil {
		return picture{}, err
	}
	excluded, err := s.Excluded(ctx)
	if err != nil {
		return picture{}, err
	}
	everybody, lines := excluded.All(), earlier(cohorts)
	p := picture{resolved: map[id.Cohort]Resolved{}, upgrades: map[id.Cohort][]Upgrade{}, excluded: excluded, asked: map[id.Cohort]int{}}
	for _, c := range cohorts {
		if c.Kind == FollowUp {
			err := p.follow(ctx, s, c, everybody)
			if err != nil {
				return picture{}, err
			}
			continue
		}
		f := First{ID: c.ID, Earlier: lines[c.ID], Precedence: c.Precedence, Frozen: c.State == Frozen, Matches: placed[c.ID]}
		if f.Now, err = Evaluate(ctx, c.Rule, s); err != nil {
			return picture{}, fmt.Errorf("decide rule of %s: %w", c.ID, err)
		}
		if f.Excluded = everybody; !f.Frozen {
			f.Matches = f.Now
		}
		p.firsts = append(p.firsts, f)
	}
	for _, r := range Resolve(p.firsts, placed) {
		p.resolved[r.ID] = r
	}
	return p, p.judge(ctx, s, placed, everybody)
}

// judge finds who may have to hear more than they did, and who hears nothing.
func (p *picture) judge(ctx context.Context, s Scene, placed map[id.Cohort]Bitset, excluded Bitset) error {
	ruled, err := s.Ruled(ctx)
	if err != nil {
		return err
	}
	there, err := s.Everyone(ctx)
	if err != nil {
		return err
	}
	left := there.Minus(excluded)
	superseded := map[id.Cohort]bool{}
	for _, f := range p.firsts {
		for _, e := range f.Earlier {
			superseded[e] = true
		}
	}
	for _, f := range p.firsts {
		if u := upgrades(f, p.firsts, placed, ruled.ofLine(f)); len(u) > 0 && !superseded[f.ID] {
			p.upgrades[f.ID] = u
		}
		p.asked[f.ID] = there.Or(f.Matches).Len()
		left = left.Minus(f.Matches)
	}
	p.nowhere = left.Len()
	return nil
}

// follow decides the rule of a follow-up that is not frozen.
func (p *picture) follow(ctx context.Context, s Scene, c Cohort, excluded Bitset) error {
	if c.State == Frozen {
		return nil
	}
	matches, err := Evaluate(ctx, c.Rule, s)
	if err != nil {
		return fmt.Errorf("decide rule of %s: %w", c.ID, err)
	}
	told, err := s.Told(ctx, c.Basis)
	if err != nil {
		return fmt.Errorf("read whom %s was for: %w", c.Basis, err)
	}
	matches = matches.And(told)
	p.asked[c.ID] = told.Len()
	p.follows = append(p.follows, First{ID: c.ID, Matches: matches})
	p.resolved[c.ID] = Resolved{ID: c.ID, Size: matches.Len(), Members: matches.Minus(excluded), Excluded: matches.And(excluded)}
	return nil
}

// among puts a cohort that is only thought of in the place of the one that is
// kept, or behind all.
func (c Cohort) among(kept []Cohort) []Cohort {
	var all []Cohort
	for _, k := range kept {
		if k.ID != c.ID {
			all = append(all, k)
		} else {
			c.Previous, c.Edition = k.Previous, k.Edition
		}
	}
	return append(all, c)
}

func (p picture) first(no id.Cohort) First {
	for _, all := range [][]First{p.firsts, p.follows} {
		for _, f := range all {
			if f.ID == no {
				return f
			}
		}
	}
	return First{}
}

// overlaps counts what a first cohort shares with each other one.
func (p picture) overlaps(no id.Cohort) []Loss {
	all := []Loss{}
	if slices.ContainsFunc(p.follows, func(f First) bool { return f.ID == no }) {
		return all
	}
	own := p.first(no)
	for _, f := range p.firsts {
		if n := Overlap(own.Matches, f.Matches); !sameLine(f, own) && n > 0 {
			all = append(all, Loss{f.ID, n})
		}
	}
	return all
}

// figures counts for some cohorts.
func (p picture) figures(ctx context.Context, s Scene, which ...id.Cohort) (map[id.Cohort]Figures, error) {
	traits, err := s.Traits(ctx)
	if err != nil {
		return nil, err
	}
	out := map[id.Cohort]Figures{}
	for _, no := range which {
		r := p.resolved[no]
		f := Figures{Considered: p.asked[no], ExcludedBy: p.excluded.among(r.Excluded).Tally(), Size: r.Size, Resolved: r.Members.Len(), LostTo: append([]Loss{}, r.LostTo...), Excluded: r.Excluded.Len(),
			ByJurisdiction: map[string]int{}, ByLocale: map[string]int{}, Overlaps: p.overlaps(no), Groups: traits.Groups(r.Members), Sample: p.sample(no), Upgrades: []Loss{}, Difference: p.difference(no)}
		for _, u := range p.upgrades[no] {
			f.Upgrades = append(f.Upgrades, Loss{u.From, u.People.Len()})
		}
		for _, one := range f.Groups {
			f.count(one)
		}
		out[no] = f
	}
	return out, nil
}

// sampleSize is how many people stand for a cohort.
const sampleSize = 10

// sample gives the first people of a cohort.
func (p picture) sample(no id.Cohort) []Sampled {
	var all []Sampled
	p.resolved[no].Members.Each(func(person int) bool {
		all = append(all, Sampled{person, p.reason(no, person)})
		return len(all) < sampleSize
	})
	return all
}

// none stands for people without a place or a language.
const none = "none"

func (f Figures) count(g Group) {
	if len(g.Jurisdictions) == 0 {
		f.ByJurisdiction[none] += g.People
	}
	for _, j := range g.Jurisdictions {
		f.ByJurisdiction[j] += g.People
	}
	if g.Locale == "" {
		g.Locale = none
	}
	f.ByLocale[g.Locale] += g.People
}

// Reason says why a person is placed where they are: they match the rule, and
// of all cohorts that they match, this one comes first.
type Reason struct {
	Precedence int         `json:"precedence"`
	Over       []id.Cohort `json:"over"` // other cohorts that they match
}

// reason finds the reason of one person. Few distinct ones exist. A follow-up
// comes before nothing.
func (p picture) reason(no id.Cohort, person int) Reason {
	own := p.first(no)
	r := Reason{Precedence: own.Precedence, Over: []id.Cohort{}}
	if slices.ContainsFunc(p.follows, func(f First) bool { return f.ID == no }) {
		return r
	}
	for _, f := range p.firsts {
		if f.Matches.Has(person) && !sameLine(f, own) {
			r.Over = append(r.Over, f.ID)
		}
	}
	return r
}

// Pair counts the people whom two cohorts share.
type Pair struct {
	A, B id.Cohort
	Size int
}

// Overlaps tell how the first cohorts of an incident lie over its people.
type Overlaps struct {
	Pairs   []Pair
	Nowhere int // people in none of them who are not excluded: they would hear nothing
}

func (p picture) pairs() []Pair {
	all := []Pair{}
	for i, a := range p.firsts {
		for _, b := range p.firsts[i+1:] {
			if n := Overlap(a.Matches, b.Matches); n > 0 && !sameLine(a, b) {
				all = append(all, Pair{a.ID, b.ID, n})
			}
		}
	}
	return all
}

func (k Known) lists() []id.List { return slices.Sorted(maps.Keys(k.Lists)) }
