package delivery

import (
	"slices"
	"testing"
	"time"

	"forthwith/internal/outcome"
)

var (
	took      = outcome.Reply{Phase: outcome.PhaseDot, Code: 250}
	unknown   = outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.1.1"}
	suspended = outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.7.1"}
	greylists = outcome.Reply{Phase: outcome.PhaseRcpt, Code: 450}
	noAnswer  = outcome.Reply{Phase: outcome.PhaseConnect, Lost: true}
)

// feed notes replies, one a millisecond, and gives how many were noted when the
// circuit fell; 0 when it did not.
func feed(c *circuit, at time.Time, replies ...outcome.Reply) int {
	for i, r := range replies {
		when := at.Add(time.Duration(i) * time.Millisecond)
		if c.note(when, when, Tried{Campaign: 1, Seq: int64(i + 1), Attempt: 1}, r) {
			return i + 1
		}
	}
	return 0
}

func times(n int, r outcome.Reply) []outcome.Reply {
	all := make([]outcome.Reply, n)
	for i := range all {
		all[i] = r
	}
	return all
}

func mixed(n int, every ...outcome.Reply) (all []outcome.Reply) {
	for range n {
		all = append(all, every...)
	}
	return all
}

func TestACircuitFalls(t *testing.T) {
	cases := []struct {
		name    string
		replies []outcome.Reply
		want    int
	}{
		{"at twenty refusals in a row, whatever they say", mixed(20, unknown, suspended), 20},
		{"not at nineteen and one taken", append(times(19, unknown), mixed(5, took, unknown)...), 0},
		{"at three dials in a row", times(5, noAnswer), 3},
		{"not where dials fail between messages that are taken", mixed(9, noAnswer, took, took), 0},
		{"where half of many are refused for the relay's sake", mixed(20, took, suspended), 20},
		{"not where half are refused for their own", mixed(50, took, unknown), 0},
		{"not where a domain puts off", append(times(200, greylists), took), 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := feed(newCircuit(1), time.Unix(1000, 0), c.replies...); got != c.want {
				t.Errorf("fell at %d, want %d", got, c.want)
			}
		})
	}
}

// A message that was under way while the relay began to refuse proves nothing
// about what came after it was begun.
func TestAnAcceptanceClearsOnlyWhatFailedBeforeItWasBegun(t *testing.T) {
	c := newCircuit(1)
	at := time.Unix(1000, 0)
	for i := range 19 {
		c.note(at, at, Tried{Campaign: 1, Seq: int64(i), Attempt: 1}, unknown)
	}
	c.note(at.Add(-time.Second), at, Tried{Campaign: 1, Seq: 50, Attempt: 1}, took)
	if !c.note(at, at, Tried{Campaign: 1, Seq: 51, Attempt: 1}, unknown) {
		t.Error("the twentieth in a row does not open the circuit")
	}
}

func TestTheWindowForgets(t *testing.T) {
	c := newCircuit(1)
	feed(c, time.Unix(1000, 0), times(19, suspended)...)
	feed(c, time.Unix(1000, 0), took)
	if got := feed(c, time.Unix(1000+window, 0), mixed(3, took, suspended)...); got != 0 {
		t.Errorf("fell at %d by what is over a minute old", got)
	}
}

func TestWhatTheRelayWasBlamedForLatelyIsNamedToo(t *testing.T) {
	c := newCircuit(1)
	at := time.Unix(1000, 0)
	c.note(at, at, Tried{Campaign: 1, Seq: 70, Attempt: 1}, suspended)
	c.note(at.Add(window*time.Second), at.Add(window*time.Second), Tried{Campaign: 1, Seq: 71, Attempt: 1}, suspended)
	c.note(at.Add(window*time.Second), at.Add(window*time.Second), Tried{Campaign: 1, Seq: 72, Attempt: 1}, unknown)
	feed(c, at.Add((window+1)*time.Second), append([]outcome.Reply{took}, times(20, suspended)...)...)
	saved := c.saved(1)
	named := func(seq int64) bool { return slices.Contains(saved, Tried{Campaign: 1, Seq: seq, Attempt: 1}) }
	if len(saved) != 18 || named(70) || !named(71) || named(72) {
		t.Errorf("to save: %v", saved)
	}
}

func TestWhatABrokenRelayRefusedIsNamedOnce(t *testing.T) {
	c := newCircuit(1)
	fell := c.falls()
	feed(c, time.Unix(1000, 0), took, unknown, took)
	feed(c, time.Unix(1001, 0), times(20, unknown)...)
	select {
	case <-fell:
	default:
		t.Fatal("nobody is told")
	}
	c.note(time.Unix(1002, 0), time.Unix(1002, 0), Tried{Campaign: 1, Seq: 99, Attempt: 2}, unknown) // was under way
	saved := c.saved(1)
	if len(saved) != 20 || saved[19] != (Tried{Campaign: 1, Seq: 20, Attempt: 1}) || len(c.saved(1)) != 0 {
		t.Errorf("to save: %v", saved)
	}
	c.reset()
	if c.down() || feed(c, time.Unix(1003, 0), times(19, unknown)...) != 0 {
		t.Error("a relay that works again carries its past")
	}
	c.fall()
	c.fall()
	if n := len(c.saved(1)); !c.down() || n != 19 {
		t.Errorf("%d are to save where others opened the circuit", n)
	}
}
