package delivery

import (
	"maps"
	"slices"
	"sync"
)

// batches counts for each claim how many letters still wait for an answer. It
// goes by the claim and not by the batch: one that was lost and claimed again
// must not be finished by answers to what went out before.
type batches struct {
	mu   sync.Mutex
	left map[Claim]int
	lost map[Claim]bool
}

func newBatches() *batches { return &batches{left: map[Claim]int{}, lost: map[Claim]bool{}} }

// claimed notes a claim with so many letters to come.
func (l *batches) claimed(c Claim, letters int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[c] = letters
}

// answered counts one answer. It is true for the answer that finishes a claim.
func (l *batches) answered(c Claim) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.left[c]; !ok {
		return false
	}
	l.left[c]--
	return l.left[c] == 0
}

// without notes that so many of those who were counted give no answer. It is true
// where nobody is left to wait for, so that no answer will finish the claim.
func (l *batches) without(c Claim, silent int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.left[c]; !ok {
		return false
	}
	l.left[c] -= silent
	return l.left[c] == 0
}

// unanswered takes one answer back: its group was not committed.
func (l *batches) unanswered(c Claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.left[c]; ok {
		l.left[c]++
	}
}

// lose notes that a batch is no longer ours: an intent for it was refused, or it
// is given back. It is true the first time. Nothing is waited for in its name any
// more: it would keep the same batch from being given back after its next claim.
func (l *batches) lose(c Claim) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.lost[c]
	l.lost[c] = true
	delete(l.left, c)
	return first
}

// ours tells whether a batch may still be sent from.
func (l *batches) ours(c Claim) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost[c]
}

// finished forgets claims whose last answer is on record.
func (l *batches) finished(done []Claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range done {
		delete(l.left, c)
	}
}

// rest are the claims that are not finished.
func (l *batches) rest() []Claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.left))
}
