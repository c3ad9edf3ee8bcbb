package web

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) accountRoutes(app *fiber.App) {
	w.get(app, "/account", w.showAccount)
	w.post(app, "/account/sessions/:session/end", w.endSession)
}

type accountBody struct {
	Email, Role string
	Sessions    []sessionRow
}

type sessionRow struct {
	ID          string
	Current     bool
	Began, Seen views.When
}

func (w *site) showAccount(v *visit) error {
	open, err := w.Staff.Sessions(v.UserContext(), v.actor())
	if err != nil {
		return err
	}
	b := accountBody{Email: v.who.User.Email, Role: phrase.Say("role_"+string(v.who.User.Role), nil)}
	for _, s := range open {
		b.Sessions = append(b.Sessions, sessionRow{ID: s.ID.String(), Current: s.ID == v.who.Session.ID, Began: v.when(s.CreatedAt), Seen: v.when(s.LastSeenAt)})
	}
	return v.show("account", views.Page{Title: phrase.Say("account_title", map[string]any{"name": v.who.User.Name}), Body: b})
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
