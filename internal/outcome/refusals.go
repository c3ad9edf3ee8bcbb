package outcome

import "math"

// Refusals counts how many of so many messages were refused.
type Refusals struct {
	All     int64
	Refused int64
}

// certainty is the quantile of the normal distribution for a 99 % interval: the
// share is looked at after every message, and chance has many tries.
const certainty = 2.576

// fewest messages say nothing: the interval is no good for so few.
const fewest = 5

// SurelyAbove tells whether the share of refused messages is above a percentage
// even at the lower end of its 99 % confidence interval (Wilson score): three of
// ten are for 5 %, two of ten may be chance. Of fewer than five it tells nothing.
func (r Refusals) SurelyAbove(percent float64) bool {
	if r.All < fewest {
		return false
	}
	n, p := float64(r.All), float64(r.Refused)/float64(r.All)
	z2 := certainty * certainty
	lower := (p + z2/(2*n) - certainty*math.Sqrt(p*(1-p)/n+z2/(4*n*n))) / (1 + z2/n)
	return lower > percent/100
}

// mostRemembered is how many messages are remembered at full weight.
const mostRemembered = 2000

// Count adds one message. Older ones weigh less and less, so that the share is
// that of the last few thousand and not of a lifetime.
func (r *Refusals) Count(refused bool) {
	r.All++
	if refused {
		r.Refused++
	}
	if r.All >= mostRemembered {
		r.All, r.Refused = r.All/2, r.Refused/2
	}
}
