package public

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/phrase"
)

// bodyLimit is far more than a code.
const bodyLimit = 4 << 10

// asked is what somebody wants to know.
type asked struct {
	code     string
	language phrase.Language
	form     bool // they see a page
}

// check answers for a code.
func (s *site) check(c *fiber.Ctx) error {
	q, err := read(c)
	if err != nil {
		return err
	}
	book, answer, err := s.desk.Ask(c.UserContext(), q.code)
	if err != nil {
		return err
	}
	return s.sheets.send(c, book, answer, q)
}

// read takes a code from a form or from JSON.
func read(c *fiber.Ctx) (asked, error) {
	kind := contentType(c)
	if kind != fiber.MIMEApplicationForm && kind != fiber.MIMEApplicationJSON {
		return asked{}, fault.New(fault.Unsupported, "check_type", nil)
	}
	body, err := httpguard.Body(c, bodyLimit)
	if err != nil {
		return asked{}, err
	}
	q := asked{language: languageOf(c), form: kind == fiber.MIMEApplicationForm}
	if q.code, err = codeIn(body, q.form); err != nil {
		return q, err
	}
	if strings.TrimSpace(q.code) == "" {
		return q, fault.Wrong("code", "field_missing", fault.Values{"name": "code"})
	}
	return q, nil
}

func codeIn(body []byte, form bool) (string, error) {
	if form {
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			return "", fault.New(fault.Malformed, "check_body", nil)
		}
		return fields.Get("code"), nil
	}
	var in struct {
		Code string `json:"code"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil {
		return "", fault.New(fault.Malformed, "check_body", nil)
	}
	if _, err := d.Token(); err != io.EOF {
		return "", fault.New(fault.Malformed, "check_body", nil)
	}
	return in.Code, nil
}

func contentType(c *fiber.Ctx) string {
	kind, _, _ := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	return kind
}

// languageOf is the language of the address where it names one, or what the
// browser asks for.
func languageOf(c *fiber.Ctx) phrase.Language {
	if l, ok := phrase.Spoken(c.Query("lang")); ok {
		return l
	}
	return phrase.Wanted(c.Get(fiber.HeaderAcceptLanguage))
}
