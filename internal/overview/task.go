package overview

import (
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

// Part is one step of answering an incident, in order.
type Part string

// The parts.
const (
	Facts    Part = "facts"
	Lists    Part = "lists"
	Cohorts  Part = "cohorts"
	Notices  Part = "notices"
	Plan     Part = "plan"
	Send     Part = "send"
	Evidence Part = "evidence"
)

// Progress says how far a part is.
type Progress string

// How far a part can be.
const (
	NotYet Progress = "not_yet" // something before it is missing
	ToDo   Progress = "to_do"
	Under  Progress = "under_way"
	Done   Progress = "done"
)

// Task is a part with how far it is.
type Task struct {
	Part     Part
	Progress Progress
}

// Tasks gives the parts of answering an incident, in order.
func (s Standing) Tasks() []Task {
	return []Task{
		{Facts, Done},
		{Lists, s.lists()},
		{Cohorts, s.cohorts()},
		{Notices, s.notices()},
		{Plan, s.plan()},
		{Send, s.send()},
		{Evidence, s.evidence()},
	}
}

// stage gives how far a part of several things is: done when all are.
func stage(before bool, all, done int) Progress {
	switch {
	case !before:
		return NotYet
	case all == 0:
		return ToDo
	case done == all:
		return Done
	}
	return Under
}

func (s Standing) imported() int {
	return Count(s.Lists, func(l List) bool { return l.State == intake.Imported })
}

// lists leaves out files that came to nothing.
func (s Standing) lists() Progress {
	open := Count(s.Lists, func(l List) bool { return l.State == intake.Awaiting || l.State == intake.Importing })
	return stage(true, open+s.imported(), s.imported())
}

func (s Standing) frozen() int {
	return Count(s.Cohorts, func(c Cohort) bool { return c.State == cohort.Frozen })
}

func (s Standing) cohorts() Progress {
	if all := stage(s.imported() > 0, len(s.Cohorts), s.frozen()); all != Done || s.Newcomers == 0 {
		return all
	}
	return Under
}

func (s Standing) notices() Progress {
	return stage(true, len(s.Notices), Count(s.Notices, func(n Notice) bool { return n.State == notice.Approved }))
}

// live are the campaigns that were not given up.
func (s Standing) live() int {
	return Count(s.Campaigns, func(c Campaign) bool { return c.State != campaign.Aborted })
}

func (s Standing) plan() Progress {
	done := Count(s.Campaigns, func(c Campaign) bool {
		return c.State != campaign.Aborted && c.State != campaign.Draft && c.State != campaign.Preflighting && c.State != campaign.Ready
	})
	return stage(s.live() > 0 || s.frozen() > 0 && s.approved(), s.live(), done)
}

func (s Standing) send() Progress {
	ended := s.ended()
	before := Count(s.Campaigns, func(c Campaign) bool {
		return c.State == campaign.Approved || c.State == campaign.Scheduled || c.State == campaign.Sending || c.State == campaign.Paused
	}) + ended
	passed := Count(s.Cohorts, func(c Cohort) bool { return s.passedOver(c) > 0 })
	if before > 0 && before == ended && (passed > 0 || ended < max(s.live(), s.frozen())) {
		return Under
	}
	return stage(before > 0, before, ended)
}

func (s Standing) ended() int {
	return Count(s.Campaigns, func(c Campaign) bool { return c.State == campaign.Complete || c.State == campaign.ClosedEarly })
}

func (s Standing) evidence() Progress {
	if s.ended() == 0 {
		return NotYet
	}
	return ToDo
}
