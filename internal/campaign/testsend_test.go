package campaign

import (
	"slices"
	"testing"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

func TestATestIsSentWhileThereIsAPlanThatMayBeSent(t *testing.T) {
	may := []State{Ready, Approved, Scheduled, Sending, Paused}
	for _, s := range States {
		c := Campaign{ID: 1, State: s, PlanHash: canon.Hash{1}}
		asked, err := c.test([]id.User{7}, []Colleague{{ID: 7}})
		if slices.Contains(may, s) != (err == nil) {
			t.Errorf("%s: %v", s, err)
		}
		if err != nil && fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s is refused as %v", s, err)
		}
		if err == nil && (asked.Plan != c.PlanHash || asked.Campaign != 1) {
			t.Errorf("%s asks for %+v", s, asked)
		}
	}
}

func TestATestGoesToStaffWhoAreThere(t *testing.T) {
	c := Campaign{State: Ready}
	known := []Colleague{{ID: 1}, {ID: 2, Disabled: true}, {ID: 3}}
	asked, err := c.test([]id.User{3, 1, 3}, known)
	if err != nil || !slices.Equal(asked.Users(), []id.User{3, 1}) {
		t.Errorf("asked for %v, %v", asked.Users(), err)
	}
	_, err = c.test([]id.User{1, 2, 99}, known)
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Invalid || len(f.Fields) != 2 || f.Fields[0].Name != "user_ids[1]" || f.Fields[0].Code != "test_user_disabled" ||
		f.Fields[1].Name != "user_ids[2]" || f.Fields[1].Code != "test_user_unknown" {
		t.Errorf("refused with %v", err)
	}
}

func TestAnotherPlanOvertakesATest(t *testing.T) {
	asked := TestSend{Plan: canon.Hash{1}}
	for name, c := range map[string]struct {
		c    Campaign
		over bool
	}{
		"the same plan":   {Campaign{State: Sending, PlanHash: canon.Hash{1}}, false},
		"another plan":    {Campaign{State: Ready, PlanHash: canon.Hash{2}}, true},
		"an edited draft": {Campaign{State: Draft}, true},
		"an abort":        {Campaign{State: Aborted, PlanHash: canon.Hash{1}}, true},
	} {
		if asked.Overtaken(c.c) != c.over {
			t.Errorf("%s: %t", name, !c.over)
		}
	}
}

func TestHowALetterOfATestStands(t *testing.T) {
	at := func(phase outcome.Phase, code int, lost bool) *outcome.Reply {
		return &outcome.Reply{Phase: phase, Code: code, Lost: lost}
	}
	cases := []struct {
		name    string
		l       TestLetter
		want    TestResult
		reason  string
		running bool
	}{
		{"nothing happened yet", TestLetter{}, TestWaiting, "", true},
		{"announced", TestLetter{Announced: true}, TestSending, "", true},
		{"nothing was to be sent", TestLetter{Announced: true, Unsent: "test_no_relay"}, TestFailed, "test_no_relay", false},
		{"taken", TestLetter{Announced: true, Reply: at(outcome.PhaseDot, 250, false)}, TestAccepted, "", false},
		{"no answer after the message", TestLetter{Announced: true, Reply: at(outcome.PhaseDot, 0, true)}, TestUnclear, "reason_silent_after_message", false},
		{"the worker died", TestLetter{Announced: true, Reply: at(outcome.PhaseLease, 0, true)}, TestUnclear, "reason_silent_after_message", false},
		{"refused", TestLetter{Announced: true, Reply: at(outcome.PhaseRcpt, 550, false)}, TestFailed, "reason_refused", false},
		{"put off, and not tried again", TestLetter{Announced: true, Reply: at(outcome.PhaseRcpt, 450, false)}, TestFailed, "reason_put_off", false},
	}
	for _, c := range cases {
		if r := c.l.Result(); r != c.want || c.l.Reason() != c.reason || (TestSend{Letters: []TestLetter{c.l}}).Running() != c.running {
			t.Errorf("%s: %s, %s", c.name, r, c.l.Reason())
		}
	}
}
