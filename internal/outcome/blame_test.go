package outcome

import "testing"

func TestBlameFallsOnWhomTheAnswerSpeaksOf(t *testing.T) {
	cases := []struct {
		name string
		r    Reply
		want Blame
	}{
		{"taken", Reply{Phase: PhaseDot, Code: 250}, BlameNobody},
		{"no connection", Reply{Phase: PhaseConnect, Lost: true}, BlameRelay},
		{"silence after the dot", Reply{Phase: PhaseDot, Lost: true}, BlameRelay},
		{"login refused", Reply{Phase: PhaseAuth, Code: 535, Enhanced: "5.7.8"}, BlameRelay},
		{"sender put off", Reply{Phase: PhaseMail, Code: 451}, BlameRelay},
		{"421 to RCPT", Reply{Phase: PhaseRcpt, Code: 421}, BlameRelay},
		{"policy", Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "5.7.1"}, BlameRelay},
		{"the relay's disk is full", Reply{Phase: PhaseDot, Code: 452, Enhanced: "4.3.1"}, BlameRelay},
		{"unknown user", Reply{Phase: PhaseRcpt, Code: 550, Enhanced: "5.1.1"}, BlamePerson},
		{"refused without a word", Reply{Phase: PhaseRcpt, Code: 550}, BlamePerson},
		{"greylisted", Reply{Phase: PhaseRcpt, Code: 450, Enhanced: "4.7.1"}, BlameMailbox},
		{"full for now", Reply{Phase: PhaseDot, Code: 452, Enhanced: "4.2.2"}, BlameMailbox},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.r.Blame(); got != c.want {
				t.Errorf("blames %s, want %s", got, c.want)
			}
		})
	}
}
