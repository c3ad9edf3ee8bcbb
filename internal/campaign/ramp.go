package campaign

import (
	"math"
	"time"

	"forthwith/internal/fault"
)

// RampStep is a first part of the people: so many, or so many percent of all,
// and how long their answers are waited for before the next part begins. Whoever
// is left after the last step is the rest.
type RampStep struct {
	Count       int64   `json:"count,omitempty"`
	Percent     float64 `json:"percent,omitempty"`
	HoldSeconds int64   `json:"hold_seconds"`
}

// Ramp is how far a ramp has come: the steps that have ended, and until when the
// answers of the present one are waited for.
type Ramp struct {
	Step  int
	Until *time.Time
}

// Bounds of a ramp.
const (
	mostSteps   = 10
	longestHold = 7 * 24 * 3600
	// usualStop is the percentage of refused messages above which a ramp stops,
	// where nobody chose another.
	usualStop = 5.0
)

// size is how many people a step holds, of so many in all.
func (s RampStep) size(all int64) int64 {
	if s.Percent > 0 {
		return int64(math.Ceil(float64(all) * s.Percent / 100))
	}
	return s.Count
}

// RampBorders gives how many people are told up to the end of each step, out of
// so many.
func RampBorders(ramp []RampStep, all int64) []int64 {
	borders := make([]int64, len(ramp))
	var told int64
	for i, s := range ramp {
		told = min(all, told+s.size(all))
		borders[i] = told
	}
	return borders
}

func checkRamp(ramp []RampStep, stop *float64) (wrong []fault.Field) {
	bad := func(name, code string, step int, values fault.Values) {
		values["step"] = step + 1
		wrong = append(wrong, fault.Field{Name: name, Code: code, Values: values})
	}
	if len(ramp) > mostSteps {
		wrong = append(wrong, fault.Field{Name: "ramp", Code: "ramp_too_long", Values: fault.Values{"most": mostSteps}})
	}
	for i, s := range ramp {
		if (s.Count != 0) == (s.Percent != 0) || s.Count < 0 || !(s.Percent >= 0 && s.Percent < 100) {
			bad("ramp", "ramp_step_wrong", i, fault.Values{})
		}
		if s.HoldSeconds < 0 || s.HoldSeconds > longestHold {
			bad("ramp", "ramp_hold_wrong", i, fault.Values{"to": longestHold})
		}
	}
	if stop != nil && !(*stop > 0 && *stop <= 100) {
		wrong = append(wrong, fault.Field{Name: "stop_above_percent", Code: "field_out_of_range", Values: fault.Values{"name": "stop_above_percent", "from": "over 0", "to": 100}})
	}
	return wrong
}
