package sample

import (
	"context"
	"net/http"
	"strings"
)

// Preflight is what the checks of a campaign found.
type Preflight struct {
	State    string    `json:"state"`
	OK       bool      `json:"ok"`
	Progress int64     `json:"progress"`
	PlanHash string    `json:"plan_sha256"`
	Blocking []Finding `json:"blocking"`
	Counts   struct {
		ToSend      int64 `json:"to_send"`
		Unaddressed int64 `json:"unaddressed"`
	} `json:"counts"`
}

// Ready makes a campaign for one cohort and has its plan checked: what is left
// is legal's approval and the launch.
func (s *Story) Ready(ctx context.Context, cohort string, perSecond float64) (Campaign, int64, error) {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return Campaign{}, 0, err
	}
	var c Campaign
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/incidents/"+s.incident+"/campaigns", map[string]any{"name": cohort, "cohort_id": s.cohort[cohort],
		"version_id": s.version[cohort], "sender_id": s.sender, "relays": s.relays, "max_rate_per_second": perSecond, "on_indeterminate": s.policy(), "schedule_at": s.At, "max_per_domain": s.Domain}, &c)
	if err != nil {
		return c, 0, err
	}
	found, err := s.Check(ctx, c)
	if err != nil {
		return c, 0, err
	}
	c.PlanHash = found.PlanHash
	s.say("story_plan", map[string]any{"name": cohort, "send": found.Counts.ToSend, "unaddressed": found.Counts.Unaddressed, "hash": found.PlanHash[:12]})
	return c, found.Counts.ToSend, nil
}

// Check has the plan of a campaign checked, and made where nothing stands
// against it. Otherwise it fails with a *Blocked.
func (s *Story) Check(ctx context.Context, c Campaign) (Preflight, error) {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return Preflight{}, err
	}
	path := "/campaigns/" + c.ID
	if _, err := s.Client.Call(ctx, ops, http.MethodPost, path+"/preflight", nil, nil); err != nil {
		return Preflight{}, err
	}
	found, err := Until(ctx, func() (Preflight, error) {
		var p Preflight
		_, err := s.Client.Call(ctx, ops, http.MethodGet, path+"/preflight", nil, &p)
		return p, err
	}, func(p Preflight) (bool, error) { return p.State != "running", nil })
	if err == nil && !found.OK {
		err = &Blocked{found.Blocking}
	}
	return found, err
}

func (s *Story) policy() string {
	if s.Policy == "" {
		return "hold"
	}
	return s.Policy
}

// Finding is something that the checks found, and how many people it touches.
type Finding struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	People  int64  `json:"people"`
}

// Blocked are findings that stop a launch.
type Blocked struct{ Findings []Finding }

func (b *Blocked) Error() string {
	var all []string
	for _, f := range b.Findings {
		all = append(all, f.Message)
	}
	return "the checks found what stops the launch: " + strings.Join(all, "; ")
}

// Launch has legal approve a plan, and ops launch it with the typed count.
func (s *Story) Launch(ctx context.Context, c Campaign, toSend int64) error {
	approver, err := s.Client.As("legal", 0)
	if err != nil {
		return err
	}
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	if err := s.Approve(ctx, c); err != nil {
		return err
	}
	if err := s.Press(ctx, c, toSend); err != nil {
		return err
	}
	s.say("story_launch", map[string]any{"approver": approver.Name, "ops": ops.Name, "people": toSend})
	return nil
}

// Approve has legal approve a plan.
func (s *Story) Approve(ctx context.Context, c Campaign) error {
	approver, err := s.Client.As("legal", 0)
	if err != nil {
		return err
	}
	_, err = s.Client.Call(ctx, approver, http.MethodPost, "/campaigns/"+c.ID+"/approve", map[string]string{"plan_sha256": c.PlanHash}, nil)
	return err
}

// Press presses launch, as ops, with the typed count.
func (s *Story) Press(ctx context.Context, c Campaign, toSend int64) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/campaigns/"+c.ID+"/launch", map[string]any{"plan_sha256": c.PlanHash, "confirm_recipients": toSend}, nil)
	return err
}

// ended are the states in which a campaign needs nothing more.
var ended = map[string]bool{"complete": true, "closed_with_exceptions": true, "aborted": true}

// Watch follows a campaign until every delivery is explained.
func (s *Story) Watch(ctx context.Context, c Campaign, name string) (Campaign, error) {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return c, err
	}
	return Until(ctx, func() (Campaign, error) {
		var now Campaign
		_, err := s.Client.Call(ctx, ops, http.MethodGet, "/campaigns/"+c.ID, nil, &now)
		return now, err
	}, func(now Campaign) (bool, error) {
		var done, total int64
		for status, n := range now.Counts {
			total += n
			if status != "pending" && status != "sending" && status != "held" && status != "deferred" {
				done += n
			}
		}
		s.Tell.Progress(name, done, total)
		return ended[now.State], nil
	})
}

// Steer has operations pause, resume or abort a campaign.
func (s *Story) Steer(ctx context.Context, c Campaign, verb string) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	var body any
	if verb != "resume" {
		body = map[string]string{"reason": "it was asked for"}
	}
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/campaigns/"+c.ID+"/"+verb, body, nil)
	return err
}

// Quarantine has operations shut the nth relay.
func (s *Story) Quarantine(ctx context.Context, n int) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/relays/"+s.relays[n]+"/quarantine", map[string]string{"reason": "it altered mail"}, nil)
	return err
}
