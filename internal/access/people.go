package access

import (
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// People are those who have acted on one plan so far. The database holds the
// same rule; here it becomes a sentence before anything is tried.
type People struct {
	Authors   []id.User // everyone who edited any version in the line of the text
	Builders  []id.User // everyone who built the launch plan
	Approvers []id.User // everyone who approved the text or the plan
	Launcher  id.User   // who launched the plan; 0: nobody yet
}

// MayApproveText refuses the approval of a text by anyone who wrote in its line.
func (p People) MayApproveText(by id.User) error {
	if slices.Contains(p.Authors, by) {
		return fault.New(fault.Forbidden, "own_text", nil)
	}
	return nil
}

// MayApprovePlan refuses the approval of a plan by its builders and by the
// authors of its text.
func (p People) MayApprovePlan(by id.User) error {
	if slices.Contains(p.Builders, by) {
		return fault.New(fault.Forbidden, "own_plan", nil)
	}
	if err := p.MayApproveText(by); err != nil {
		return err
	}
	return p.apart()
}

// apart refuses a text whose approver wrote in its line since: it would be sent with
// one person for two.
func (p People) apart() error {
	for _, a := range p.Approvers {
		if slices.Contains(p.Authors, a) {
			return fault.New(fault.Conflict, "approver_wrote_since", nil)
		}
	}
	return nil
}

// MayWiden refuses the approval of more than a plan by who launched it, and by whoever
// could not approve the plan itself: a launcher of yesterday may be in legal today.
func (p People) MayWiden(by id.User) error {
	if p.Launcher != 0 && p.Launcher == by {
		return fault.New(fault.Forbidden, "wider_by_launcher", nil)
	}
	return p.MayApprovePlan(by)
}

// MayLaunch refuses a launch by the authors of the text and by approvers.
func (p People) MayLaunch(by id.User) error {
	if slices.Contains(p.Authors, by) {
		return fault.New(fault.Forbidden, "launch_by_author", nil)
	}
	if slices.Contains(p.Approvers, by) {
		return fault.New(fault.Forbidden, "launch_by_approver", nil)
	}
	return p.apart()
}
