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

// Narrowed gives the findings of a preflight after people were taken out of its
// plan: so many of each variant are excluded or suppressed now. The plan itself,
// and its hash, stay.
func (p Preflight) Narrowed(plan Plan, to outcome.Status, gone map[int]int64) Preflight {
	c := &p.Counts
	variants := plan.Text.Ordered()
	for variant, n := range gone {
		c.ToSend -= n
		if to == outcome.Suppressed {
			c.Suppressed += n
		} else {
			c.Excluded += n
		}
		if variant >= 0 && variant < len(variants) {
			c.ByVariant[VariantName(variants[variant].Source)] -= n
		}
	}
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
