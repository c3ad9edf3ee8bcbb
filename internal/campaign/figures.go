package campaign

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// Figures are where a campaign stands in numbers. The counts are those of the
// deliveries themselves and add up to the cohort.
type Figures struct {
	Counts    map[outcome.Status]int64
	PerSecond float64 // answered in the last seconds
	At        time.Time
}

// Explained tells whether every delivery has a status that needs nothing more.
func (f Figures) Explained() bool {
	for status, n := range f.Counts {
		if n > 0 && !status.Explained() {
			return false
		}
	}
	return true
}

// Waiting is how many are not yet handed over.
func (f Figures) Waiting() int64 {
	return f.Counts[outcome.Pending] + f.Counts[outcome.Sending] + f.Counts[outcome.Held] + f.Counts[outcome.Deferred]
}

// Finish projects when the last of those who wait is handed over, at the rate
// of the moment, or before anything was sent, and while a relay is warmed up, at
// the one that campaign and first relay allow. Nil when nobody waits or nothing
// moves.
func (f Figures) Finish(c Campaign) *time.Time {
	if f.Waiting() == 0 || !c.in(Ready, Approved, Scheduled, Sending) {
		return nil
	}
	perSecond, from := f.PerSecond, c.begins(f.At)
	if k := c.Preflight.Carrier; perSecond == 0 || k != nil && k.WarmUp != nil {
		perSecond = c.Rate()
	}
	at := c.project(from, f.Waiting(), perSecond)
	return &at
}

// longestWork bounds what is projected day by day.
const longestWork = 366

// project tells when so many are handed over, from an instant on: within the
// window, and no faster than the first relay may be sent to on each day.
func (c Campaign) project(from time.Time, people int64, perSecond float64) time.Time {
	at, left := from, float64(people)
	for range 2 * longestWork {
		opens, closes := c.Settings.SendWindow.next(at)
		if at.Before(opens) {
			at = opens
		}
		rate, until := c.fastest(at, perSecond), earlier(closes, midnight(at))
		if can := rate * until.Sub(at).Seconds(); can < left {
			left, at = left-can, until
			continue
		}
		at, left = at.Add(time.Duration(left/rate*float64(time.Second))), 0
		break
	}
	if left > 0 { // a year on, days no longer count
		at = at.Add(time.Duration(left / c.fastest(at, perSecond) * float64(time.Second)))
	}
	return at.Add(c.holds()).UTC().Round(time.Second)
}

// fastest is the rate that the first relay allows, too.
func (c Campaign) fastest(at time.Time, perSecond float64) float64 {
	if k := c.Preflight.Carrier; k != nil {
		return min(perSecond, k.WarmUp.Rate(k.MaxRatePerSecond, at))
	}
	return perSecond
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// midnight is when the next day begins in UTC, by which relays are warmed up.
func midnight(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// begins is when a campaign can begin that could at that instant.
func (c Campaign) begins(at time.Time) time.Time {
	if c.Settings.ScheduleAt != nil && c.Settings.ScheduleAt.After(at) {
		return *c.Settings.ScheduleAt
	}
	return at
}

// holds is how long the steps of a ramp that have not ended yet are waited for.
func (c Campaign) holds() time.Duration {
	var all time.Duration
	for i, s := range c.Settings.Ramp {
		if i >= c.Ramp.Step {
			all += time.Duration(s.HoldSeconds) * time.Second
		}
	}
	return all
}

// Counter reads figures.
type Counter interface {
	Figures(ctx context.Context, no id.Campaign) (Figures, error)
}

// Watch gives a campaign with its figures.
func (s Service) Watch(ctx context.Context, by access.Actor, no id.Campaign) (Campaign, Figures, error) {
	c, err := s.Get(ctx, by, no)
	if err != nil {
		return c, Figures{}, err
	}
	f, err := s.Counter.Figures(ctx, no)
	return c, f, err
}

// Finish projects when a checked campaign would end if it were launched at once,
// or at its time.
func (p Preflight) Finish(c Campaign) *time.Time {
	return Figures{Counts: map[outcome.Status]int64{outcome.Pending: p.Counts.ToSend}, At: p.At}.Finish(c)
}

// Takes is how long the whole of a checked campaign is sent, at the rate that is
// allowed now.
func (p Preflight) Takes(c Campaign) time.Duration {
	from := c.begins(p.At)
	return max(0, c.project(from, p.Counts.ToSend, c.Rate()).Sub(from))
}
