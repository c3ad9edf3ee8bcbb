package watch

import (
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Kind says what happened.
type Kind string

// What people are told of. Those of a relay name it, the others a campaign or
// the version of a text.
const (
	RelayFailed      Kind = "relay_failed"      // its circuit opened
	RelayUnproven    Kind = "relay_unproven"    // it did not prove who it is: no STARTTLS, a bad certificate, TLS too old
	RelayShut        Kind = "relay_shut"        // quarantined by its own rule
	CampaignStopped  Kind = "campaign_stopped"  // paused by the program
	CampaignStranded Kind = "campaign_stranded" // none of its relays may be used
	SendLate         Kind = "send_late"         // it would end after a notice is due
	LettersWithheld  Kind = "letters_withheld"  // letters that are not what was approved
	ApprovalWaits    Kind = "approval_waits"    // it waits for legal longer than the organisation's limit
)

// State says whether somebody has seen an alert.
type State string

// The states. One is over when what it tells of ended before anybody saw it.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Over         State = "over"
)

// States lists every state.
var States = []State{Open, Acknowledged, Over}

// Alert is one thing that people are told of. What happens again while it is
// open is counted, and makes no second one.
type Alert struct {
	ID             id.Alert
	Kind           Kind
	State          State
	Relay          id.Relay    // 0: it speaks of something else
	Campaign       id.Campaign // 0: it speaks of something else
	Version        id.Version  // 0: it speaks of something else
	Incident       id.Incident // of the campaign or version
	Name           string      // of the relay, the campaign or the notice, as it is now
	Now            string      // the state of what it speaks of
	Times          int64
	RaisedAt       time.Time
	LastAt         time.Time
	AcknowledgedBy id.User
	AcknowledgedAt *time.Time
	OverAt         *time.Time
}

// ErrNotFound means that there is no such alert.
var ErrNotFound = fault.New(fault.NotFound, "no_such_alert", nil)
