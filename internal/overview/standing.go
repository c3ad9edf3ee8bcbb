package overview

import (
	"slices"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

// Standing is one incident with its parts, each in short. At most the newest
// two hundred of each part are there.
type Standing struct {
	Incident  id.Incident
	Name      string
	State     incident.State
	Events    map[string]string // dated facts by name
	People    int64             // recipients of all lists
	Newcomers int64             // of them, who came since the last freeze and are in no cohort, nor excluded
	Lists     []List
	Cohorts   []Cohort
	Notices   []Notice
	Campaigns []Campaign
}

// List is an imported file in short.
type List struct {
	ID         id.List
	Name       string
	State      intake.State
	Rows       int64
	Rejected   int64
	UploadedBy id.User
	UploadedAt time.Time
}

// Cohort is a cohort in short. Size is 0 until it is frozen. PassedOver are those
// whom its campaigns that ended left out for a reason that holds no more.
type Cohort struct {
	ID         id.Cohort
	Name       string
	State      cohort.State
	Size       int64
	PassedOver int64
}

// Notice is a notice with its newest version.
type Notice struct {
	ID      id.Notice
	Name    string
	Version id.Version // 0: none yet
	No      int
	State   notice.State
	People  access.People
	By      id.User // who did what brought it to its state
	At      time.Time
}

// Campaign is a campaign in short.
type Campaign struct {
	ID        id.Campaign
	Name      string
	Cohort    id.Cohort
	Version   id.Version
	State     campaign.State
	ToSend    int64        // of the newest plan, with those who are held
	Unclear   int64        // deliveries that wait for a person
	Undecided int64        // suppressed people whom the last checks found, of whom legal has decided nothing since
	Asked     id.Amendment // the newest amendment, while legal has not approved it
	People    access.People
	At        time.Time // of its last change of state
}

// approved tells whether any notice has a text that can be launched.
func (s Standing) approved() bool {
	for _, n := range s.Notices {
		if n.State == notice.Approved {
			return true
		}
	}
	return false
}

// Telling gives the campaigns of these cohorts that were not given up.
func (s Standing) Telling(cohorts ...id.Cohort) (all []Campaign) {
	for _, c := range s.Campaigns {
		if slices.Contains(cohorts, c.Cohort) && c.State != campaign.Aborted {
			all = append(all, c)
		}
	}
	return all
}

// planned tells whether a cohort has a campaign that was not given up.
func (s Standing) planned(no id.Cohort) bool { return len(s.Telling(no)) > 0 }

// passedOver tells how many people of a cohort wait for another campaign, of
// which there is none yet.
func (s Standing) passedOver(c Cohort) int64 {
	for _, t := range s.Telling(c.ID) {
		if !t.State.Over() {
			return 0
		}
	}
	return c.PassedOver
}

// Count tells how many things are so.
func Count[T any](all []T, is func(T) bool) int {
	n := 0
	for _, v := range all {
		if is(v) {
			n++
		}
	}
	return n
}
