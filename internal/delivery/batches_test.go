package delivery

import "testing"

// A batch that was lost and claimed again is not finished by answers to what
// went out before: somebody of it would never be mailed.
func TestAnswersOfALostClaimDoNotFinishTheNextOne(t *testing.T) {
	b := newBatches()
	old, again := Claim{Batch: 7, Fence: 1}, Claim{Batch: 7, Fence: 2}
	b.claimed(old, 2)
	if b.lose(old); b.ours(old) {
		t.Error("a lost claim is ours")
	}
	b.claimed(again, 1)
	if b.answered(old) || len(b.rest()) != 1 {
		t.Error("the lost claim is finished by a late answer, or holds the batch")
	}
	if !b.ours(again) || !b.answered(again) {
		t.Error("the claim is not finished by its own answer")
	}
	b.unanswered(again)
	if !b.answered(again) {
		t.Error("an answer that was taken back is not counted again")
	}
}

// Whoever hands letters on is counted too: answers that overtake them finish
// nothing, and who gets no letter is waited for by nobody.
func TestABatchIsFinishedOnceByWhoeverComesLast(t *testing.T) {
	late, early := Claim{Batch: 7}, Claim{Batch: 8}
	for name, c := range map[string]struct {
		claim Claim
		steps func(b *batches) []bool
	}{
		"the answers": {late, func(b *batches) []bool {
			return []bool{b.answered(late), b.without(late, 2), b.answered(late)}
		}},
		"the one who hands on": {early, func(b *batches) []bool {
			return []bool{b.answered(early), b.answered(early), b.without(early, 2)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatches()
			b.claimed(c.claim, 3+1) // of three, one gets no letter
			steps := c.steps(b)
			if steps[0] || steps[1] || !steps[2] {
				t.Errorf("finished by %v", steps)
			}
			if b.finished([]Claim{c.claim}); b.without(c.claim, 0) {
				t.Error("a forgotten claim is finished again")
			}
		})
	}
}
