package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// Users is what these routes call.
type Users interface {
	Invite(ctx context.Context, by access.Actor, n identity.NewUser) (identity.User, identity.Invitation, error)
	Get(ctx context.Context, by access.Actor, no id.User) (identity.User, error)
	List(ctx context.Context, by access.Actor, after id.User, limit int) ([]identity.User, error)
	Change(ctx context.Context, by access.Actor, no id.User, seen int, c identity.UserChange) (identity.User, error)
	ResetFactors(ctx context.Context, by access.Actor, no id.User) (identity.Invitation, error)
}

func userRoutes(r routes, s Users) {
	h := users{s}
	r.get("/users", h.list, pages())
	r.post("/users", h.invite)
	r.get("/users/:user", h.get)
	r.patch("/users/:user", h.change)
	r.post("/users/:user/reset-factors", h.reset)
}

type users struct{ service Users }

type userView struct {
	ID        id.User     `json:"id"`
	Email     string      `json:"email"`
	Name      string      `json:"name"`
	Role      access.Role `json:"role"`
	Sample    bool        `json:"sample"`
	Enrolled  bool        `json:"enrolled"`
	Disabled  bool        `json:"disabled"`
	CreatedAt time.Time   `json:"created_at"`
	Version   int         `json:"version"`
}

func viewUser(u identity.User) userView {
	return userView{u.ID, u.Email, u.Name, u.Role, u.Sample, u.Enrolled, u.Disabled(), u.CreatedAt.UTC(), u.Version}
}

// invitedView tells an invitation, once.
type invitedView struct {
	userView
	invitationView
}

type invitationView struct {
	Invitation string    `json:"invitation"`
	Until      time.Time `json:"invitation_until"`
}

func (h users) invite(q request) error {
	var in struct {
		Email string      `json:"email"`
		Name  string      `json:"name"`
		Role  access.Role `json:"role"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	u, i, err := h.service.Invite(q.UserContext(), q.actor, identity.NewUser{Email: in.Email, Name: in.Name, Role: in.Role})
	if err != nil {
		return err
	}
	httpguard.SetVersion(q.Ctx, u.Version)
	return q.created("/users/"+u.ID.String(), invitedView{viewUser(u), invitationView{i.Token, i.Until}})
}

func (h users) get(q request) error {
	no, err := id.ParseUser(q.Params("user"))
	if err != nil {
		return err
	}
	u, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.versioned(u.Version, viewUser(u))
}

func (h users) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := h.service.List(q.UserContext(), q.actor, id.User(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(u identity.User) int64 { return int64(u.ID) }, viewUser)
}

func (h users) change(q request) error {
	var in struct {
		Role     *access.Role `json:"role"`
		Disabled *bool        `json:"disabled"`
	}
	no, err := id.ParseUser(q.Params("user"))
	if err != nil {
		return err
	}
	seen, err := httpguard.SeenVersion(q.Ctx)
	if err != nil {
		return err
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	u, err := h.service.Change(q.UserContext(), q.actor, no, seen, identity.UserChange{Role: in.Role, Disabled: in.Disabled})
	if err != nil {
		return err
	}
	return q.versioned(u.Version, viewUser(u))
}

func (h users) reset(q request) error {
	no, err := id.ParseUser(q.Params("user"))
	if err != nil {
		return err
	}
	if err := q.decode(&struct{}{}); err != nil {
		return err
	}
	i, err := h.service.ResetFactors(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.JSON(invitationView{i.Token, i.Until})
}
