package outcome

import "strings"

// Blame is whom an answer speaks against.
type Blame string

// Whom an answer may speak against.
const (
	BlameNobody  Blame = "nobody"  // the message was taken
	BlameMailbox Blame = "mailbox" // the recipient or their domain puts us off for now, or asks for what the relay lacks
	BlamePerson  Blame = "person"  // the recipient is refused for good
	BlameRelay   Blame = "relay"   // the relay does not work, or not for us
)

// Blame tells whom a reply speaks against. A relay that works for nobody may
// also refuse each recipient for good: who sees many of these in a row blames
// the relay.
func (r Reply) Blame() Blame {
	switch v := r.Verdict(); {
	case v == Took:
		return BlameNobody
	case r.Unfit():
		return BlameMailbox
	case r.Lost, r.Code == 421, v == RelayFault, strings.HasPrefix(r.Enhanced, "4.3."):
		return BlameRelay
	case r.Phase != PhaseRcpt && r.Phase != PhaseData && r.Phase != PhaseDot:
		return BlameRelay
	case v == Refused:
		return BlamePerson
	}
	return BlameMailbox
}

// Dial tells whether the transaction ended before a message could be announced.
func (r Reply) Dial() bool {
	return r.Phase == PhaseConnect || r.Phase == PhaseGreeting || r.Phase == PhaseTLS || r.Phase == PhaseAuth
}
