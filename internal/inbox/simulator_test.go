package inbox

import (
	"fmt"
	"testing"
	"time"

	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient"
)

// sendTo sends a message with an id over a connection of its own and gives how
// it ended, also where no answer came.
func sendTo(t *testing.T, port int, to, id string) outcome.Reply {
	t.Helper()
	c := connect(t, port)
	r, err := c.Envelope(t.Context(), "bounce@example.com", to)
	if err == nil && smtpclient.Proceed(r) {
		r, _ = c.Deliver(t.Context(), []byte(letter("<"+id+"@example.com>", "x")))
	}
	return r
}

func TestASimulatorAddressEndsAsItsNameSays(t *testing.T) {
	b := box(t, t.TempDir())
	port := serve(t, b)
	for to, want := range map[string]struct {
		verdict  outcome.Verdict
		code     int
		enhanced string
		phase    outcome.Phase
		reason   string
		kept     int64
	}{
		"accept@simulator.test":     {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 1},
		"complain@simulator.test":   {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 1},
		"somebody@simulator.test":   {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 1},
		"bounce@example.com":        {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 1},
		"bounce@simulator.test.com": {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 1},
		"silent@simulator.test":     {outcome.Took, 250, "2.0.0", outcome.PhaseDot, "", 0},
		"bounce@simulator.test":     {outcome.Refused, 550, "5.1.1", outcome.PhaseRcpt, "reason_bad_address", 0},
		"bounce+7@simulator.test":   {outcome.Refused, 550, "5.1.1", outcome.PhaseRcpt, "reason_bad_address", 0},
		"Bounce@Simulator.TEST":     {outcome.Refused, 550, "5.1.1", outcome.PhaseRcpt, "reason_bad_address", 0},
		"full+x@simulator.test":     {outcome.Refused, 552, "5.2.2", outcome.PhaseRcpt, "reason_mailbox_full", 0},
		"policy@simulator.test":     {outcome.RelayFault, 550, "5.7.1", outcome.PhaseRcpt, "reason_relay_refuses", 0},
		"defer@simulator.test":      {outcome.Temporary, 450, "4.2.1", outcome.PhaseDot, "reason_put_off", 0},
		"drop+a@simulator.test":     {outcome.Unknown, 0, "", outcome.PhaseDot, "reason_silent_after_message", 0},
	} {
		before := b.Count()
		r := sendTo(t, port, to, "one")
		if r.Verdict() != want.verdict || r.Code != want.code || r.Enhanced != want.enhanced || r.Phase != want.phase || r.Reason() != want.reason {
			t.Errorf("%s ends with %+v, which is %s: %s", to, r, r.Verdict(), r.Reason())
		}
		if n := b.Count() - before; n != want.kept {
			t.Errorf("%s: %d letters are kept", to, n)
		}
	}
}

func TestADeferredLetterIsTakenTheThirdTime(t *testing.T) {
	b := box(t, t.TempDir())
	port := serve(t, b)
	for try := range 5 {
		for _, to := range []string{"defer@simulator.test", "defer+2@simulator.test"} {
			for _, id := range []string{"one", "two"} {
				if r := sendTo(t, port, to, id); (r.Verdict() == outcome.Took) != (try >= tries) {
					t.Errorf("try %d of %s to %s: %+v", try+1, id, to, r)
				}
			}
		}
	}
	if b.Count() != 12 {
		t.Errorf("%d letters are kept", b.Count())
	}
}

func TestASlowMailboxTakesItsTimeTwice(t *testing.T) {
	b := box(t, t.TempDir())
	b.slowness = 60 * time.Millisecond
	port := serve(t, b)
	begun := time.Now()
	if r := sendTo(t, port, "slow@simulator.test", "one"); r.Verdict() != outcome.Took || b.Count() != 1 {
		t.Errorf("%+v, %d kept", r, b.Count())
	}
	if took := time.Since(begun); took < 2*b.slowness {
		t.Errorf("it took %v", took)
	}
}

// A slow mailbox does not hold up the end of the program.
func TestASlowMailboxEndsWithTheInbox(t *testing.T) {
	over := make(chan struct{})
	close(over)
	s := &session{box: &Box{slowness: time.Hour}, ending: over}
	s.linger() // else the test runs for an hour
}

// What is remembered of deferred letters is bounded.
func TestDeferredLettersAreForgottenBeforeTheyFillTheMemory(t *testing.T) {
	var w waiting
	for i := range mostPutOff + 10 {
		w.again("defer@simulator.test", fmt.Sprint(i))
	}
	if len(w.seen) > mostPutOff {
		t.Errorf("%d are remembered", len(w.seen))
	}
}
