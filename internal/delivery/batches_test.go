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
	if b.answered(old) || len(b.rest()) != 2 {
		t.Error("the late answer finished something")
	}
	if !b.ours(again) || !b.answered(again) {
		t.Error("the claim is not finished by its own answer")
	}
	b.unanswered(again)
	if !b.answered(again) {
		t.Error("an answer that was taken back is not counted again")
	}
}
