package overview

import (
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

// Kind says what somebody is needed for.
type Kind string

// What people are needed for, the most urgent first.
const (
	DecideUnclear  Kind = "decide_unclear"
	Resume         Kind = "resume"
	Launch         Kind = "launch"
	ApproveMore    Kind = "approve_amendment"
	ApprovePlan    Kind = "approve_plan"
	DecidePeople   Kind = "decide_people"
	ReviewText     Kind = "review_text"
	ReworkText     Kind = "rework_text"
	RunChecks      Kind = "run_checks"
	PlanCampaign   Kind = "plan_campaign"
	PlanAnother    Kind = "plan_another"
	SubmitText     Kind = "submit_text"
	WriteNotice    Kind = "write_notice"
	FreezeCohort   Kind = "freeze_cohort"
	PlaceNewcomers Kind = "place_newcomers"
	BuildCohort    Kind = "build_cohort"
	ConfirmList    Kind = "confirm_list"
	UploadList     Kind = "upload_list"
	TakeEvidence   Kind = "take_evidence"
)

// order puts kinds in the order of their urgency.
var order = []Kind{DecideUnclear, Resume, Launch, ApproveMore, DecidePeople, ApprovePlan, ReviewText, ReworkText, RunChecks, PlanCampaign, PlanAnother, SubmitText,
	FreezeCohort, PlaceNewcomers, BuildCohort, ConfirmList, UploadList, WriteNotice, TakeEvidence}

// Need is one thing that waits for somebody.
type Need struct {
	Kind     Kind
	Incident id.Incident
	Object   string // the id of what it is about; empty: the incident itself
	Name     string // of the object
	No       int    // of a version
	People   int64  // how many people it concerns, where that is known
	By       id.User
	Since    time.Time
}

// Needs gives what waits for one actor in an incident, the most urgent first:
// what their role does, and what the different-people rule lets them do.
func (s Standing) Needs(by access.Actor) []Need {
	if s.State == incident.Closed {
		return nil
	}
	var found []Need
	found = append(found, s.campaignNeeds(by)...)
	found = append(found, s.noticeNeeds(by)...)
	if access.ImportLists.Allow(by) == nil {
		found = append(found, s.peopleNeeds()...)
	}
	var all []Need
	for _, kind := range order {
		for _, n := range found {
			if n.Kind == kind {
				n.Incident = s.Incident
				all = append(all, n)
			}
		}
	}
	return all
}

func (s Standing) campaignNeeds(by access.Actor) []Need {
	runs, decides, exports := may(access.RunCampaign, by), may(access.RejectPlan, by), by.Role == access.Auditor
	var all []Need
	for _, c := range s.Campaigns {
		need := func(k Kind) {
			all = append(all, Need{Kind: k, Object: c.ID.String(), Name: c.Name, People: c.ToSend, Since: c.At})
		}
		switch {
		case runs && c.Unclear > 0:
			all = append(all, Need{Kind: DecideUnclear, Object: c.ID.String(), Name: c.Name, People: c.Unclear, Since: c.At})
		case runs && c.State == campaign.Paused:
			need(Resume)
		case runs && c.State == campaign.Approved && c.People.MayLaunch(by.User) == nil:
			need(Launch)
		case decides && c.State == campaign.Draft && c.Undecided > 0:
			all = append(all, Need{Kind: DecidePeople, Object: c.ID.String(), Name: c.Name, People: c.Undecided, Since: c.At})
		case runs && c.State == campaign.Draft:
			need(RunChecks)
		case decides && c.State == campaign.Paused && c.Asked != 0 && c.People.MayWiden(by.User) == nil:
			all = append(all, Need{Kind: ApproveMore, Object: c.Asked.String(), Name: c.Name, Since: c.At})
		case decides && c.State == campaign.Ready && c.People.MayApprovePlan(by.User) == nil:
			need(ApprovePlan)
		case exports && (c.State == campaign.Complete || c.State == campaign.ClosedEarly):
			need(TakeEvidence)
		}
	}
	return all
}

func (s Standing) noticeNeeds(by access.Actor) []Need {
	decides, writes := may(access.RejectNotice, by), may(access.WriteNotices, by)
	var all []Need
	for _, n := range s.Notices {
		need := func(k Kind) {
			all = append(all, Need{Kind: k, Object: n.Version.String(), Name: n.Name, No: n.No, By: n.By, Since: n.At})
		}
		wrote := n.People.MayApproveText(by.User) != nil
		switch {
		case decides && n.State == notice.InReview && !wrote:
			need(ReviewText)
		case writes && wrote && n.State == notice.Rejected:
			need(ReworkText)
		case writes && wrote && n.State == notice.Drafted && n.Version != 0:
			need(SubmitText)
		}
	}
	if writes && len(s.Notices) == 0 {
		all = append(all, Need{Kind: WriteNotice})
	}
	return all
}

// peopleNeeds is what lists and cohorts wait for.
func (s Standing) peopleNeeds() []Need {
	var all []Need
	for _, l := range s.Lists {
		if l.State == intake.Awaiting {
			all = append(all, Need{Kind: ConfirmList, Object: l.ID.String(), Name: l.Name, Since: l.UploadedAt})
		}
	}
	for _, c := range s.Cohorts {
		switch {
		case c.State == cohort.Drafted:
			all = append(all, Need{Kind: FreezeCohort, Object: c.ID.String(), Name: c.Name})
		case c.State == cohort.Frozen && s.approved() && !s.planned(c.ID):
			all = append(all, Need{Kind: PlanCampaign, Object: c.ID.String(), Name: c.Name, People: c.Size})
		case c.State == cohort.Frozen && s.passedOver(c) > 0:
			all = append(all, Need{Kind: PlanAnother, Object: c.ID.String(), Name: c.Name, People: c.PassedOver})
		}
	}
	if s.Newcomers > 0 {
		all = append(all, Need{Kind: PlaceNewcomers, People: s.Newcomers})
	}
	imported := Count(s.Lists, func(l List) bool { return l.State == intake.Imported })
	switch {
	case len(s.Lists) == 0:
		all = append(all, Need{Kind: UploadList})
	case imported > 0 && len(s.Cohorts) == 0:
		all = append(all, Need{Kind: BuildCohort})
	}
	return all
}

func may(p access.Permission, by access.Actor) bool { return p.Allow(by) == nil }
