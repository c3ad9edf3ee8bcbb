package delivery

import (
	"testing"
	"time"

	"forthwith/internal/outcome"
)

func TestWhatFollowsFromAReply(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	took := outcome.Reply{Phase: outcome.PhaseDot, Code: 250}
	policy := outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.7.1"}
	silent := outcome.Reply{Phase: outcome.PhaseDot, Lost: true}
	later := outcome.Reply{Phase: outcome.PhaseRcpt, Code: 451}
	fault := func(relay int64, ago time.Duration) []Prior {
		return []Prior{{Relay: relay, At: now.Add(-ago), Verdict: outcome.RelayFault}}
	}
	cases := []struct {
		name     string
		r        outcome.Reply
		f        Facts
		want     outcome.Status
		fault    bool
		resend   bool
		tryAgain bool
	}{
		{name: "accepted", r: took, want: outcome.Accepted},
		{name: "a bad address", r: outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.1.1"}, want: outcome.Rejected},
		{name: "put off", r: later, want: outcome.Deferred, tryAgain: true},
		{name: "silence is held", r: silent, want: outcome.Indeterminate},
		{name: "silence is sent once more by policy", r: silent, f: Facts{ResendOnce: true}, want: outcome.Deferred, resend: true, tryAgain: true},
		{name: "silence a second time is held", r: silent, want: outcome.Indeterminate,
			f: Facts{ResendOnce: true, Claimed: Claimed{Attempt: 2, Prior: []Prior{{Verdict: outcome.Unknown}}}}},
		{name: "policy the first time", r: policy, want: outcome.Deferred, fault: true, tryAgain: true},
		{name: "policy again after ten minutes", r: policy, want: outcome.Deferred, fault: true, tryAgain: true,
			f: Facts{Relay: 1, Now: now, RelayAccepted: now, Claimed: Claimed{Attempt: 2, Prior: fault(1, 10*time.Minute)}}},
		{name: "policy again after a quarter of an hour, others pass", r: policy, want: outcome.Rejected,
			f: Facts{Relay: 1, Now: now, RelayAccepted: now.Add(-time.Minute), Claimed: Claimed{Attempt: 2, Prior: fault(1, 16*time.Minute)}}},
		{name: "policy again after a quarter of an hour, nobody passes", r: policy, want: outcome.Deferred, fault: true, tryAgain: true,
			f: Facts{Relay: 1, Now: now, RelayAccepted: now.Add(-time.Hour), Claimed: Claimed{Attempt: 2, Prior: fault(1, 16*time.Minute)}}},
		{name: "policy at another relay", r: policy, want: outcome.Rejected,
			f: Facts{Relay: 2, Now: now, Claimed: Claimed{Attempt: 2, Prior: fault(1, time.Minute)}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Rule(c.r, c.f)
			if got.Status != c.want || got.RelayFault != c.fault || got.Resend != c.resend || (got.After > 0) != c.tryAgain {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTheScheduleTriesFiveTimesOverFourHours(t *testing.T) {
	for range 200 {
		var total time.Duration
		tries := 1
		for total < 4*time.Hour {
			d := delay(tries)
			if d < firstDelay*7/10 || d > longestWait*13/10 {
				t.Fatalf("wait of %s after try %d", d, tries)
			}
			total += d
			tries++
		}
		if tries < 5 {
			t.Fatalf("%d tries in %s", tries, total)
		}
	}
}
