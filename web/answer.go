package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/web/static"
	"forthwith/web/views"
)

// page answers with a screen in its layout.
func (v *visit) page(status int, screen string, p views.Page) error {
	v.dress(&p)
	p.Needs = v.needed()
	var out bytes.Buffer
	if err := views.Write(&out, screen, p); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return v.Status(status).Send(out.Bytes())
}

// part answers with one piece of a screen, for a page that is there already.
func (v *visit) part(screen, part string, p views.Page) error {
	v.dress(&p)
	var out bytes.Buffer
	if err := views.Part(&out, screen, part, p); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return v.Send(out.Bytes())
}

// show answers with a screen that was asked for.
func (v *visit) show(screen string, p views.Page) error {
	return v.page(fiber.StatusOK, screen, p)
}

// showAgain answers with a form that was refused: 422, what is wrong first, and
// what was typed.
func (v *visit) showAgain(screen string, p views.Page, err error) error {
	f := v.classify(err)
	p.Faults = faults(f)
	if len(p.Faults) == 0 {
		p.Faults = []views.Fault{{Text: sentence(f.Code, f.Values)}}
	}
	p.Old = v.form
	p.Old.Del("code") // it was used, or was wrong
	status := httpguard.Status(f.Kind)
	return v.page(status, screen, p)
}

// dress fills in what every page has.
func (v *visit) dress(p *views.Page) {
	p.Static = staticPath + static.Tag + "/"
	p.Sample = v.Sample
	p.CSRF, p.Once = v.csrf(), random()
	if v.who.User.ID != 0 {
		p.Me = &views.Me{Name: v.who.User.Name, Role: phrase.Say("role_"+string(v.who.User.Role), nil)}
		p.Nav = v.nav()
		p.Inbox = mayBy(access.ReadIncident, v)
		if v.who.User.Settings.Keys {
			p.Keys = v.keys()
		}
		p.Scheme = scheme(v.who.User.Settings.Scheme)
	}
}

// scheme is what forces the colours; nothing leaves them to the system.
func scheme(s identity.Scheme) string {
	if s == identity.AsSystem {
		return ""
	}
	return string(s)
}

// nav gives the links that a role has.
func (v *visit) nav() []views.Link {
	var all []views.Link
	link := func(code, url string, may bool) {
		if may {
			all = append(all, views.Link{Text: phrase.Say(code, nil), URL: url, Current: v.Path() == url})
		}
	}
	for _, n := range navigation {
		link(n.code, n.url, n.needs.Allow(access.Actor{Role: v.who.User.Role, SteppedUp: true}) == nil)
	}
	return all
}

// navigation lists only what is there.
var navigation = []struct {
	code, url string
	needs     access.Permission
}{
	{"nav_lookup", "/lookup", access.LookUp},
	{"nav_ledger", "/ledger", access.ReadLedger},
	{"nav_relays", "/relays", access.ReadSettings},
	{"nav_senders", "/senders", access.ReadSettings},
	{"nav_organisation", "/organisation", access.ReadSettings},
	{"nav_rules", ruleSetsURL, access.ReadSettings},
	{"nav_users", "/users", access.ReadUsers},
}

// errMissing answers for what is not there, and for what a person may not see.
var errMissing = fault.New(fault.NotFound, "page_missing", nil)
