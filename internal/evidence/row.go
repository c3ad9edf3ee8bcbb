package evidence

import (
	"strconv"
	"time"

	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
)

// Row is one line of the delivery report.
type Row struct {
	Delivery          id.Delivery
	Recipient         id.Recipient
	Email             string // masked, whole or a digest, as asked for; empty without an address
	Cohort            string
	Jurisdiction      string
	Locale            string
	Variant           string
	Status            outcome.Status
	Attempts          int
	FirstAttemptAt    *time.Time
	AcceptedAt        *time.Time
	LastEventAt       *time.Time
	Relay             string
	MessageID         string
	SMTPCode          int
	EnhancedCode      string
	RemoteQueueID     string
	TLSVersion        string
	MessageSHA256     string
	PossibleDuplicate bool
	Reason            string // code of the catalogue
}

// Columns are the names of a report's columns, in order. They are fixed.
var Columns = []string{
	"delivery_id", "recipient_id", "email", "cohort", "jurisdiction", "locale", "variant", "status", "attempts", "first_attempt_at", "accepted_at",
	"last_event_at", "relay", "message_id", "smtp_code", "enhanced_code", "remote_queue_id", "tls_version", "message_sha256", "possible_duplicate", "reason",
}

// Cells gives a row's cells in the order of Columns.
func (r Row) Cells() []string {
	code := ""
	if r.SMTPCode != 0 {
		code = strconv.Itoa(r.SMTPCode)
	}
	return []string{
		r.Delivery.String(), r.Recipient.String(), r.Email, r.Cohort, r.Jurisdiction, r.Locale, r.Variant, string(r.Status), strconv.Itoa(r.Attempts),
		instant(r.FirstAttemptAt), instant(r.AcceptedAt), instant(r.LastEventAt), r.Relay, r.MessageID, code, r.EnhancedCode, r.RemoteQueueID, r.TLSVersion,
		r.MessageSHA256, strconv.FormatBool(r.PossibleDuplicate), r.reason(),
	}
}

func (r Row) reason() string {
	if r.Reason == "" {
		return ""
	}
	return phrase.Say(r.Reason, nil)
}

// document is a row as JSON, with the same names as Columns.
type document struct {
	Delivery          id.Delivery    `json:"delivery_id"`
	Recipient         id.Recipient   `json:"recipient_id"`
	Email             string         `json:"email"`
	Cohort            string         `json:"cohort"`
	Jurisdiction      string         `json:"jurisdiction"`
	Locale            string         `json:"locale"`
	Variant           string         `json:"variant"`
	Status            outcome.Status `json:"status"`
	Attempts          int            `json:"attempts"`
	FirstAttemptAt    *time.Time     `json:"first_attempt_at"`
	AcceptedAt        *time.Time     `json:"accepted_at"`
	LastEventAt       *time.Time     `json:"last_event_at"`
	Relay             string         `json:"relay"`
	MessageID         string         `json:"message_id"`
	SMTPCode          *int           `json:"smtp_code"`
	EnhancedCode      string         `json:"enhanced_code"`
	RemoteQueueID     string         `json:"remote_queue_id"`
	TLSVersion        string         `json:"tls_version"`
	MessageSHA256     string         `json:"message_sha256"`
	PossibleDuplicate bool           `json:"possible_duplicate"`
	Reason            string         `json:"reason"`
}

func (r Row) document() document {
	d := document{r.Delivery, r.Recipient, r.Email, r.Cohort, r.Jurisdiction, r.Locale, r.Variant, r.Status, r.Attempts, r.FirstAttemptAt, r.AcceptedAt,
		r.LastEventAt, r.Relay, r.MessageID, nil, r.EnhancedCode, r.RemoteQueueID, r.TLSVersion, r.MessageSHA256, r.PossibleDuplicate, r.reason()}
	if r.SMTPCode != 0 {
		d.SMTPCode = &r.SMTPCode
	}
	return d
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
