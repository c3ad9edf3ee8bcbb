package outcome

import "testing"

func TestVerdictsDecideByPhaseThenEnhancedCode(t *testing.T) {
	cases := []struct {
		name string
		r    Reply
		want Verdict
	}{
		{"250 after the dot", Reply{Phase: PhaseDot, Code: 250}, Took},
		{"250 to RCPT is no acceptance", Reply{Phase: PhaseRcpt, Code: 250}, Temporary},
		{"silence after the dot", Reply{Phase: PhaseDot, Lost: true}, Unknown},
		{"given up by us before DATA", Withheld, Temporary},
		{"silence before the body", Reply{Phase: PhaseData, Lost: true}, Temporary},
		{"refused connection", Reply{Phase: PhaseConnect, Lost: true}, Temporary},
		{"421 anywhere", Reply{Phase: PhaseMail, Code: 421}, Temporary},
		{"451 after the dot", Reply{Phase: PhaseDot, Code: 451, Enhanced: "4.3.0"}, Temporary},
		{"452 to RCPT", Reply{Phase: PhaseRcpt, Code: 452, Enhanced: "4.2.2"}, Temporary},
		{"unknown user", Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "5.1.1"}, Refused},
		{"unknown user without enhanced code", Reply{Phase: PhaseRcpt, Code: 550}, Refused},
		{"full mailbox", Reply{Phase: PhaseRcpt, Code: 552, Enhanced: "5.2.2"}, Refused},
		{"policy", Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "5.7.1"}, RelayFault},
		{"policy after the dot", Reply{Phase: PhaseDot, Code: 554, Enhanced: "5.7.26"}, RelayFault},
		{"login refused", Reply{Phase: PhaseAuth, Code: 535, Enhanced: "5.7.8"}, RelayFault},
		{"suspended at MAIL", Reply{Phase: PhaseMail, Code: 550, Enhanced: "5.1.8"}, RelayFault},
		{"login needed at RCPT", Reply{Phase: PhaseRcpt, Code: 530}, RelayFault},
		{"a 5xx whose enhanced code says temporary", Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "4.2.1"}, Temporary},
		{"DATA refused for the recipient", Reply{Phase: PhaseData, Code: 554, Enhanced: "5.1.1"}, Refused},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.r.Verdict(); got != c.want {
				t.Errorf("verdict %s, want %s", got, c.want)
			}
		})
	}
}

// A relay without SMTPUTF8 works: it must be left by those only whose address
// asks for it, and its circuit must not count them.
func TestAnAddressThatARelayCannotTakeSpeaksOfNobodyElse(t *testing.T) {
	r := Unfit
	if !r.Unfit() || r.Verdict() != RelayFault || r.Blame() != BlameMailbox || r.Dial() || r.Reason() != "reason_needs_smtputf8" || r.Withheld() {
		t.Errorf("%s, blames %s, %s", r.Verdict(), r.Blame(), r.Reason())
	}
	for _, r := range []Reply{{Phase: PhaseMail, Lost: true}, {Phase: PhaseMail, Code: 553, Enhanced: "5.6.7"}, {Phase: PhaseMail}} {
		if r.Unfit() {
			t.Errorf("%+v counts as never tried", r)
		}
	}
}

// What we gave up ourselves is told from what a relay did, wherever it is told.
func TestWhatWasWithheldIsNoAnswerOfARelay(t *testing.T) {
	if r := Withheld; r.Reason() != "reason_withheld" || r.Error() != "given up before DATA" || r.Blame() == BlameRelay {
		t.Errorf("%s, %s, blames %s", r.Reason(), r.Error(), r.Blame())
	}
	for _, r := range []Reply{{Phase: PhaseData, Lost: true}, {Phase: PhaseData, Code: 451}, {Phase: PhaseRcpt}, {Phase: PhaseDot}} {
		if r.Withheld() {
			t.Errorf("%+v counts as withheld", r)
		}
	}
}
