package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// secretRoutes are the pages on which somebody changes what they sign in with.
func (w *site) secretRoutes(app *fiber.App) {
	w.get(app, "/account/password", w.showPassword)
	w.post(app, "/account/password", w.changePassword)
	w.get(app, "/account/recovery", w.showRecovery)
	w.unkept(app, "/account/recovery", w.renewRecovery)
}

// secrets says what somebody signs in with, and where that is changed.
func (v *visit) secrets() ([]answer, error) {
	f, err := v.Account.Factors(v.UserContext(), v.actor())
	return []answer{
		{Name: phrase.Say("secret_password", nil), Text: v.since(f.Password), URL: "/account/password", Link: phrase.Say("secret_password_do", nil)},
		{Name: phrase.Say("secret_factor", nil), Text: v.since(f.Since), More: phrase.Say("secret_factor_lost", nil)},
		{Name: phrase.Say("secret_recovery", nil), Text: phrase.Say("secret_recovery_left", map[string]any{"count": f.Recovery}), URL: "/account/recovery", Link: phrase.Say("secret_recovery_do", nil)},
	}, err
}

func (v *visit) since(at *time.Time) string {
	if at == nil {
		return phrase.Say("secret_none", nil)
	}
	return phrase.Say("secret_since", map[string]any{"time": v.when(*at).Text})
}

func (v *visit) toAccount() *views.Link {
	return &views.Link{Text: v.who.User.Name, URL: "/account"}
}

func (v *visit) passwordPage() (views.Page, error) {
	code, err := v.codeField()
	return views.Page{Title: phrase.Say("password_title", nil), Back: v.toAccount(), Body: code}, err
}

func (w *site) showPassword(v *visit) error {
	p, err := v.passwordPage()
	if err != nil {
		return err
	}
	return v.show("account-password", p)
}

// changePassword ends every other session of its sender.
func (w *site) changePassword(v *visit) error {
	v.refused(onScreen("account-password", (*visit).passwordPage))
	err := v.deciding(v.checkPasswords, func() error {
		return w.Account.ChangePassword(v.UserContext(), w.Passwords, v.actor(), v.form.Get("old_password"), v.form.Get("password"))
	})
	if err != nil {
		return err
	}
	return v.to("/account")
}

func (v *visit) checkPasswords() error {
	if err := v.needs("old_password"); err != nil {
		return err
	}
	if v.form.Get("password") != v.form.Get("password_again") {
		return fault.Wrong("password_again", "passwords_differ", nil)
	}
	return nil
}

func (v *visit) recoveryPage() (views.Page, error) {
	code, err := v.codeField()
	return views.Page{Title: phrase.Say("recovery_new_title", nil), Back: v.toAccount(), Body: code}, err
}

func (w *site) showRecovery(v *visit) error {
	p, err := v.recoveryPage()
	if err != nil {
		return err
	}
	return v.show("account-recovery", p)
}

// renewRecovery tells new codes, once: its answer is no redirect.
func (w *site) renewRecovery(v *visit) error {
	v.refused(onScreen("account-recovery", (*visit).recoveryPage))
	if err := v.stepUp(); err != nil {
		return err
	}
	codes, err := w.Account.RenewRecovery(v.UserContext(), v.actor())
	if err != nil {
		return err
	}
	return v.tellRecovery(codes, views.Link{Text: phrase.Say("recovery_kept", nil), URL: "/account"})
}

type recoveryBody struct {
	Codes []string
	Next  views.Link
}

// tellRecovery shows codes that are told once.
func (v *visit) tellRecovery(codes []string, next views.Link) error {
	return v.show("recovery", views.Page{Title: phrase.Say("recovery_title", nil), Body: recoveryBody{codes, next}})
}
