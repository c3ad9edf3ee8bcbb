package campaign

import (
	"context"
	"strconv"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

// Paper is a plan with all that a page for those who sign it says beside it.
// None of it changes while the plan stands, but for who has signed.
type Paper struct {
	Campaign Campaign
	Plan     Plan
	Around
}

// Around names what a plan speaks of by its ids, and who had a hand in it.
type Around struct {
	Corrects  string // the campaign whose text this one takes the place of
	Cohort    string
	Notice    string
	VersionNo int
	Lists     map[id.List]string
	Authors   []string // of this text and those before it
	Builders  []string
	Signed    []Signature
	Counts    Counts // as the plan was made; who was taken out since is no part of it
}

// Signature is the approval of the plan or of its text.
type Signature struct {
	Of  string // version or plan
	By  string
	How string // the second factor
	At  time.Time
}

// Name is how its file is called.
func (p Paper) Name() string {
	return "plan-" + p.Plan.Campaign.String() + "-" + strconv.Itoa(p.Plan.No)
}

// Paper reads the newest plan of a campaign for those who sign it.
func (s Service) Paper(ctx context.Context, by access.Actor, no id.Campaign) (Paper, error) {
	document, c, err := s.Plan(ctx, by, no)
	if err != nil {
		return Paper{}, err
	}
	p := Paper{Campaign: c}
	if p.Plan, err = ReadPlan(document); err != nil {
		return p, err
	}
	p.Around, err = s.Plans.Around(ctx, c, p.Plan)
	return p, err
}
