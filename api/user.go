package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// Users is what these routes call.
type Users interface {
	Invite(ctx context.Context, by access.Actor, n identity.NewUser) (identity.User, identity.Invitation, error)
	Get(ctx context.Context, by access.Actor, no id.User) (identity.User, error)
	List(ctx context.Context, by access.Actor, after id.User, limit int, where ...filter.Equal) ([]identity.User, error)
	Change(ctx context.Context, by access.Actor, no id.User, seen int, c identity.UserChange) (identity.User, error)
	ResetFactors(ctx context.Context, by access.Actor, no id.User) (identity.Invitation, error)
}

func userRoutes(r routes, s Users) {
	h := users{s}
	r.get("/users", h.list, pages(anyOf("role", access.Roles), yesOrNo("disabled")))
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

func viewInvitation(i identity.Invitation) invitationView { return invitationView{i.Token, i.Until} }

// userDraft is a person to invite.
type userDraft struct {
	Email string      `json:"email"`
	Name  string      `json:"name"`
	Role  access.Role `json:"role"`
}

func (h users) invite(q request) error {
	in, err := bodyOf[userDraft](q)
	if err != nil {
		return err
	}
	u, i, err := h.service.Invite(q.UserContext(), q.actor, identity.NewUser{Email: in.Email, Name: in.Name, Role: in.Role})
	if err != nil {
		return err
	}
	return q.createdVersioned("/users/"+u.ID.String(), u.Version, invitedView{viewUser(u), viewInvitation(i)})
}

func answerUser(q request, u identity.User) error { return q.versioned(u.Version, viewUser(u)) }

func (h users) get(q request) error { return one(q, aUser, h.service.Get, answerUser) }

func (h users) list(q request) error {
	return list(q, h.service.List, func(u identity.User) id.User { return u.ID }, viewUser)
}

// userChange is what a PATCH gives; what is left out stays as it is.
type userChange struct {
	Role     *access.Role `json:"role"`
	Disabled *bool        `json:"disabled"`
}

func (h users) change(q request) error {
	no, seen, in, err := changeOf[userChange](q, aUser)
	if err != nil {
		return err
	}
	return then(q, answerUser)(h.service.Change(q.UserContext(), q.actor, no, seen, identity.UserChange(in)))
}

func (h users) reset(q request) error {
	no, _, err := bodyFor[struct{}](q, aUser)
	if err != nil {
		return err
	}
	return then(q, as(viewInvitation))(h.service.ResetFactors(q.UserContext(), q.actor, no))
}
