package sample

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

type preflight struct {
	State    string `json:"state"`
	OK       bool   `json:"ok"`
	Progress int64  `json:"progress"`
	PlanHash string `json:"plan_sha256"`
	Blocking []struct {
		Message string `json:"message"`
	} `json:"blocking"`
	Counts struct {
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
		"version_id": s.version[cohort], "sender_id": s.sender, "relays": s.relays, "max_rate_per_second": perSecond, "on_indeterminate": s.policy()}, &c)
	if err != nil {
		return c, 0, err
	}
	path := "/campaigns/" + c.ID
	if _, err := s.Client.Call(ctx, ops, http.MethodPost, path+"/preflight", nil, nil); err != nil {
		return c, 0, err
	}
	found, err := Until(ctx, func() (preflight, error) {
		var p preflight
		_, err := s.Client.Call(ctx, ops, http.MethodGet, path+"/preflight", nil, &p)
		return p, err
	}, func(p preflight) (bool, error) { return p.State != "running", nil })
	if err != nil {
		return c, 0, err
	}
	if !found.OK {
		return c, 0, blocked(found)
	}
	c.PlanHash = found.PlanHash
	s.say("story_plan", map[string]any{"name": cohort, "send": found.Counts.ToSend, "unaddressed": found.Counts.Unaddressed, "hash": found.PlanHash[:12]})
	return c, found.Counts.ToSend, nil
}

func (s *Story) policy() string {
	if s.Policy == "" {
		return "hold"
	}
	return s.Policy
}

func blocked(found preflight) error {
	var all []string
	for _, b := range found.Blocking {
		all = append(all, b.Message)
	}
	return fmt.Errorf("the checks found what stops the launch: %s", strings.Join(all, "; "))
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

// Quarantine has operations shut the nth relay.
func (s *Story) Quarantine(ctx context.Context, n int) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/relays/"+s.relays[n]+"/quarantine", map[string]string{"reason": "it altered mail"}, nil)
	return err
}
