package web

import (
	"fmt"

	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// sumOrder is the one order in which statuses are shown.
var sumOrder = []outcome.Status{outcome.Accepted, outcome.Delivered, outcome.Sending, outcome.Pending, outcome.Held, outcome.Deferred,
	outcome.Bounced, outcome.Complained, outcome.Rejected, outcome.Expired, outcome.Suppressed, outcome.Excluded, outcome.Cancelled,
	outcome.Unaddressed, outcome.Indeterminate}

// hatched statuses need somebody: they are told from others without colour.
var hatched = map[outcome.Status]bool{outcome.Bounced: true, outcome.Complained: true, outcome.Rejected: true, outcome.Expired: true, outcome.Indeterminate: true}

const (
	gap       = 0.35 // percent of the bar between two parts
	slimmest  = 0.6  // percent, so that one person of a million is seen
	wholeness = 100.0
)

// sum makes the bar and the equation of a campaign's counts. They add up by
// what they are made of.
func sum(no id.Campaign, counts map[outcome.Status]int64) views.Sum {
	var parts []views.Term
	for _, status := range sumOrder {
		if n := counts[status]; n > 0 {
			parts = append(parts, views.Term{Status: string(status), Count: n, Hatched: hatched[status],
				Word: phrase.Say("sum_"+string(status), nil), URL: "/campaigns/" + no.String() + "/deliveries?status=" + string(status)})
		}
	}
	return sumOf(phrase.Say("sum_people", nil), parts)
}

// sumOf makes the bar and the equation of some parts.
func sumOf(unit string, parts []views.Term) views.Sum {
	s := views.Sum{Unit: unit}
	for _, t := range parts {
		s.Total += t.Count
	}
	s.Terms = spread(parts, s.Total)
	s.Label = phrase.Say("term", map[string]any{"n": s.Total, "name": unit})
	for i, t := range s.Terms {
		sep := " + "
		if i == 0 {
			sep = " = "
		}
		s.Label += sep + phrase.Say("term", map[string]any{"n": t.Count, "name": t.Word})
	}
	return s
}

// spread gives each part its place. A part that would be too slim to see takes
// what it needs from the largest.
func spread(parts []views.Term, total int64) []views.Term {
	if total == 0 {
		return parts
	}
	room := wholeness - gap*float64(len(parts)-1)
	widths := make([]float64, len(parts))
	largest, used := 0, 0.0
	for i, p := range parts {
		widths[i] = max(room*float64(p.Count)/float64(total), slimmest)
		used += widths[i]
		if p.Count > parts[largest].Count {
			largest = i
		}
	}
	widths[largest] -= used - room
	x := 0.0
	for i := range parts {
		parts[i].X, parts[i].Width = percent(x), percent(widths[i])
		x += widths[i] + gap
	}
	return parts
}

func percent(n float64) string { return fmt.Sprintf("%.3f%%", n) }

// share says a part of a whole in percent: rounded down, and never "0" or "100"
// while that is not true.
func share(part, whole int64) string {
	switch {
	case whole == 0 || part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	case part*100 < whole:
		return phrase.Say("share_under", nil)
	case part*100/whole == 99 && part*1000/whole > 990:
		return phrase.Say("share_over", nil)
	}
	return fmt.Sprintf("%d %%", part*100/whole)
}
