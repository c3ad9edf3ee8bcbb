package obligation

import (
	"slices"
	"testing"

	"forthwith/internal/outcome"
)

// Each status of a delivery says what became of its person, in the order in which
// that counts: nobody drops out of the sums.
func TestEveryStatusCounts(t *testing.T) {
	for _, s := range outcome.Statuses {
		if !slices.Contains(Statuses, s) {
			t.Errorf("%s does not count", s)
		}
	}
	if len(Statuses) != len(outcome.Statuses) {
		t.Errorf("%d statuses count, there are %d", len(Statuses), len(outcome.Statuses))
	}
	before := 0
	for _, s := range Statuses {
		at := slices.Index(Reaches, ReachedBy(s))
		if at < before {
			t.Errorf("%s counts after what it comes before", s)
		}
		before = at
	}
}
