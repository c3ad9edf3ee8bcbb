package overview

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

const (
	writer id.User = iota + 1
	reviewer
	builder
	reader
	launcher
)

func by(no id.User, r access.Role) access.Actor {
	return access.Actor{User: no, Role: r, SteppedUp: true}
}

func text(s notice.State) Notice {
	return Notice{ID: 1, Version: 1, No: 1, State: s, People: access.People{Authors: []id.User{writer}}}
}

func sent(s campaign.State, unclear int64) Campaign {
	people := access.People{Authors: []id.User{writer}, Builders: []id.User{builder}, Approvers: []id.User{reviewer}}
	return Campaign{ID: 1, Cohort: 1, State: s, ToSend: 9, Unclear: unclear, People: people}
}

// asked is a campaign of which ops wants more than its plan.
func asked(s campaign.State) Campaign {
	c := sent(s, 0)
	c.Asked, c.People.Launcher = 7, launcher
	return c
}

var (
	imported = List{ID: 1, State: intake.Imported}
	frozen   = Cohort{ID: 1, State: cohort.Frozen, Size: 9}
	passed   = Cohort{ID: 1, State: cohort.Frozen, Size: 9, PassedOver: 2}
)

func TestWhoIsNeededForWhat(t *testing.T) {
	cases := []struct {
		name string
		s    Standing
		by   access.Actor
		want []Kind
	}{
		{"nothing yet, ops", Standing{}, by(builder, access.Ops), []Kind{UploadList, WriteNotice}},
		{"nothing yet, legal", Standing{}, by(reviewer, access.Legal), []Kind{WriteNotice}},
		{"nothing yet, auditor", Standing{}, by(reader, access.Auditor), nil},
		{"a list waits", Standing{Lists: []List{{ID: 1, State: intake.Awaiting}}, Notices: []Notice{text(notice.Approved)}}, by(builder, access.Ops), []Kind{ConfirmList}},
		{"a list is there and no cohort", Standing{Lists: []List{imported}, Notices: []Notice{text(notice.Approved)}}, by(builder, access.Ops), []Kind{BuildCohort}},
		{"a text in review, another of legal", Standing{Notices: []Notice{text(notice.InReview)}}, by(reviewer, access.Legal), []Kind{ReviewText}},
		{"a text in review, its writer", Standing{Notices: []Notice{text(notice.InReview)}}, by(writer, access.Legal), nil},
		{"a text sent back, its writer", Standing{Notices: []Notice{text(notice.Rejected)}}, by(writer, access.Legal), []Kind{ReworkText}},
		{"a text sent back, another", Standing{Notices: []Notice{text(notice.Rejected)}}, by(reviewer, access.Legal), nil},
		{"frozen and approved", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}}, by(builder, access.Ops), []Kind{PlanCampaign}},
		{"frozen, approved and planned", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Sending, 0)}}, by(builder, access.Ops), nil},
		{"an aborted campaign plans nothing", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Aborted, 0)}}, by(builder, access.Ops), []Kind{PlanCampaign}},
		{"some came since the last freeze", Standing{Newcomers: 3, Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Sending, 0)}}, by(builder, access.Ops), []Kind{PlaceNewcomers}},
		{"some came since the last freeze, legal", Standing{Newcomers: 3, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}}, by(reviewer, access.Legal), nil},
		{"some were passed over", Standing{Lists: []List{imported}, Cohorts: []Cohort{passed}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Complete, 0)}}, by(builder, access.Ops), []Kind{PlanAnother}},
		{"some were passed over, and another campaign is there", Standing{Lists: []List{imported}, Cohorts: []Cohort{passed}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Sending, 0), sent(campaign.Complete, 0)}}, by(builder, access.Ops), nil},
		{"an amendment, another of legal", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{asked(campaign.Paused)}}, by(reviewer, access.Legal), []Kind{ApproveMore}},
		{"an amendment, the writer", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{asked(campaign.Paused)}}, by(writer, access.Legal), nil},
		{"an amendment, who launched it as ops", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{asked(campaign.Paused)}}, by(launcher, access.Legal), nil},
		{"an amendment of a campaign that goes on", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{asked(campaign.Sending)}}, by(reviewer, access.Legal), nil},
		{"a plan, another of legal", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Ready, 0)}}, by(reviewer, access.Legal), []Kind{ApprovePlan}},
		{"a plan, who wrote the text", Standing{Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Ready, 0)}}, by(writer, access.Legal), nil},
		{"an approved plan, ops", Standing{Lists: []List{imported}, Notices: []Notice{text(notice.Approved)}, Cohorts: []Cohort{frozen}, Campaigns: []Campaign{sent(campaign.Approved, 0)}}, by(builder, access.Ops), []Kind{Launch}},
		{"an approved plan, ops who wrote the text", Standing{Lists: []List{imported}, Notices: []Notice{text(notice.Approved)}, Cohorts: []Cohort{frozen}, Campaigns: []Campaign{sent(campaign.Approved, 0)}}, by(writer, access.Ops), nil},
		{"somebody is unclear: first of all", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen, {ID: 2, State: cohort.Drafted}}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Sending, 1)}}, by(builder, access.Ops), []Kind{DecideUnclear, FreezeCohort}},
		{"paused", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: []Notice{text(notice.Approved)}, Campaigns: []Campaign{sent(campaign.Paused, 0)}}, by(builder, access.Ops), []Kind{Resume}},
		{"complete, auditor", Standing{Campaigns: []Campaign{sent(campaign.Complete, 0)}}, by(reader, access.Auditor), []Kind{TakeEvidence}},
		{"closed", Standing{State: incident.Closed, Campaigns: []Campaign{sent(campaign.Paused, 1)}}, by(builder, access.Ops), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []Kind
			for _, n := range c.s.Needs(c.by) {
				got = append(got, n.Kind)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHowFarAnIncidentIs(t *testing.T) {
	approved := []Notice{text(notice.Approved)}
	cases := []struct {
		name string
		s    Standing
		want [7]Progress
	}{
		{"opened", Standing{}, [7]Progress{Done, ToDo, NotYet, ToDo, NotYet, NotYet, NotYet}},
		{"a list waits", Standing{Lists: []List{{State: intake.Awaiting}}}, [7]Progress{Done, Under, NotYet, ToDo, NotYet, NotYet, NotYet}},
		{"a file that failed counts for nothing", Standing{Lists: []List{{State: intake.Failed}}}, [7]Progress{Done, ToDo, NotYet, ToDo, NotYet, NotYet, NotYet}},
		{"frozen and approved", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: approved}, [7]Progress{Done, Done, Done, Done, ToDo, NotYet, NotYet}},
		{"checked", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: approved, Campaigns: []Campaign{sent(campaign.Ready, 0)}}, [7]Progress{Done, Done, Done, Done, Under, NotYet, NotYet}},
		{"sending", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: approved, Campaigns: []Campaign{sent(campaign.Sending, 0)}}, [7]Progress{Done, Done, Done, Done, Done, Under, NotYet}},
		{"complete", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: approved, Campaigns: []Campaign{sent(campaign.Complete, 0)}}, [7]Progress{Done, Done, Done, Done, Done, Done, ToDo}},
		{"some came since the last freeze", Standing{Newcomers: 3, Lists: []List{imported}, Cohorts: []Cohort{frozen}, Notices: approved, Campaigns: []Campaign{sent(campaign.Complete, 0)}}, [7]Progress{Done, Done, Under, Done, Done, Done, ToDo}},
		{"some were passed over", Standing{Lists: []List{imported}, Cohorts: []Cohort{passed}, Notices: approved, Campaigns: []Campaign{sent(campaign.Complete, 0)}}, [7]Progress{Done, Done, Done, Done, Done, Under, ToDo}},
		{"one of two complete", Standing{Lists: []List{imported}, Cohorts: []Cohort{frozen, {ID: 2, State: cohort.Frozen}}, Notices: approved, Campaigns: []Campaign{sent(campaign.Complete, 0)}}, [7]Progress{Done, Done, Done, Done, Done, Under, ToDo}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got [7]Progress
			for i, task := range c.s.Tasks() {
				got[i] = task.Progress
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
