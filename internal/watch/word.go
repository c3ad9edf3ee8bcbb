package watch

import (
	"time"

	"forthwith/internal/campaign"
)

// WaitKind says what waits for legal.
type WaitKind string

// What can wait.
const (
	TextWaits      WaitKind = "text"
	PlanWaits      WaitKind = "plan"
	AmendmentWaits WaitKind = "amendment"
)

// Word tells one user of legal by mail what waits for their decision. It names
// nothing of an incident and nobody.
type Word struct {
	Lines  []WordLine              // what of it waits yet, the oldest first
	Sender *campaign.PlannedSender // nil: nobody chose who mails staff
	Relay  *campaign.PlannedRelay
}

// WordLine is one thing that waits.
type WordLine struct {
	Kind  WaitKind
	Since time.Time
}

// Moot tells whether there is nothing to be told, or nobody to tell it.
func (w Word) Moot() bool { return len(w.Lines) == 0 || w.Sender == nil || w.Relay == nil }
