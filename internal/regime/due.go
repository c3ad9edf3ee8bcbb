package regime

import (
	"cmp"
	"slices"
)

// Reckoning is what the rules say of a situation. It informs; that nothing is
// due is never among its answers.
type Reckoning struct {
	Version    string
	SHA256     string
	Disclaimer string
	InPlay     []InPlay
	Duties     []Duty // dated first, by the moment to plan by
	Substitute []Substitute
	Conflicts  []Conflict // items on which the rules in play disagree
	Uncovered  []Uncovered
	NotCovered []string
}

// Due reckons every duty of the rules in play and when it ends. The same
// situation always gives the same reckoning; it does not look at a clock, so
// callers compare the moments with theirs. A situation that cannot be read is
// refused with its fields.
func (s Set) Due(x Situation) (Reckoning, error) {
	at, err := s.scene(x)
	if err != nil {
		return Reckoning{}, err
	}
	out := Reckoning{Version: s.Version, SHA256: s.SHA256, Disclaimer: s.Disclaimer, Uncovered: s.uncovered(at), NotCovered: s.NotCovered()}
	rules, matches := s.inPlay(at)
	out.InPlay = matches
	var forced []rule
	for i, r := range rules {
		if matches[i].Force == InForce {
			forced = append(forced, r)
		}
	}
	for _, r := range forced {
		out.Duties = append(out.Duties, s.duties(r, at)...)
		if sub, ok := s.substitute(r, at); ok {
			out.Substitute = append(out.Substitute, sub)
		}
	}
	out.Conflicts = s.conflictsOf(forced, at.holds)
	slices.SortStableFunc(out.Duties, order)
	return out, nil
}

func order(a, b Duty) int {
	x, y := a.Clock.At(), b.Clock.At()
	switch {
	case x.IsZero() != y.IsZero():
		if x.IsZero() {
			return 1
		}
		return -1
	case !x.Equal(y):
		return x.Compare(y)
	}
	return cmp.Compare(a.ID, b.ID)
}
