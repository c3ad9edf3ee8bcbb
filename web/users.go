package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Users keeps the staff.
type Users interface {
	Invite(ctx context.Context, by access.Actor, n identity.NewUser) (identity.User, identity.Invitation, error)
	Change(ctx context.Context, by access.Actor, no id.User, seen int, c identity.UserChange) (identity.User, error)
	ResetFactors(ctx context.Context, by access.Actor, no id.User) (identity.Invitation, error)
	Get(ctx context.Context, by access.Actor, no id.User) (identity.User, error)
	List(ctx context.Context, by access.Actor, after id.User, limit int, where ...filter.Equal) ([]identity.User, error)
}

func (w *site) userRoutes(app *fiber.App) {
	w.get(app, "/users", w.listUsers)
	w.get(app, "/users/new", w.newUser)
	w.unkept(app, "/users/new", w.inviteUser)
	w.get(app, "/users/:user", w.showUser)
	w.post(app, "/users/:user", w.changeUser)
	w.unkept(app, "/users/:user/reset", w.resetUser)
}

type usersBody struct {
	Rows    []userRow
	Pages   views.Pages
	MayEdit bool
}

type userRow struct {
	Name, Email, Role, URL string
	State                  views.Said
}

func (w *site) listUsers(v *visit) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := w.Users.List(v.UserContext(), v.actor(), id.User(after), pageLength+1)
	if err != nil {
		return err
	}
	b := usersBody{MayEdit: mayBy(access.ManageUsers, v)}
	all, b.Pages = paged(v, all, func(u identity.User) int64 { return int64(u.ID) })
	for _, u := range all {
		b.Rows = append(b.Rows, userRow{u.Name, u.Email, phrase.Say("role_"+string(u.Role), nil), "/users/" + u.ID.String(), saidUser(u)})
	}
	return v.show("users", views.Page{Title: phrase.Say("users_title", nil), Body: b})
}

// saidUser tells whether somebody can sign in.
func saidUser(u identity.User) views.Said {
	switch {
	case u.Disabled():
		return state("bad", "square", "state_user_disabled", 0)
	case !u.Enrolled:
		return state("warn", "diamond", "state_user_invited", 0)
	}
	return state("ok", "check", "state_user_active", 0)
}

type userBody struct {
	Path    string
	User    identity.User
	Roles   []views.Option
	Fresh   bool
	MayEdit bool
	Own     bool
	State   views.Said
	Code    codeField
	Link    string // an invitation, told once
}

func (v *visit) userBody(u identity.User, path string) (userBody, error) {
	b := userBody{Path: path, User: u, State: saidUser(u), MayEdit: mayBy(access.ManageUsers, v), Own: u.ID == v.who.User.ID}
	for _, r := range access.Roles {
		b.Roles = append(b.Roles, views.Option{Value: string(r), Text: phrase.Say("role_"+string(r), nil), Hint: phrase.Say("does_"+string(r), nil), Chosen: r == u.Role})
	}
	var err error
	b.Code, err = v.codeField()
	return b, err
}

func toUsers() *views.Link { return &views.Link{Text: phrase.Say("users_title", nil), URL: "/users"} }

func (v *visit) newUserPage() (views.Page, error) {
	b, err := v.userBody(identity.User{}, "/users/new")
	b.Fresh, b.Own = true, false
	return views.Page{Title: phrase.Say("user_new_title", nil), Back: toUsers(), Body: b}, err
}

func (w *site) newUser(v *visit) error {
	if !mayBy(access.ManageUsers, v) {
		return access.ManageUsers.Allow(v.actor())
	}
	p, err := v.newUserPage()
	if err != nil {
		return err
	}
	return v.show("user", p)
}

// inviteUser makes a user. Its answer tells the invitation link, once: it is no
// redirect.
func (w *site) inviteUser(v *visit) error {
	v.refused(onScreen("user", (*visit).newUserPage))
	if err := v.stepUp(); err != nil {
		return err
	}
	u, i, err := w.Users.Invite(v.UserContext(), v.actor(), identity.NewUser{Email: v.field("email"), Name: v.field("name"), Role: access.Role(v.field("role"))})
	if err != nil {
		return err
	}
	return v.tellInvitation(u, i)
}

func (v *visit) tellInvitation(u identity.User, i identity.Invitation) error {
	base := v.Base
	if base == "" {
		base = v.BaseURL()
	}
	b := userBody{User: u, Link: base + "/invite/" + i.Token}
	return v.show("invitation", views.Page{Title: phrase.Say("invitation_title", map[string]any{"name": u.Name}), Back: toUsers(), Body: b})
}

func (v *visit) userPage() (views.Page, error) {
	no, err := id.ParseUser(v.Params("user"))
	if err != nil {
		return views.Page{}, err
	}
	u, err := v.Users.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	b, err := v.userBody(u, "/users/"+no.String())
	return views.Page{Title: u.Name, Back: toUsers(), Body: b}, err
}

func (w *site) showUser(v *visit) error {
	p, err := v.userPage()
	if err != nil {
		return err
	}
	return v.show("user", p)
}

func (w *site) changeUser(v *visit) error {
	v.refused(onScreen("user", (*visit).userPage))
	no, err := id.ParseUser(v.Params("user"))
	if err != nil {
		return err
	}
	seen, err := v.seen()
	if err != nil {
		return err
	}
	if err := v.stepUp(); err != nil {
		return err
	}
	role, disabled := access.Role(v.field("role")), v.field("disabled") != ""
	if _, err := w.Users.Change(v.UserContext(), v.actor(), no, seen, identity.UserChange{Role: &role, Disabled: &disabled}); err != nil {
		return err
	}
	return v.to("/users")
}

// resetUser takes password and factors from a user, and tells the new
// invitation link, once.
func (w *site) resetUser(v *visit) error {
	v.refused(onScreen("user", (*visit).userPage))
	no, err := id.ParseUser(v.Params("user"))
	if err != nil {
		return err
	}
	if err := v.stepUp(); err != nil {
		return err
	}
	i, err := w.Users.ResetFactors(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	u, err := w.Users.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	return v.tellInvitation(u, i)
}
