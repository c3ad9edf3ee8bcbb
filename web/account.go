package web

import (
	"context"
	_ "embed"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Account is what somebody keeps about themselves.
type Account interface {
	Factors(ctx context.Context, by access.Actor) (identity.Factors, error)
	ChangeSettings(ctx context.Context, by access.Actor, s identity.Settings) error
	ChangePassword(ctx context.Context, known identity.Passwords, by access.Actor, old, fresh string) error
	RenewRecovery(ctx context.Context, by access.Actor) ([]string, error)
}

func (w *site) accountRoutes(app *fiber.App) {
	w.get(app, "/account", w.showAccount)
	w.post(app, "/account", w.changeAccount)
	w.post(app, "/account/sessions/:session/end", w.endSession)
	w.secretRoutes(app)
}

// zoneNames are offered while a zone is typed; any other of the database is
// taken too.
//
//go:embed zones.txt
var zoneNames string

type accountBody struct {
	Email, Role string
	Settings    identity.Settings
	Zones       []string
	Schemes     []views.Option
	Secrets     []answer
	Sessions    []sessionRow
}

type sessionRow struct {
	ID          string
	Current     bool
	Began, Seen views.When
}

func (w *site) showAccount(v *visit) error {
	p, err := v.accountPage()
	if err != nil {
		return err
	}
	return v.show("account", p)
}

func (v *visit) accountPage() (views.Page, error) {
	me := v.who.User
	b := accountBody{Email: me.Email, Role: phrase.Say("role_"+string(me.Role), nil), Settings: me.Settings, Zones: strings.Fields(zoneNames)}
	for _, s := range identity.Schemes {
		b.Schemes = append(b.Schemes, views.Option{Value: string(s), Text: phrase.Say("scheme_"+string(s), nil), Chosen: s == me.Settings.Scheme})
	}
	var err error
	if b.Secrets, err = v.secrets(); err != nil {
		return views.Page{}, err
	}
	b.Sessions, err = v.sessions()
	return views.Page{Title: phrase.Say("account_title", map[string]any{"name": me.Name}), Body: b}, err
}

func (v *visit) sessions() ([]sessionRow, error) {
	open, err := v.Staff.Sessions(v.UserContext(), v.actor())
	var all []sessionRow
	for _, s := range open {
		all = append(all, sessionRow{ID: s.ID.String(), Current: s.ID == v.who.Session.ID, Began: v.when(s.CreatedAt), Seen: v.when(s.LastSeenAt)})
	}
	return all, err
}

func (w *site) changeAccount(v *visit) error {
	v.refused(onScreen("account", (*visit).accountPage))
	s := identity.Settings{Zone: v.field("zone"), Scheme: identity.Scheme(v.field("scheme")), Keys: v.field("keys") != ""}
	if err := w.Account.ChangeSettings(v.UserContext(), v.actor(), s); err != nil {
		return err
	}
	return v.to("/account")
}

func (w *site) endSession(v *visit) error {
	no, err := id.ParseSession(v.Params("session"))
	if err != nil {
		return err
	}
	if err := w.Staff.EndSession(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to("/account")
}
