package outcome

import (
	"testing"

	"pgregory.net/rapid"
)

func dot(code int, enhanced string) Reply {
	return Reply{Phase: PhaseDot, Code: code, Enhanced: enhanced}
}

var silent = Reply{Phase: PhaseDot, Lost: true}

func TestStatusFollowsFromTheRecord(t *testing.T) {
	try := func(no int, r ...Reply) Attempt { return Attempt{No: no, Outcomes: r} }
	cases := map[string]struct {
		h    History
		want Status
		dup  bool
	}{
		"nothing yet":                               {History{}, Pending, false},
		"no address":                                {History{Unaddressed: true}, Unaddressed, false},
		"a gate is shut":                            {History{Gated: true}, Held, false},
		"an intent without an outcome":              {History{Attempts: []Attempt{try(1)}}, Sending, false},
		"accepted":                                  {History{Attempts: []Attempt{try(1, dot(250, "2.0.0"))}}, Accepted, false},
		"silence after the message":                 {History{Attempts: []Attempt{try(1, silent)}}, Indeterminate, false},
		"silence, then the late truth":              {History{Attempts: []Attempt{try(1, silent, dot(250, ""))}}, Accepted, false},
		"silence, then a late refusal":              {History{Attempts: []Attempt{try(1, silent, dot(550, "5.1.1"))}}, Rejected, false},
		"silence, sent again by decision":           {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideResend, 1}}}, Deferred, false || true},
		"sent again and accepted":                   {History{Attempts: []Attempt{try(1, silent), try(2, dot(250, ""))}, Decisions: []Decision{{DecideResend, 1}}}, Accepted, true},
		"sent again, silent again":                  {History{Attempts: []Attempt{try(1, silent), try(2, silent)}, Decisions: []Decision{{DecideResend, 1}}}, Indeterminate, true},
		"treated as accepted":                       {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideTreatAccepted, 1}}}, Accepted, true},
		"a bad address":                             {History{Attempts: []Attempt{try(1, Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "5.1.1"})}}, Rejected, false},
		"put off":                                   {History{Attempts: []Attempt{try(1, dot(451, ""))}}, Deferred, false},
		"put off, then accepted":                    {History{Attempts: []Attempt{try(1, dot(451, "")), try(2, dot(250, ""))}}, Accepted, false},
		"policy refusal, the relay at fault":        {History{Attempts: []Attempt{try(1, dot(550, "5.7.1"))}, Decisions: []Decision{{DecideRelayAtFault, 1}}}, Deferred, false},
		"policy refusal repeated by another":        {History{Attempts: []Attempt{try(1, dot(550, "5.7.1")), try(2, dot(550, "5.7.1"))}, Decisions: []Decision{{DecideRelayAtFault, 1}}}, Rejected, false},
		"excluded before anything was sent":         {History{Decisions: []Decision{{DecideExclude, 0}}}, Excluded, false},
		"excluded, but a stale worker had sent":     {History{Attempts: []Attempt{try(1, dot(250, ""))}, Decisions: []Decision{{DecideExclude, 0}}}, Accepted, false},
		"unclear, to be sent again, then cancelled": {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideResend, 1}, {DecideCancel, 0}}}, Indeterminate, true},
		"unclear, to be sent again, then too late":  {History{Attempts: []Attempt{try(1, silent), try(2, dot(451, ""))}, Decisions: []Decision{{DecideResend, 1}, {DecideExpire, 0}}}, Indeterminate, true},
		"and then treated as accepted":              {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideResend, 1}, {DecideCancel, 0}, {DecideTreatAccepted, 1}}}, Accepted, true},
		"cancelled while unclear stays unclear":     {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideCancel, 0}}}, Indeterminate, false},
		"put off until it was too late":             {History{Attempts: []Attempt{try(1, dot(451, ""))}, Decisions: []Decision{{DecideExpire, 0}}}, Expired, false},
		"a letter that cannot be made":              {History{Decisions: []Decision{{DecideUnmade, 1}}}, Deferred, false},
		"and could not be made until it was late":   {History{Decisions: []Decision{{DecideUnmade, 1}, {DecideExpire, 0}}}, Expired, false},
		"made after all":                            {History{Attempts: []Attempt{try(1)}, Decisions: []Decision{{DecideUnmade, 1}}}, Sending, false},
		"made after all, and refused":               {History{Attempts: []Attempt{try(1, dot(550, "5.1.1"))}, Decisions: []Decision{{DecideUnmade, 1}}}, Rejected, false},
		"cannot be made again while unclear":        {History{Attempts: []Attempt{try(1, silent)}, Decisions: []Decision{{DecideUnmade, 2}}}, Indeterminate, false},
		"bounced after acceptance":                  {History{Attempts: []Attempt{try(1, dot(250, ""))}, Receipts: []ReceiptKind{ReceiptBounced, ReceiptDelivered}}, Bounced, false},
		"complained":                                {History{Attempts: []Attempt{try(1, dot(250, ""))}, Receipts: []ReceiptKind{ReceiptComplaint, ReceiptBounced}}, Complained, false},
		"nobody is left who knows":                  {History{Attempts: []Attempt{try(1, Reply{Phase: PhaseLease, Lost: true})}}, Indeterminate, false},
		"connection lost before the body":           {History{Attempts: []Attempt{try(1, Reply{Phase: PhaseData, Lost: true})}}, Deferred, false},
		"accepted and refused: the 250 outweighs":   {History{Attempts: []Attempt{try(1, dot(550, "5.1.1"), dot(250, ""))}}, Accepted, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.h.Status(); got != c.want {
				t.Errorf("status %s, want %s", got, c.want)
			}
			if got := c.h.PossibleDuplicate(); got != c.dup {
				t.Errorf("possible duplicate %v, want %v", got, c.dup)
			}
		})
	}
}

