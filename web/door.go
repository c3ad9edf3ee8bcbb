package web

import (
	"crypto/subtle"
	"math"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// opensDoor tells whether a request follows the link that up printed: the right
// secret, at the printed address, straight from the browser.
func (w *site) opensDoor(v *visit) bool {
	given := v.Query("sample")
	return given != "" && w.here(v) && same(given, w.Secret)
}

// doorOpen tells whether the browser followed that link before.
func (v *visit) doorOpen() bool {
	return v.here(v) && same(v.Cookies(v.cookie(sampleCookie)), v.Secret)
}

// here refuses another host's name (a page elsewhere could point its own name
// at this machine) and everything that came through a proxy.
func (w *site) here(v *visit) bool {
	if w.Door == nil || w.Secret == "" || string(v.Request().Host()) != w.Host {
		return false
	}
	for name := range v.Request().Header.All() {
		if n := strings.ToLower(string(name)); n == "forwarded" || strings.HasPrefix(n, "x-forwarded-") || n == "x-real-ip" || n == "via" {
			return false
		}
	}
	return true
}

func same(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// signInAsSample opens a session as a person of the sample with one click.
func (w *site) signInAsSample(v *visit) error {
	if !v.doorOpen() {
		return fault.New(fault.NotFound, "page_missing", nil)
	}
	no, err := id.ParseUser(v.field("person"))
	if err != nil {
		return err
	}
	token, err := w.Door.Enter(v.UserContext(), no)
	if err != nil {
		return err
	}
	return v.enter(token)
}

// sampleCode is what a page that asks for a second factor shows to a person of
// the sample: the earliest code that was not used, or how long until the next.
type sampleCode struct {
	Code    string
	Seconds int
	Shown   bool
}

func (v *visit) sampleCode() (sampleCode, error) {
	if !v.who.User.Sample || !v.doorOpen() {
		return sampleCode{}, nil
	}
	code, wait, err := v.Door.Code(v.UserContext(), v.actor())
	return sampleCode{Code: code, Seconds: int(math.Ceil(wait.Seconds())), Shown: err == nil}, err
}
