package campaign

import (
	"forthwith/internal/intake"
	"forthwith/internal/outcome"
)

// Ruling is why a member of the cohort is not mailed. The zero one is: they are.
type Ruling struct {
	Kind outcome.DecisionKind // exclude or suppress
	Code string               // the sentence that says why
	By   string               // who decided it; empty: the system

	Undecided bool // a suppression names them, and nobody has said what becomes of them
}

// none tells that a member is mailed.
func (r Ruling) none() bool { return r.Kind == "" }

// Silent gives the place of somebody to whom nothing is sent: their leaf names no
// text, so that no letter to them is what the plan has.
func (p *Press) Silent(seq int64, person intake.Person) (Entry, error) {
	return p.Entry(seq, person, -1)
}

// Gone are people who were taken out of a plan.
type Gone struct {
	Variant int
	Held    bool // a gate was shut for them
	People  int64
}

// Narrowed gives the findings of a preflight after people were taken out of its
// plan: they are excluded or suppressed now. The plan itself, and its hash, stay.
func (p Preflight) Narrowed(plan Plan, to outcome.Status, gone []Gone) Preflight {
	c := &p.Counts
	variants := plan.Text.Ordered()
	for _, g := range gone {
		if g.Held {
			c.Held -= g.People
		} else {
			c.ToSend -= g.People
		}
		if to == outcome.Suppressed {
			c.Suppressed += g.People
		} else {
			c.Excluded += g.People
		}
		if g.Variant >= 0 && g.Variant < len(variants) {
			c.ByVariant[VariantName(variants[g.Variant].Source)] -= g.People
		}
	}
	return p
}

// HeldMore gives the findings of a preflight after gates were shut for so many
// more people, or opened for fewer than none.
func (p Preflight) HeldMore(people int64) Preflight {
	p.Counts.Held += people
	p.Counts.ToSend -= people
	return p
}

// AsPlanned gives a manifest as it was before people were taken out of its plan:
// fewer may be sent to than was approved. More may not, and would be seen.
func (m Manifest) AsPlanned(p Plan) Manifest {
	if m.Excluded >= p.Excluded && m.Suppressed >= p.Suppressed {
		m.ToSend += m.Excluded - p.Excluded + m.Suppressed - p.Suppressed
		m.Excluded, m.Suppressed = p.Excluded, p.Suppressed
	}
	return m
}
