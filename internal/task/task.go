// Package task names the background tasks. A task carries the number of one
// object and nothing else: never personal data, and nothing that PostgreSQL
// does not know better. Each may run twice or never; a sweep makes both
// harmless.
package task

import "errors"

// ErrRunsAlready means that the same task runs for the same object just now, in
// this process or another.
var ErrRunsAlready = errors.New("the same task runs already")

// Name is the kind of a task, as the queue spells it.
type Name string

// The tasks.
const (
	ImportList   Name = "list:import"
	WithdrawList Name = "list:withdraw"
	FreezeCohort Name = "cohort:freeze"
	ReviewGates  Name = "gates:review"  // of an incident
	CheckDomains Name = "domains:check" // of an incident
	Preflight    Name = "campaign:preflight"
	Send         Name = "campaign:send" // claim what is free
	MakeExport   Name = "export:make"
	StaffMail    Name = "staff:mail" // of one staff send
)

// Names lists every task.
var Names = []Name{ImportList, WithdrawList, FreezeCohort, ReviewGates, CheckDomains, Preflight, Send, MakeExport, StaffMail}

// Task asks for one run.
type Task struct {
	Name   Name
	Object int64
}
