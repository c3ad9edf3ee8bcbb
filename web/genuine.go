package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
)

// The cookies. Each is HttpOnly and not sent by other sites.
const (
	sessionCookie = "forthwith-session"
	askedCookie   = "forthwith-asked"  // a session that waits for its code
	visitCookie   = "forthwith-visit"  // makes the form tokens of who is not signed in
	sampleCookie  = "forthwith-sample" // opened the door of the sample
)

// cookie gives the name: behind https, one that no other host can set
// (RFC 6265bis 4.1.3.2).
func (w *site) cookie(name string) string {
	if w.HTTPS {
		return "__Host-" + name
	}
	return name
}

func (v *visit) setCookie(name, value string, life time.Duration) {
	c := &fiber.Cookie{Name: v.cookie(name), Value: value, Path: "/", HTTPOnly: true, Secure: v.HTTPS, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: life == 0}
	if life != 0 {
		c.Expires = time.Now().Add(life)
	}
	v.Cookie(c)
}

func (v *visit) dropCookie(name string) { v.setCookie(name, "", -time.Hour) }

// secret is what the form tokens of this browser are made of.
func (v *visit) secret() string {
	if v.who.Session.ID != 0 {
		return v.Cookies(v.cookie(sessionCookie))
	}
	if s := v.Cookies(v.cookie(visitCookie)); s != "" {
		return s
	}
	fresh := random()
	v.setCookie(visitCookie, fresh, 0)
	v.Request().Header.SetCookie(v.cookie(visitCookie), fresh)
	return fresh
}

func random() string {
	raw := make([]byte, 24)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// csrf is the token that a form of this browser carries: the browser's mac
// beneath a pad that differs in each answer, since pages are compressed and a
// constant could be guessed from their lengths.
func (v *visit) csrf() string {
	token := make([]byte, 2*sha256.Size)
	rand.Read(token[:sha256.Size])
	subtle.XORBytes(token[sha256.Size:], token[:sha256.Size], v.mac())
	return base64.RawURLEncoding.EncodeToString(token)
}

// mac is what other sites cannot know of this browser.
func (v *visit) mac() []byte {
	mac := hmac.New(sha256.New, []byte(v.secret()))
	mac.Write([]byte("form"))
	return mac.Sum(nil)
}

// ours tells whether a token was made by csrf for this browser.
func (v *visit) ours(token string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*sha256.Size {
		return false
	}
	subtle.XORBytes(raw[sha256.Size:], raw[sha256.Size:], raw[:sha256.Size])
	return hmac.Equal(raw[sha256.Size:], v.mac())
}

// genuine refuses a form that another site sent, or that carries no token of
// this browser's session.
func (w *site) genuine(h handler) handler {
	return func(v *visit) error {
		if v.foreign() {
			return fault.New(fault.Forbidden, "form_foreign", nil)
		}
		if err := v.read(); err != nil {
			return err
		}
		if !v.ours(v.form.Get("csrf")) {
			return fault.New(fault.Forbidden, "form_foreign", nil)
		}
		return h(v)
	}
}

// foreign tells what the browser itself says about where a form came from
// (Fetch Metadata; Origin, RFC 6454).
func (v *visit) foreign() bool {
	if site := v.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := v.Get(fiber.HeaderOrigin)
	if origin == "" {
		return false
	}
	from, err := url.Parse(origin)
	return err != nil || from.Host != string(v.Request().Host())
}

// once runs a form under the key that its page carried: a second press gives
// the first answer, and nothing happens twice.
func (w *site) once(h handler) handler {
	return func(v *visit) error {
		key := v.form.Get("once")
		if key == "" {
			return fault.New(fault.Forbidden, "form_foreign", nil)
		}
		r := identity.Request{User: v.who.User.ID, Route: v.Method() + " " + v.Path(), Key: key, Body: []byte(v.same().Encode())}
		return httpguard.OnceFor(v.Ctx, w.Requests, r, func() error { return shownAgain(h)(v) })
	}
}

// shownAgain shows a form that was refused once more, where its handler said
// how.
func shownAgain(h handler) handler {
	return func(v *visit) error {
		err := h(v)
		if err != nil && v.again != nil && v.belongsOnForm(err) {
			return v.again(v, err)
		}
		return err
	}
}

// same is the form without what differs between two presses of one button.
func (v *visit) same() url.Values {
	out := url.Values{}
	for name, values := range v.form {
		if name != "csrf" && name != "once" {
			out[name] = values
		}
	}
	return out
}

// belongsOnForm tells whether a refusal is shown on the form itself.
func (v *visit) belongsOnForm(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Mismatch, fault.StepUp, fault.Limited, fault.TooLarge:
		return true
	case fault.Forbidden:
		return true
	}
	return false
}
