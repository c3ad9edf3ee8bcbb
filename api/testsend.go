package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// Tests sends notices to staff.
type Tests interface {
	Ask(ctx context.Context, by access.Actor, no id.Campaign, users []id.User) (campaign.TestSend, error)
	List(ctx context.Context, by access.Actor, no id.Campaign, before id.TestSend, limit int) ([]campaign.TestSend, error)
}

func testRoutes(r routes, s Tests) {
	h := tests{s}
	r.post("/campaigns/:campaign/test-send", h.ask)
	r.get("/campaigns/:campaign/test-sends", h.list, pages())
}

type tests struct{ service Tests }

// tested is the body that names whom a test goes to.
type tested struct {
	Users []id.User `json:"user_ids"`
}

// testView is a test send. Nobody's address is in it.
type testView struct {
	ID      id.TestSend      `json:"id"`
	Plan    canon.Hash       `json:"plan_sha256"`
	By      id.User          `json:"asked_by"`
	At      time.Time        `json:"asked_at"`
	State   string           `json:"state"`
	Results []testResultView `json:"results"`
}

type testResultView struct {
	User         id.User             `json:"user_id"`
	Result       campaign.TestResult `json:"result"`
	Relay        string              `json:"relay"`
	SMTPCode     *int                `json:"smtp_code"`
	EnhancedCode string              `json:"enhanced_code"`
	Reason       string              `json:"reason"`
	At           *time.Time          `json:"at"`
}

func viewTest(t campaign.TestSend) testView {
	v := testView{t.ID, t.Plan, t.By, t.At, "done", []testResultView{}}
	if t.Running() {
		v.State = "running"
	}
	for _, l := range t.Letters {
		r := testResultView{User: l.User, Result: l.Result(), Relay: l.Relay, At: l.At}
		if l.Reply != nil {
			r.EnhancedCode, r.SMTPCode = l.Reply.Enhanced, orNone(l.Reply.Code)
		}
		if code := l.Reason(); code != "" {
			r.Reason = phrase.Say(code, nil)
		}
		v.Results = append(v.Results, r)
	}
	return v
}

func (h tests) ask(q request) error {
	no, body, err := bodyFor[tested](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, func(q request, t campaign.TestSend) error {
		return q.accepted("/campaigns/"+no.String()+"/test-sends", viewTest(t))
	})(h.service.Ask(q.UserContext(), q.actor, no, body.Users))
}

func (h tests) list(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, before int64, limit int, _ ...filter.Equal) ([]campaign.TestSend, error) {
		return h.service.List(ctx, by, no, id.TestSend(before), limit)
	}
	return list(q, page, func(t campaign.TestSend) int64 { return int64(t.ID) }, viewTest)
}
