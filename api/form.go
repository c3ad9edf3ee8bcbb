package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"reflect"
	"slices"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/codes"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/intake"
)

// form reads multipart/form-data (RFC 7578) as it streams in: fields in any
// order around one file, which is never held as a whole.
type form struct {
	fields []string // that may stand beside the file
	parts  *multipart.Reader
	rest   io.Reader
	given  map[string]string
}

const (
	fileField    = "file"
	nameField    = "name"
	mappingField = "mapping"
)

// aroundFile is how much may stand beside the file in an upload.
const aroundFile = 2 * httpguard.JSONLimit

// listForm is a form around a list of so many bytes at most.
func (q request) listForm(most int64) (*form, error) {
	f, err := q.formWith(most, nameField, mappingField)
	if fault.Is(err, "body_too_large") {
		err = intake.TooLarge(most)
	}
	return f, err
}

// formWith is a form around a file of so many bytes at most.
func (q request) formWith(most int64, fields ...string) (*form, error) {
	kind, params, err := mime.ParseMediaType(q.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEMultipartForm || params["boundary"] == "" {
		return nil, fault.New(fault.Unsupported, "body_not_form", nil)
	}
	stream, err := httpguard.Stream(q.Ctx, most+aroundFile)
	if err != nil {
		return nil, err
	}
	return &form{fields: fields, parts: multipart.NewReader(stream, params["boundary"]), rest: stream, given: map[string]string{}}, nil
}

// part goes on to the file.
func (f *form) part() (*multipart.Part, error) {
	part, err := f.next()
	if err == nil && part == nil {
		err = fault.Wrong(fileField, "field_missing", fault.Values{"name": fileField})
	}
	return part, err
}

// list goes on to the file of a list. Its Form reads what stands behind it.
func (f *form) list() (intake.File, error) {
	part, err := f.part()
	if err != nil {
		return intake.File{}, err
	}
	if !keepable(part.FileName()) {
		return intake.File{}, fault.Wrong(fileField, "field_wrong_type", fault.Values{"name": fileField, "want": "named by " + plainText})
	}
	return intake.File{Name: part.FileName(), Content: part, Form: f.form}, nil
}

// codes goes on to a file of codes. Its Name reads what stands behind it.
func (f *form) codes() (codes.Upload, error) {
	part, err := f.part()
	if err != nil {
		return codes.Upload{}, err
	}
	return codes.Upload{Content: part, Name: func() (string, error) {
		err := f.end()
		return f.given[nameField], err
	}}, nil
}

// next keeps fields up to the file; nil is the end.
func (f *form) next() (*multipart.Part, error) {
	for {
		part, err := f.parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // the end is no part and no error
		}
		if err != nil {
			return nil, brokenForm(err)
		}
		name := part.FormName()
		_, twice := f.given[name]
		switch {
		case twice:
			return nil, fault.Wrong(name, "field_twice", fault.Values{"name": name})
		case name == fileField:
			f.given[name] = ""
			return part, nil
		case !slices.Contains(f.fields, name):
			return nil, fault.Wrong(name, "unknown_field", fault.Values{"name": name})
		}
		value, err := io.ReadAll(io.LimitReader(part, httpguard.JSONLimit))
		if err != nil {
			return nil, brokenForm(err)
		}
		if !keepable(string(value)) {
			return nil, fault.Wrong(name, "field_wrong_type", fault.Values{"name": name, "want": plainText})
		}
		f.given[name] = string(value)
	}
}

// whole reads a file that is small, and what stands behind it.
func (f *form) whole() ([]byte, error) {
	part, err := f.next()
	if err != nil {
		return nil, err
	}
	if part == nil {
		return nil, fault.Wrong(fileField, "field_missing", fault.Values{"name": fileField})
	}
	content, err := io.ReadAll(part)
	if err != nil {
		return nil, brokenForm(err)
	}
	if part, err := f.next(); err != nil {
		return nil, err
	} else if part != nil {
		return nil, fault.Wrong(fileField, "field_twice", fault.Values{"name": fileField})
	}
	if _, err := io.Copy(io.Discard, f.rest); err != nil { // nothing of it may be taken for a next request
		return nil, brokenForm(err)
	}
	return content, nil
}

func brokenForm(err error) error {
	if _, told := fault.As(err); told {
		return err
	}
	return fault.New(fault.Malformed, "body_broken_off", nil).Because(err)
}

// end reads what stands behind the file.
func (f *form) end() error {
	if part, err := f.next(); err != nil {
		return err
	} else if part != nil {
		return fault.Wrong(fileField, "field_twice", fault.Values{"name": fileField})
	}
	if _, err := io.Copy(io.Discard, f.rest); err != nil { // nothing of it may be taken for a next request
		return brokenForm(err)
	}
	return nil
}

func (f *form) form() (intake.Form, error) {
	if err := f.end(); err != nil {
		return intake.Form{}, err
	}
	out := intake.Form{Name: f.given[nameField]}
	if text, given := f.given[mappingField]; given {
		if err := wellFormed([]byte(text)); err != nil {
			return out, fault.Wrong(mappingField, "field_wrong_type", fault.Values{"name": mappingField, "want": "an object"})
		}
		out.Mapping = map[string]string{}
		var d decoder
		d.value(mappingField, []byte(text), reflect.ValueOf(&out.Mapping).Elem())
		return out, fault.Wrongs(d.wrong)
	}
	return out, nil
}
