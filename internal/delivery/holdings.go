package delivery

import (
	"slices"
	"sync"
)

// holdings are the batches that the runs of one process work on, by campaign.
type holdings struct {
	claiming sync.RWMutex // held for reading from a claim to its note
	mu       sync.Mutex
	runs     map[int64]map[*batches]bool
	under    map[int64]int // runs under way, also those that hold nothing any more
}

func (h *holdings) enter(campaign int64, b *batches) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.runs == nil {
		h.runs, h.under = map[int64]map[*batches]bool{}, map[int64]int{}
	}
	h.under[campaign]++
	if h.runs[campaign] == nil {
		h.runs[campaign] = map[*batches]bool{}
	}
	h.runs[campaign][b] = true
}

// leave ends a run: release gets what the other runs of the campaign keep.
// While it works nothing is claimed, so that what it gives back is nobody's.
func (h *holdings) leave(campaign int64, b *batches, release func(kept []Claim) error) error {
	h.claiming.Lock()
	defer h.claiming.Unlock()
	return release(h.others(campaign, b))
}

// give gives back one batch of a run that goes on: release gets all that the
// campaign's runs keep.
func (h *holdings) give(campaign int64, c Claim, release func(kept []Claim) error) error {
	h.claiming.Lock()
	defer h.claiming.Unlock()
	return release(slices.DeleteFunc(h.kept(campaign), func(other Claim) bool { return other == c }))
}

// over says that a run has ended.
func (h *holdings) over(campaign int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.under[campaign]--; h.under[campaign] == 0 {
		delete(h.under, campaign)
	}
}

// working tells whether a run of a campaign is under way.
func (h *holdings) working(campaign int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.under[campaign] > 0
}

func (h *holdings) others(campaign int64, b *batches) []Claim {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.runs[campaign], b)
	return h.keptLocked(campaign)
}

func (h *holdings) kept(campaign int64) []Claim {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keptLocked(campaign)
}

func (h *holdings) keptLocked(campaign int64) []Claim {
	var kept []Claim
	for run := range h.runs[campaign] {
		kept = append(kept, run.rest()...)
	}
	return kept
}
