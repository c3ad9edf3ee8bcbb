package web

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) signInRoutes(app *fiber.App) {
	w.open(app, fiber.MethodGet, "/signin", w.showSignIn)
	w.open(app, fiber.MethodPost, "/signin", w.genuine(w.signIn))
	w.open(app, fiber.MethodGet, "/signin/code", w.showCode)
	w.open(app, fiber.MethodPost, "/signin/code", w.genuine(w.giveCode))
	w.open(app, fiber.MethodPost, "/signin/sample", w.genuine(w.signInAsSample))
	w.unkept(app, "/signout", w.signOut)
}

type signInBody struct {
	Next   string
	Kept   string
	People []personCard
}

// personCard is a person of the sample, to sign in as with one click.
type personCard struct {
	ID, Name, Role, Does, Letter string
	Next                         bool
}

// showSignIn shows the form, and in a sample its people.
func (w *site) showSignIn(v *visit) error {
	if w.opensDoor(v) {
		v.setCookie(sampleCookie, w.Secret, 0)
		return v.to("/signin")
	}
	return v.signInPage(views.Page{}, signInBody{Next: local(v.Query("next"))})
}

func (v *visit) signInPage(p views.Page, b signInBody) error {
	p, err := v.signInParts(p, &b)
	if err != nil {
		return err
	}
	return v.show("signin", p)
}

func (v *visit) signInParts(p views.Page, b *signInBody) (views.Page, error) {
	var err error
	if v.doorOpen() {
		b.People, err = v.cast()
	}
	p.Title = phrase.Say("signin_title", nil)
	if len(b.People) > 0 {
		p.Title = phrase.Say("signin_sample_title", nil)
	}
	p.Body = *b
	return p, err
}

// cast shows the people of the sample; the one whom something waits for is
// outlined.
func (v *visit) cast() ([]personCard, error) {
	people, err := v.Door.People(v.UserContext())
	if err != nil {
		return nil, err
	}
	next, err := v.nextPerson()
	var all []personCard
	for _, u := range people {
		all = append(all, personCard{ID: u.ID.String(), Name: u.Name, Role: phrase.Say("role_"+string(u.Role), nil),
			Does: phrase.Say("does_"+string(u.Role), nil), Letter: string([]rune(u.Name)[:1]), Next: u.ID == next})
	}
	return all, err
}

// nextPerson finds the first of the cast whom something needs.
func (v *visit) nextPerson() (id.User, error) {
	people, err := v.Door.People(v.UserContext())
	if err != nil {
		return 0, err
	}
	reader := access.Actor{Role: access.Auditor}
	standings, err := v.Overview.Standings(v.UserContext(), reader, 5)
	if err != nil {
		return 0, err
	}
	for _, s := range standings {
		for _, u := range people {
			if len(s.Needs(access.Actor{User: u.ID, Role: u.Role, SteppedUp: true})) > 0 {
				return u.ID, nil
			}
		}
	}
	return 0, nil
}

// signIn takes the first factor.
func (w *site) signIn(v *visit) error {
	token, err := w.Staff.SignIn(v.UserContext(), w.Passwords, v.from(), v.field("email"), v.form.Get("password"))
	if err != nil {
		if !v.belongsOnForm(err) && fault.KindOf(err) != fault.Unauthenticated {
			return err
		}
		b := signInBody{Next: local(v.field("next")), Kept: v.form.Get("kept")}
		p, partsErr := v.signInParts(views.Page{}, &b)
		if partsErr != nil {
			return partsErr
		}
		return v.showAgain("signin", p, err)
	}
	v.setCookie(askedCookie, token, 0)
	return v.codePage(views.Page{}, codeBody{Next: local(v.field("next")), Kept: v.form.Get("kept")})
}

// from is where a request came in from. What it says itself of another place
// (Forwarded, X-Forwarded-For) is not believed: anybody can write it.
func (v *visit) from() netip.Addr {
	from, _ := netip.AddrFromSlice(v.Context().RemoteIP())
	return from
}

type codeBody struct{ Next, Kept string }

// codePage asks for the second factor. It answers the password's form itself,
// so that what was kept goes along without standing in an address.
func (v *visit) codePage(p views.Page, b codeBody) error {
	p.Title, p.Body = phrase.Say("signin_code_title", nil), b
	return v.show("code", p)
}

func (w *site) showCode(v *visit) error {
	if v.Cookies(w.cookie(askedCookie)) == "" {
		return v.to("/signin")
	}
	return v.codePage(views.Page{}, codeBody{Next: local(v.Query("next"))})
}

// giveCode takes the second factor and opens the session. A field that was left
// empty is no wrong try.
func (w *site) giveCode(v *visit) error {
	token, err := "", v.needs("code")
	if err == nil {
		token, err = w.Staff.GiveCode(v.UserContext(), v.Cookies(w.cookie(askedCookie)), v.field("code"))
	}
	switch {
	case fault.KindOf(err) == fault.Unauthenticated:
		v.dropCookie(askedCookie)
		return v.to("/signin")
	case err != nil && v.belongsOnForm(err):
		b := codeBody{Next: local(v.field("next")), Kept: v.form.Get("kept")}
		return v.showAgain("code", views.Page{Title: phrase.Say("signin_code_title", nil), Body: b}, err)
	case err != nil:
		return err
	}
	v.dropCookie(askedCookie)
	return v.enter(token)
}

// enter sets the session's cookie, and goes on where the visitor came from.
func (v *visit) enter(token string) error {
	v.dropCookie(visitCookie)
	v.setCookie(sessionCookie, token, 0)
	if kept := v.form.Get("kept"); kept != "" {
		return v.goOn(token, kept)
	}
	return v.to(local(v.field("next")))
}

// signOut ends the session here and everywhere it is used.
func (w *site) signOut(v *visit) error {
	if err := w.Staff.EndSession(v.UserContext(), v.actor(), v.who.Session.ID); err != nil {
		return err
	}
	v.dropCookie(sessionCookie)
	return v.to("/signin")
}

// local takes a path of ours and nothing else: "//host" would lead away.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}
