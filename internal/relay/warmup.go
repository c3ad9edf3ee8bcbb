package relay

import (
	"time"

	"forthwith/internal/fault"
)

// WarmUp is how a new sending address earns the trust of mailbox providers: so
// many messages on the first day, so many on the second, each day's spread
// evenly over its twenty-four hours. After the last day the relay's own rate
// holds; before the first, the first day's.
type WarmUp struct {
	From   string  `json:"from"` // the first day, in UTC
	PerDay []int64 `json:"per_day"`
}

// Bounds of a warm-up.
const (
	longestWarmUp = 90
	mostPerDay    = 1_000_000_000
)

// Rate gives the messages a second that a relay may take at an instant, out of
// the rate of its own.
func (w *WarmUp) Rate(own float64, at time.Time) float64 {
	if w == nil {
		return own
	}
	from, err := time.Parse(time.DateOnly, w.From)
	if err != nil || len(w.PerDay) == 0 {
		return own
	}
	day := max(0, int(at.UTC().Sub(from)/(24*time.Hour)))
	if day >= len(w.PerDay) {
		return own
	}
	return min(own, float64(w.PerDay[day])/(24*time.Hour).Seconds())
}

func (w *WarmUp) check(found *wrongs) {
	if w == nil {
		return
	}
	if _, err := time.Parse(time.DateOnly, w.From); err != nil {
		found.add("warm_up", "warm_up_day_wrong", nil)
	}
	if len(w.PerDay) == 0 || len(w.PerDay) > longestWarmUp {
		found.add("warm_up", "warm_up_length_wrong", fault.Values{"most": longestWarmUp})
	}
	for i, n := range w.PerDay {
		if n < 1 || n > mostPerDay {
			found.add("warm_up", "warm_up_number_wrong", fault.Values{"day": i + 1, "most": int64(mostPerDay)})
		}
	}
}
