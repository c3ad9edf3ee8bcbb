package outcome

import (
	"strconv"
	"strings"
)

// Phase is how far a transaction had come when its last answer arrived or
// failed to arrive.
type Phase string

// The phases, in the order in which a transaction passes them.
const (
	PhaseConnect  Phase = "connect"  // TCP, name resolution
	PhaseGreeting Phase = "greeting" // banner and EHLO
	PhaseTLS      Phase = "tls"      // STARTTLS and handshake
	PhaseAuth     Phase = "auth"
	PhaseMail     Phase = "mail"  // MAIL FROM
	PhaseRcpt     Phase = "rcpt"  // RCPT TO
	PhaseData     Phase = "data"  // DATA, before its 354: no body has been written
	PhaseDot      Phase = "dot"   // the body was begun; waiting for the final answer
	PhaseLease    Phase = "lease" // nobody is left who could know the answer
)

// Reply is the answer that ended a transaction. Its text is never kept: relays
// repeat addresses in it.
type Reply struct {
	Phase    Phase
	Code     int    // 0 when Lost, Withheld or Unfit
	Enhanced string // RFC 3463, as "5.1.1"; empty when the relay gave none
	Lost     bool   // no answer came: time-out, reset, end of file
	QueueID  string // what the relay called the message, from its 250
}

// Withheld is the end of a transaction that we gave up ourselves before DATA:
// MAIL and RCPT were answered, and not a byte of the message was sent.
var Withheld = Reply{Phase: PhaseData}

// Withheld tells whether we gave the transaction up ourselves: no answer came,
// because none was asked for.
func (r Reply) Withheld() bool { return r.Phase == PhaseData && r.Code == 0 && !r.Lost }

// Unfit is the end of a transaction that never began: the address has letters
// that only a relay with SMTPUTF8 takes (RFC 6531 section 3.2), and this one does
// not offer it. Not a byte was sent; another relay may take it.
var Unfit = Reply{Phase: PhaseMail, Enhanced: "5.6.7"}

// Unfit tells whether it was not even tried.
func (r Reply) Unfit() bool { return r == Unfit }

// Verdict is what a reply means for the delivery.
type Verdict string

// The verdicts.
const (
	Took       Verdict = "took"        // the relay has the message
	Unknown    Verdict = "unknown"     // it may have it
	Temporary  Verdict = "temporary"   // it does not; worth another try
	Refused    Verdict = "refused"     // it never will, because of the recipient
	RelayFault Verdict = "relay_fault" // it refuses, but not because of the recipient
)

// Verdict classifies a reply by phase, enhanced code and code.
func (r Reply) Verdict() Verdict {
	switch {
	case r.Lost && (r.Phase == PhaseDot || r.Phase == PhaseLease):
		return Unknown
	case r.Lost:
		return Temporary
	case r.Code >= 200 && r.Code < 300 && r.Phase == PhaseDot:
		return Took
	case r.Code >= 500 && r.Code < 600:
		return r.permanent()
	case r.Unfit():
		return RelayFault
	}
	return Temporary
}

// aboutRelay are the codes without an enhanced code that speak of the
// connection or of who we are, not of the recipient.
var aboutRelay = map[int]bool{500: true, 501: true, 502: true, 503: true, 504: true, 521: true, 530: true, 534: true, 535: true, 538: true}

func (r Reply) permanent() Verdict {
	if r.Phase != PhaseRcpt && r.Phase != PhaseData && r.Phase != PhaseDot {
		return RelayFault
	}
	switch {
	case strings.HasPrefix(r.Enhanced, "5.7."), strings.HasPrefix(r.Enhanced, "5.5."), strings.HasPrefix(r.Enhanced, "5.3."):
		return RelayFault
	case strings.HasPrefix(r.Enhanced, "5."):
		return Refused
	case strings.HasPrefix(r.Enhanced, "4."):
		return Temporary // the enhanced code decides first
	case aboutRelay[r.Code]:
		return RelayFault
	}
	return Refused
}

// Reason is the code of the sentence that explains a refusal or a delay.
func (r Reply) Reason() string {
	switch {
	case r.Verdict() == Took:
		return ""
	case r.Withheld():
		return "reason_withheld"
	case r.Unfit():
		return "reason_needs_smtputf8"
	case r.Lost && r.Verdict() == Unknown:
		return "reason_silent_after_message"
	case r.Lost:
		return "reason_connection_lost"
	case strings.HasPrefix(r.Enhanced, "5.1."):
		return "reason_bad_address"
	case r.Enhanced == "5.2.2" || r.Enhanced == "4.2.2" || r.Enhanced == "" && r.Code == 552:
		return "reason_mailbox_full"
	case r.Verdict() == RelayFault:
		return "reason_relay_refuses"
	case r.Verdict() == Refused:
		return "reason_refused"
	}
	return "reason_put_off"
}

// Error makes a reply an error, for a dial that ended with one. It holds codes
// only.
func (r Reply) Error() string {
	if r.Lost {
		return "no answer at " + string(r.Phase)
	}
	if r.Withheld() {
		return "given up before DATA"
	}
	if r.Unfit() {
		return "the relay does not offer SMTPUTF8"
	}
	return "relay answered " + strconv.Itoa(r.Code) + " " + r.Enhanced + " at " + string(r.Phase)
}
