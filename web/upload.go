package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/intake"
)

const (
	aroundFile   = 256 << 10 // what may stand beside the file in an upload
	longestField = 128 << 10 // more than any field takes: its own limit says so, and it comes back
	// drained is how much of a refused upload is read: a browser that is still
	// sending shows no answer.
	drained = 64 << 20
)

var errForm = fault.New(fault.Malformed, "body_broken_off", nil)

// arriving is a form with a file as it streams in (RFC 7578). The token comes
// first, then fields, then the file; nothing is held as a whole.
type arriving struct {
	parts *multipart.Reader
	rest  io.Reader
	given url.Values
	file  *multipart.Part
}

func (v *visit) isUpload() bool {
	kind, _, err := mime.ParseMediaType(v.Get(fiber.HeaderContentType))
	return err == nil && kind == fiber.MIMEMultipartForm
}

// arrives reads an upload up to its file. Of one that another site sent, or
// whose token is not ours, nothing behind the token is read.
func (v *visit) arrives(limit int64) (*arriving, error) {
	if v.foreign() {
		return nil, fault.New(fault.Forbidden, "form_foreign", nil)
	}
	kind, params, err := mime.ParseMediaType(v.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEMultipartForm || params["boundary"] == "" {
		return nil, fault.New(fault.Unsupported, "form_type", nil)
	}
	stream, err := httpguard.Stream(v.Ctx, limit+aroundFile)
	if err != nil {
		return nil, err
	}
	a := &arriving{parts: multipart.NewReader(stream, params["boundary"]), rest: stream, given: url.Values{}}
	if err := a.token(v); err != nil {
		return nil, err
	}
	return a, a.fields()
}

func (a *arriving) token(v *visit) error {
	part, err := a.parts.NextPart()
	if err != nil {
		return brokenOff(err)
	}
	token, err := fieldText(part)
	if err != nil {
		return err
	}
	if part.FormName() != "csrf" || !v.ours(token) {
		return fault.New(fault.Forbidden, "form_foreign", nil)
	}
	return nil
}

// fields reads what stands before the file.
func (a *arriving) fields() error {
	for a.file == nil {
		part, err := a.parts.NextPart()
		if err != nil {
			return brokenOff(err)
		}
		if part.FormName() == "file" {
			a.file = part
			return nil
		}
		value, err := fieldText(part)
		if err != nil {
			return err
		}
		a.given.Set(part.FormName(), value)
	}
	return nil
}

func fieldText(part *multipart.Part) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, longestField+1))
	switch {
	case err != nil:
		return "", brokenOff(err)
	case len(raw) > longestField:
		return "", fault.New(fault.TooLarge, "body_too_large_kib", fault.Values{"limit": longestField >> 10})
	}
	return string(raw), nil
}

func brokenOff(err error) error {
	if _, told := fault.As(err); told {
		return err
	}
	return fault.New(errForm.Kind, errForm.Code, nil).Because(err)
}

// keepable gives text that can be kept: what is no UTF-8 is marked.
func keepable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, string(utf8.RuneError)), "\x00", "")
}

// list gives the file as the service takes it.
func (a *arriving) list() (intake.File, error) {
	name := keepable(a.file.FileName())
	if name == "" {
		return intake.File{}, fault.Wrong("file", "file_missing", nil)
	}
	return intake.File{Name: name, Content: a.file, Form: func() (intake.Form, error) {
		if _, err := a.parts.NextPart(); !errors.Is(err, io.EOF) {
			return intake.Form{}, brokenOff(err)
		}
		_, err := io.Copy(io.Discard, a.rest) // nothing of it may be taken for a next request
		return intake.Form{Name: keepable(a.given.Get("name"))}, err
	}}, nil
}

func (w *site) uploadList(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	again := onScreen("lists", (*visit).listsPage)
	a, err := v.arrives(w.Lists.MaxFile())
	if fault.Is(err, "body_too_large") {
		err = intake.TooLarge(w.Lists.MaxFile())
	}
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	file, err := a.list()
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	l, err := w.Lists.Upload(v.UserContext(), v.actor(), no, file)
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	return v.to(listURL(l.ID))
}

// uploadRefused shows the form again. The rest of the file is let by, so that
// the browser gets to see the page; what is longer than that ends the
// connection.
func (v *visit) uploadRefused(a *arriving, err error, again func(*visit, error) error) error {
	f := v.classify(err)
	if a == nil || !atTheFile(f.Kind) {
		return err
	}
	if n, readErr := io.Copy(io.Discard, io.LimitReader(a.rest, drained)); readErr != nil || n == drained {
		httpguard.Close(v.Ctx)
	}
	v.form = a.given
	if len(f.Fields) == 0 {
		f = &fault.Fault{Kind: f.Kind, Code: f.Code, Values: f.Values, RetryAfter: f.RetryAfter, Fields: []fault.Field{{Name: "file", Code: f.Code, Values: f.Values}}}
	}
	return again(v, f)
}

func atTheFile(k fault.Kind) bool {
	switch k {
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.Unsupported, fault.Unavailable:
		return true
	}
	return false
}
