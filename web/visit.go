package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/obligation"
	"forthwith/internal/overview"
	"forthwith/web/views"
)

// visit is one request of a browser, and who sits before it.
type visit struct {
	*fiber.Ctx
	*site
	who         identity.Signed
	form        url.Values // of a POST, once it was read
	names       staffNames
	reckoned    *obligation.Clock
	reckonedFor id.Incident
	place       *time.Location                  // the zone, once it was looked up
	stands      overview.Standing               // of the incident that the page is about
	home        []overview.Standing             // of all incidents, where the page read them
	again       func(v *visit, err error) error // shows a refused form again
}

// formLimit bounds a form without a file: a notice of 64 KiB in every variant
// fits in.
const formLimit = 1 << 20

// actor is who acts; with a code given on the page itself, stepped up.
func (v *visit) actor() access.Actor { return v.who.Actor }

// read reads the form once.
func (v *visit) read() error {
	if v.form != nil {
		return nil
	}
	if kind, _, _ := strings.Cut(v.Get(fiber.HeaderContentType), ";"); !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationForm) {
		return fault.New(fault.Unsupported, "form_type", nil)
	}
	body, err := httpguard.Body(v.Ctx, formLimit)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !isText(form) {
		return fault.New(fault.Malformed, "request_malformed", nil)
	}
	v.form = form
	return nil
}

// isText tells whether everything in a form is text that can be kept.
func isText(form url.Values) bool {
	for name, values := range form {
		for _, value := range append(values, name) {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return false
			}
		}
	}
	return true
}

// field gives what was typed into a field, without the spaces around it.
func (v *visit) field(name string) string { return strings.TrimSpace(v.form.Get(name)) }

// stepUp opens what needs a second factor with the code on the page. Without a
// code it counts on one that was given before.
func (v *visit) stepUp() error {
	code := v.field("code")
	if code == "" {
		if v.who.Actor.SteppedUp {
			return nil
		}
		return fault.Wrong("code", "code_needed", nil)
	}
	if _, err := v.Staff.StepUp(v.UserContext(), v.actor(), code); err != nil {
		return err
	}
	v.who.Actor.SteppedUp = true
	return nil
}

// refused tells how to show the form again when it is refused.
func (v *visit) refused(again func(v *visit, err error) error) { v.again = again }

// onScreen shows a refused form once more on its screen, as page makes it.
func onScreen(screen string, page func(*visit) (views.Page, error)) func(*visit, error) error {
	return func(v *visit, err error) error {
		p, pageErr := page(v)
		if pageErr != nil {
			return pageErr
		}
		return v.showAgain(screen, p, err)
	}
}

// seen is the version that a form was made over; anything else than a number is
// another one than is there.
func (v *visit) seen() (int, error) {
	n, err := strconv.Atoi(v.field("version"))
	if err != nil {
		return 0, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	return n, nil
}

// to answers a form that was done (RFC 9110 15.4.4).
func (v *visit) to(path string) error { return v.Redirect(path, fiber.StatusSeeOther) }
