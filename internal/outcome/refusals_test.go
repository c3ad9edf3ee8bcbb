package outcome

import (
	"math/rand/v2"
	"testing"
)

func TestOnlyWhatIsSurelyAboveStops(t *testing.T) {
	for _, c := range []struct {
		refused, all int64
		percent      float64
		stops        bool
	}{
		{0, 0, 5, false}, {0, 1000, 5, false},
		{1, 1, 5, false}, {4, 4, 5, false}, {2, 5, 5, true}, {1, 10, 5, false}, {2, 10, 5, false}, {3, 10, 5, true}, {10, 10, 50, true},
		{6, 100, 5, false}, {14, 100, 5, true},
		{51, 1000, 5, false}, {70, 1000, 5, true},
		{10, 10, 100, false},
	} {
		if got := (Refusals{c.all, c.refused}).SurelyAbove(c.percent); got != c.stops {
			t.Errorf("%d of %d above %g %%: %v", c.refused, c.all, c.percent, got)
		}
	}
}

// A long good past does not hide that a relay refuses now, and a share that is
// allowed does not stop a long send.
func TestWhatIsLongPastWeighsLittle(t *testing.T) {
	var r Refusals
	for range 1_000_000 {
		r.Count(false)
	}
	n := 0
	for !r.SurelyAbove(5) {
		r.Count(n%4 == 0)
		n++
	}
	if n > 1200 {
		t.Errorf("a quarter refused is noticed after %d messages", n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	stopped := 0
	for range 100 {
		var r Refusals
		for range 20_000 {
			if r.Count(rng.Float64() < 0.02); r.SurelyAbove(5) {
				stopped++
				break
			}
		}
	}
	if stopped > 3 {
		t.Errorf("%d of 100 sends with 2 %% refused were stopped", stopped)
	}
}
