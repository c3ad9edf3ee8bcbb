package delivery

import "sync"

// batches counts for each claimed batch how many letters still wait for an
// answer.
type batches struct {
	mu   sync.Mutex
	open map[int64]*openBatch
	lost map[Claim]bool
}

type openBatch struct {
	claim Claim
	left  int
}

func newBatches() *batches { return &batches{open: map[int64]*openBatch{}, lost: map[Claim]bool{}} }

// claimed notes a batch with so many letters to come.
func (l *batches) claimed(c Claim, letters int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c.Batch] = &openBatch{claim: c, left: letters}
}

// answered counts one answer. It is true for the answer that finishes a batch.
func (l *batches) answered(batch int64) (Claim, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.open[batch]
	if !ok {
		return Claim{}, false
	}
	b.left--
	return b.claim, b.left == 0
}

// unanswered takes one answer back: its group was not committed.
func (l *batches) unanswered(batch int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.open[batch]; ok {
		b.left++
	}
}

// lose notes that a batch is no longer ours: an intent for it was refused.
func (l *batches) lose(c Claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost[c] = true
}

// ours tells whether a batch may still be sent from.
func (l *batches) ours(c Claim) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost[c]
}

// finished forgets batches whose last answer is on record.
func (l *batches) finished(done []Claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range done {
		delete(l.open, c.Batch)
	}
}

// rest are the batches that are not finished.
func (l *batches) rest() []Claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Claim, 0, len(l.open))
	for _, b := range l.open {
		out = append(out, b.claim)
	}
	return out
}
