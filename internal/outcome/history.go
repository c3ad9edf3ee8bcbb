package outcome

// DecisionKind is a person's or a rule's ruling on a delivery.
type DecisionKind string

// The kinds of decision. Those that speak of an attempt carry its number.
const (
	DecideExclude       DecisionKind = "exclude"
	DecideSuppress      DecisionKind = "suppress"
	DecideCancel        DecisionKind = "cancel"
	DecideExpire        DecisionKind = "expire"
	DecideResend        DecisionKind = "resend"            // the unclear attempt may be made again
	DecideTreatAccepted DecisionKind = "treat_as_accepted" // the unclear attempt counts as accepted
	DecideRelayAtFault  DecisionKind = "relay_at_fault"    // the refusal of the attempt is not the recipient's
	DecideUnmade        DecisionKind = "unmade"            // the letter for the attempt could not be made
)

// Attempt is one SMTP transaction: its intent, and every outcome that was
// recorded for it. An attempt without outcomes is still under way.
type Attempt struct {
	No       int
	Outcomes []Reply
}

// Decision is one ruling. Attempt is 0 where it speaks of the delivery.
type Decision struct {
	Kind    DecisionKind
	Attempt int
}

// ReceiptKind is what later news says about a delivery.
type ReceiptKind string

// The kinds of receipt that change a status.
const (
	ReceiptDelivered ReceiptKind = "delivered"
	ReceiptBounced   ReceiptKind = "bounced"
	ReceiptComplaint ReceiptKind = "complaint"
)

// History is the whole record of one delivery. The zero value is a delivery
// that waits.
type History struct {
	Unaddressed bool // nobody could be mailed: there is no usable address
	Gated       bool // a gate of the plan is shut for this person
	Attempts    []Attempt
	Decisions   []Decision
	Receipts    []ReceiptKind
}

// Add puts an outcome to its attempt, which need not be known before.
func (h *History) Add(attempt int, r Reply) {
	for i := range h.Attempts {
		if h.Attempts[i].No == attempt {
			h.Attempts[i].Outcomes = append(h.Attempts[i].Outcomes, r)
			return
		}
	}
	h.Attempts = append(h.Attempts, Attempt{No: attempt, Outcomes: []Reply{r}})
}

// Status derives where the delivery stands. It depends on the set of rows
// only: shuffled, repeated or late rows give the same answer.
func (h History) Status() Status {
	m := h.marks()
	switch {
	case m.took:
		return m.later()
	case m.treated:
		return Accepted
	case m.unclear:
		return Indeterminate
	case m.open:
		return Sending
	case h.Unaddressed:
		return Unaddressed
	case m.refused:
		return Rejected
	}
	return m.unresolved(h.waiting(m))
}

// unresolved keeps an unclear attempt from being told as if nothing had been
// handed over: it was to be made again, and then nobody was mailed any more.
func (m marks) unresolved(s Status) Status {
	if m.resent && s.Explained() {
		return Indeterminate
	}
	return s
}

// PossibleDuplicate tells whether the person may have the message twice, or
// may not have what is counted as accepted: an attempt ended without an
// answer, and somebody decided to go on.
func (h History) PossibleDuplicate() bool {
	for _, a := range h.Attempts {
		if a.lost() && (h.decided(DecideResend, a.No) || h.decided(DecideTreatAccepted, a.No)) {
			return true
		}
	}
	return false
}

// Unmade tells whether the newest word is that the letter could not be made:
// the attempt that it was meant for, and any later one, was never begun.
func (h History) Unmade() bool {
	newest := 0
	for _, a := range h.Attempts {
		newest = max(newest, a.No)
	}
	for _, d := range h.Decisions {
		if d.Kind == DecideUnmade && d.Attempt > newest {
			return true
		}
	}
	return false
}

func (h History) waiting(m marks) Status {
	for _, ruled := range []struct {
		kind   DecisionKind
		status Status
	}{{DecideExclude, Excluded}, {DecideSuppress, Suppressed}, {DecideCancel, Cancelled}, {DecideExpire, Expired}} {
		if h.decided(ruled.kind, 0) {
			return ruled.status
		}
	}
	switch {
	case h.Gated:
		return Held
	case m.putOff:
		return Deferred
	}
	return Pending
}

// marks are the facts about a history that the status is chosen from.
type marks struct {
	took, treated, unclear, open, refused, putOff, resent bool
	delivered, bounced, complained                        bool
}

func (h History) marks() marks {
	m := marks{putOff: h.Unmade()}
	for _, a := range h.Attempts {
		m.read(h, a)
	}
	for _, r := range h.Receipts {
		m.delivered = m.delivered || r == ReceiptDelivered
		m.bounced = m.bounced || r == ReceiptBounced
		m.complained = m.complained || r == ReceiptComplaint
	}
	return m
}

func (m *marks) read(h History, a Attempt) {
	switch a.verdict() {
	case "":
		m.open = true
	case Took:
		m.took = true
	case Unknown:
		m.treated = m.treated || h.decided(DecideTreatAccepted, a.No)
		m.putOff = m.putOff || h.decided(DecideResend, a.No)
		m.resent = m.resent || h.decided(DecideResend, a.No)
		m.unclear = m.unclear || !h.decided(DecideResend, a.No)
	case Temporary:
		m.putOff = true
	case Refused, RelayFault:
		m.refused = m.refused || !h.decided(DecideRelayAtFault, a.No)
		m.putOff = m.putOff || h.decided(DecideRelayAtFault, a.No)
	}
}

// later is the status after an acceptance. A complaint proves arrival, a
// bounce outweighs a report of delivery.
func (m marks) later() Status {
	switch {
	case m.complained:
		return Complained
	case m.bounced:
		return Bounced
	case m.delivered:
		return Delivered
	}
	return Accepted
}

// verdict settles an attempt from all its outcomes: an acceptance outweighs
// any other definite answer, and a definite answer outweighs a lost one.
func (a Attempt) verdict() Verdict {
	order := []Verdict{Took, Refused, RelayFault, Temporary, Unknown}
	best := len(order)
	for _, r := range a.Outcomes {
		for i, v := range order {
			if r.Verdict() == v && i < best {
				best = i
			}
		}
	}
	if best == len(order) {
		return ""
	}
	return order[best]
}

func (a Attempt) lost() bool {
	for _, r := range a.Outcomes {
		if r.Verdict() == Unknown {
			return true
		}
	}
	return false
}

func (h History) decided(kind DecisionKind, attempt int) bool {
	for _, d := range h.Decisions {
		if d.Kind == kind && d.Attempt == attempt {
			return true
		}
	}
	return false
}

// Unclear lists the attempts that keep a delivery unclear: those that ended
// without an answer and that nobody has ruled on, or else those that were to be
// made again and were not.
func (h History) Unclear() []int {
	var open, resent []int
	for _, a := range h.Attempts {
		switch {
		case a.verdict() != Unknown || h.decided(DecideTreatAccepted, a.No):
		case h.decided(DecideResend, a.No):
			resent = append(resent, a.No)
		default:
			open = append(open, a.No)
		}
	}
	if len(open) == 0 {
		return resent
	}
	return open
}