func anyReply(t *rapid.T) Reply {
	r := Reply{
		Phase: rapid.SampledFrom([]Phase{PhaseMail, PhaseRcpt, PhaseData, PhaseDot, PhaseLease}).Draw(t, "phase"),
		Lost:  rapid.Bool().Draw(t, "lost"),
	}
	if !r.Lost {
		r.Code = rapid.SampledFrom([]int{250, 421, 451, 452, 535, 550, 552, 554}).Draw(t, "code")
		r.Enhanced = rapid.SampledFrom([]string{"", "5.1.1", "5.2.2", "5.7.1", "4.2.2"}).Draw(t, "enhanced")
	}
	return r
}

func anyHistory(t *rapid.T) History {
	h := History{Unaddressed: rapid.Bool().Draw(t, "unaddressed")}
	for i := range rapid.IntRange(0, 4).Draw(t, "attempts") {
		a := Attempt{No: i + 1}
		for range rapid.IntRange(0, 3).Draw(t, "outcomes") {
			a.Outcomes = append(a.Outcomes, anyReply(t))
		}
		h.Attempts = append(h.Attempts, a)
	}
	kinds := []DecisionKind{DecideExclude, DecideSuppress, DecideCancel, DecideExpire, DecideResend, DecideTreatAccepted, DecideRelayAtFault, DecideUnmade}
	for range rapid.IntRange(0, 4).Draw(t, "decisions") {
		h.Decisions = append(h.Decisions, Decision{rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.IntRange(0, 4).Draw(t, "of")})
	}
	h.Receipts = rapid.SliceOfN(rapid.SampledFrom([]ReceiptKind{ReceiptDelivered, ReceiptBounced, ReceiptComplaint}), 0, 3).Draw(t, "receipts")
	return h
}

func TestOrderAndRepetitionNeverChangeTheStatus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		again := History{Unaddressed: h.Unaddressed, Gated: h.Gated}
		again.Attempts = rapid.Permutation(h.Attempts).Draw(t, "attempts again")
		for i, a := range again.Attempts {
			twice := append(append([]Reply{}, a.Outcomes...), a.Outcomes...)
			again.Attempts[i].Outcomes = rapid.Permutation(twice).Draw(t, "outcomes again")
		}
		again.Decisions = rapid.Permutation(append(append([]Decision{}, h.Decisions...), h.Decisions...)).Draw(t, "decisions again")
		again.Receipts = rapid.Permutation(h.Receipts).Draw(t, "receipts again")
		if h.Status() != again.Status() || h.PossibleDuplicate() != again.PossibleDuplicate() {
			t.Fatalf("%+v gives %s, %+v gives %s", h, h.Status(), again, again.Status())
		}
	})
}

func TestAnAcceptanceIsNeverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		h.Attempts = append(h.Attempts, Attempt{No: 9, Outcomes: []Reply{dot(250, "2.0.0")}})
		if !h.Status().Kept() {
			t.Fatalf("accepted, but the status is %s", h.Status())
		}
	})
}
