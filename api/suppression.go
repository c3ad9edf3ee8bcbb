package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/suppression"
)

// Suppressions is what these routes call.
type Suppressions interface {
	Add(ctx context.Context, by access.Actor, n suppression.New) (suppression.Suppression, error)
	Release(ctx context.Context, by access.Actor, no id.Suppression, reason string) (suppression.Suppression, error)
	Get(ctx context.Context, by access.Actor, no id.Suppression) (suppression.Suppression, error)
	List(ctx context.Context, by access.Actor, after id.Suppression, limit int, where ...filter.Equal) ([]suppression.Suppression, error)
	SuppressionFiles
}

// Suppressed decides about people whom a suppression names.
type Suppressed interface {
	Decide(ctx context.Context, by access.Actor, no id.Campaign, r suppression.Ruling) (suppression.Ruled, error)
	Undecided(ctx context.Context, by access.Actor, no id.Campaign, after int64, limit int) ([]suppression.Undecided, error)
}

func suppressionRoutes(r routes, s Suppressions, d Suppressed) {
	h := suppressions{s, d}
	r.get("/suppressions", h.list, pages(anyOf("state", suppression.States), anyOf("source", suppression.Sources)))
	r.post("/suppressions", h.add)
	suppressionFileRoutes(r, s)
	r.get("/suppressions/:suppression", h.get)
	r.post("/suppressions/:suppression/release", h.release)
	r.get("/campaigns/:campaign/undecided", h.undecided, pages())
	r.post("/campaigns/:campaign/suppression-decisions", h.decide)
}

type suppressions struct {
	service Suppressions
	desk    Suppressed
}

// suppressionView is a suppression; nobody can read an address from it.
type suppressionView struct {
	ID      id.Suppression      `json:"id"`
	State   suppression.State   `json:"state"`
	Source  suppression.Source  `json:"source"`
	Reason  string              `json:"reason"`
	By      id.User             `json:"made_by"`
	At      time.Time           `json:"made_at"`
	File    *id.SuppressionFile `json:"file_id"`
	Release *liftingView        `json:"released"`
}

func viewSuppression(s suppression.Suppression) suppressionView {
	v := suppressionView{s.ID, s.State(), s.Source, s.Reason, s.By, s.At, nil, nil}
	if s.File != 0 {
		v.File = &s.File
	}
	if s.Release != nil {
		released := liftingView(*s.Release)
		v.Release = &released
	}
	return v
}

func (h suppressions) list(q request) error {
	return list(q, h.service.List, func(s suppression.Suppression) id.Suppression { return s.ID }, viewSuppression)
}

func (h suppressions) get(q request) error {
	return one(q, aSuppression, h.service.Get, as(viewSuppression))
}

type newSuppression struct {
	Email  string             `json:"email"`
	Source suppression.Source `json:"source"`
	Reason string             `json:"reason"`
}

func (h suppressions) add(q request) error {
	body, err := bodyOf[newSuppression](q)
	if err != nil {
		return err
	}
	return then(q, func(q request, s suppression.Suppression) error {
		return q.created("/suppressions/"+s.ID.String(), viewSuppression(s))
	})(h.service.Add(q.UserContext(), q.actor, suppression.New(body)))
}

func (h suppressions) release(q request) error {
	no, body, err := bodyFor[because](q, aSuppression)
	if err != nil {
		return err
	}
	return then(q, as(viewSuppression))(h.service.Release(q.UserContext(), q.actor, no, body.Reason))
}

// undecidedView is somebody about whom legal has to decide, masked.
type undecidedView struct {
	Recipient   id.Recipient       `json:"recipient_id"`
	Email       *string            `json:"email"`
	Suppression id.Suppression     `json:"suppression_id"`
	Source      suppression.Source `json:"source"`
	Since       time.Time          `json:"since"`
}

func viewUndecided(u suppression.Undecided) undecidedView {
	return undecidedView{u.Recipient, given(u.Masked), u.Suppression, u.Source, u.Since}
}

func (h suppressions) undecided(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after int64, limit int, _ ...filter.Equal) ([]suppression.Undecided, error) {
		return h.desk.Undecided(ctx, by, no, after, limit)
	}
	return list(q, page, func(u suppression.Undecided) int64 { return u.Recipient.No }, viewUndecided)
}

type suppressionRuling struct {
	People   []id.Recipient       `json:"recipient_ids"`
	Decision suppression.Decision `json:"decision"`
	Reason   string               `json:"reason"`
}

type ruledView struct {
	Decision suppression.Decision `json:"decision"`
	People   int64                `json:"people"`
	TakenOut int64                `json:"taken_out"`
	By       id.User              `json:"made_by"`
	At       time.Time            `json:"made_at"`
}

func viewRuled(r suppression.Ruled) ruledView {
	return ruledView{r.Decision, r.People, r.TakenOut, r.By, r.At}
}

func (h suppressions) decide(q request) error {
	no, body, err := bodyFor[suppressionRuling](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, as(viewRuled))(h.desk.Decide(q.UserContext(), q.actor, no, suppression.Ruling(body)))
}
