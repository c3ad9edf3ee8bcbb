package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) inviteRoutes(app *fiber.App) {
	w.open(app, fiber.MethodGet, "/invite/:token", w.showInvitation)
	w.open(app, fiber.MethodPost, "/invite/:token", w.genuine(w.acceptInvitation))
}

type inviteBody struct {
	Path   string
	Name   string
	Email  string
	Secret string
	QR     template.HTML
}

func (w *site) showInvitation(v *visit) error {
	p, err := v.invitation()
	if err != nil {
		return err
	}
	return v.show("invite", p)
}

func (v *visit) invitation() (views.Page, error) {
	who, err := v.Staff.Invited(v.UserContext(), v.Params("token"))
	if err != nil {
		return views.Page{}, err
	}
	picture, err := qrOf(enrolmentURI(who))
	b := inviteBody{Path: v.Path(), Name: who.User.Name, Email: who.User.Email, Secret: grouped(who.TOTPSecret), QR: picture}
	return views.Page{Title: phrase.Say("invite_title", map[string]any{"name": who.User.Name}), Body: b}, err
}

// acceptInvitation sets password and second factor. Its answer tells the
// recovery codes, which are told once: it is no redirect.
func (w *site) acceptInvitation(v *visit) error {
	codes, err := w.Staff.Accept(v.UserContext(), v.Params("token"), v.form.Get("password"), v.field("code"))
	if err != nil {
		if !v.belongsOnForm(err) {
			return err
		}
		p, again := v.invitation()
		if again != nil {
			return again
		}
		return v.showAgain("invite", p, err)
	}
	return v.tellRecovery(codes, views.Link{Text: phrase.Say("recovery_do", nil), URL: "/signin"})
}

// enrolmentURI is what an authenticator app reads.
func enrolmentURI(who identity.Invited) string {
	product := phrase.Say("ui_product", nil)
	q := url.Values{"secret": {who.TOTPSecret}, "issuer": {product}}
	return "otpauth://totp/" + url.PathEscape(product+":"+who.User.Email) + "?" + q.Encode()
}

// grouped sets a secret in fours, for whoever types it.
func grouped(secret string) string {
	var parts []string
	for len(secret) > 4 {
		parts, secret = append(parts, secret[:4]), secret[4:]
	}
	return strings.Join(append(parts, secret), " ")
}

// qrOf draws a QR code (ISO/IEC 18004) as one path of squares.
func qrOf(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	side := code.Bounds().Dx()
	var path bytes.Buffer
	for y := range side {
		for x := range side {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="fw-qr" viewBox="0 0 %d %d" role="img" aria-label="%s"><path d="%s"/></svg>`, //nolint:gosec // numbers, and a sentence of the catalogue
		side, side, template.HTMLEscapeString(phrase.Say("invite_qr", nil)), path.String())), nil
}
