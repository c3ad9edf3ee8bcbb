package web

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Keeper seals what was typed into a form whose session had ended, so that it
// goes along through sign-in and nobody else can read it.
type Keeper interface {
	Seal(plain []byte) (string, error)
	Unseal(sealed string) ([]byte, error)
}

// kept is a form that waits for its sender to sign in again.
type kept struct {
	Path   string     `json:"path"`
	Fields url.Values `json:"fields"`
}

// keepThrough asks who is there. A page is come back to; a form keeps its text.
func (v *visit) keepThrough() error {
	v.dropCookie(sessionCookie)
	if v.Path() == "/signout" {
		return v.to("/signin")
	}
	if v.Method() != fiber.MethodPost {
		return v.to("/signin?next=" + url.QueryEscape(string(v.Request().URI().RequestURI())))
	}
	if v.foreign() {
		return fault.New(fault.Forbidden, "form_foreign", nil)
	}
	if v.isUpload() { // a file is not kept: its page asks for it again
		httpguard.Close(v.Ctx)
		return v.to("/signin?next=" + url.QueryEscape(v.Path()))
	}
	if err := v.read(); err != nil {
		return err
	}
	raw, err := json.Marshal(kept{Path: v.Path(), Fields: withoutSecrets(v.same())})
	if err != nil {
		return err
	}
	sealed, err := v.Keeper.Seal(raw)
	if err != nil {
		return err
	}
	p := views.Page{Notice: &views.Banner{Tone: "warn", Icon: "warning", Text: phrase.Say("signed_out_kept", nil)}}
	return v.signInPage(p, signInBody{Next: "/", Kept: sealed})
}

// withoutSecrets drops what is never shown again: somebody else may sign in.
func withoutSecrets(form url.Values) url.Values {
	for name := range form {
		if strings.Contains(name, "password") || name == "code" {
			delete(form, name)
		}
	}
	return form
}

type goOnBody struct {
	Path   string
	Fields []views.Option
}

// goOn shows a form that was kept, to be sent by one more click: its sender may
// have become somebody else.
func (v *visit) goOn(token, sealed string) error {
	raw, err := v.Keeper.Unseal(sealed)
	var k kept
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	if err != nil {
		return v.to("/")
	}
	if v.who, err = v.Staff.Resume(v.UserContext(), token); err != nil {
		return err
	}
	v.Request().Header.SetCookie(v.cookie(sessionCookie), token)
	b := goOnBody{Path: local(k.Path)}
	for name, values := range k.Fields {
		for _, value := range values {
			b.Fields = append(b.Fields, views.Option{Value: value, Text: name})
		}
	}
	return v.show("goon", views.Page{Title: phrase.Say("goon_title", nil), Body: b})
}
