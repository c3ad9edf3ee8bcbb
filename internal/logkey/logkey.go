// Package logkey holds the only spellings of log attributes. None of them may
// carry an address, a name, a cell, a subject or a secret.
package logkey

// The attributes of a log line.
const (
	Addr     = "addr"
	Attempt  = "attempt"
	Batch    = "batch"
	Campaign = "campaign"
	Code     = "code"
	Cohort   = "cohort"
	Command  = "command"
	Count    = "count"
	Delivery = "delivery"
	Error    = "error"
	Export   = "export"
	Incident = "incident"
	Kind     = "kind"
	List     = "list"
	Method   = "method"
	Path     = "path"
	PID      = "pid"
	Relay    = "relay"
	Request  = "request"
	Route    = "route"
	Signal   = "signal"
	Stack    = "stack"
	State    = "state"
	Status   = "status"
	Task     = "task"
	Took     = "took_ms"
	User     = "user"
	Worker   = "worker"
)
