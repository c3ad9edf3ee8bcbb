package regime

import "slices"

// Substitute is what a rule says of people who cannot be reached in person. It
// is a suggestion: for those who can be reached, direct notice stays the way.
// Without a trigger it only shows what the rule has.
type Substitute struct {
	ID           string // us-ca.substitute_notice
	Origin       Origin
	People       int // to be told under the rule
	Unreachable  int
	Triggers     []Trigger // what of the counts speaks for it
	ClassOver    int       // 0: the rule has no such number
	MinMissing   int       // so many unreachable people at least; 0: any
	CostOver     int       // a further trigger that counts cannot tell; 0: none
	Currency     string
	Methods      []string
	Rule         string // all, any_two, any_one or email_and_one_other of them
	WebsiteDays  int
	TollfreeDays int
	Alternative  string
	Note         string
}

func (s Set) substitute(r rule, x scene) (Substitute, bool) {
	people, unreachable := x.people.total, x.unreachable.total
	if len(r.residency) > 0 {
		people, unreachable = x.people.within(s.places(r)), x.unreachable.within(s.places(r))
	}
	n := r.substitute
	out := Substitute{ID: r.Regime + ".substitute_notice", Origin: r.origin("substitute_notice", ""), People: people, Unreachable: unreachable,
		ClassOver: n.classOver, MinMissing: n.minMissing, CostOver: n.costOver, Currency: n.currency, Methods: slices.Clone(n.methods), Rule: n.rule,
		WebsiteDays: n.websiteDays, TollfreeDays: n.tollfreeDays, Alternative: n.alternative, Note: n.note}
	if n.classOver > 0 && people > n.classOver {
		out.Triggers = append(out.Triggers, ClassOver)
	}
	if n.insufficient == Yes && unreachable > 0 && unreachable >= n.minMissing {
		out.Triggers = append(out.Triggers, InsufficientContact)
	}
	return out, n.available && (unreachable > 0 || len(out.Triggers) > 0)
}
