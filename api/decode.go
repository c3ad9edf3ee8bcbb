package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"reflect"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
)

// decode reads a JSON body into a struct. No body stands for {}. A name that
// the struct does not have, exactly as it is spelled, is an error, and so is a
// value of another type; every wrong field is named by its whole path.
func (q request) decode(into any) error {
	body, err := httpguard.Body(q.Ctx, httpguard.JSONLimit)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(q.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return fault.New(fault.Unsupported, "body_not_json_type", nil)
	}
	return decodeJSON(body, into)
}

func decodeJSON(body []byte, into any) error {
	if err := wellFormed(body); err != nil {
		return err
	}
	var d decoder
	d.value("", body, reflect.ValueOf(into).Elem())
	return fault.Wrongs(d.wrong)
}

func wellFormed(body []byte) error {
	var any json.RawMessage
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(&any)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	return fault.New(fault.Malformed, "body_not_json", fault.Values{"offset": d.InputOffset()})
}

// decoder walks a well-formed document beside the type that it should fit.
type decoder struct{ wrong []fault.Field }

func (d *decoder) refuse(path, code string, values fault.Values) {
	if path == "" {
		path = "body"
	}
	if values == nil {
		values = fault.Values{}
	}
	values["name"] = path
	d.wrong = append(d.wrong, fault.Field{Name: path, Code: code, Values: values})
}

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) value(path string, raw []byte, into reflect.Value) {
	switch t := into.Type(); {
	case reflect.PointerTo(t).Implements(ownJSON), reflect.PointerTo(t).Implements(ownText):
		d.leaf(path, raw, into)
	case string(bytes.TrimSpace(raw)) == "null":
	case t.Kind() == reflect.Pointer:
		fresh := reflect.New(t.Elem())
		d.value(path, raw, fresh.Elem())
		into.Set(fresh)
	case t.Kind() == reflect.Struct:
		d.object(path, raw, into)
	case t.Kind() == reflect.Slice:
		d.list(path, raw, into)
	case t.Kind() == reflect.Map:
		d.table(path, raw, into)
	default:
		d.leaf(path, raw, into)
	}
}

func (d *decoder) leaf(path string, raw []byte, into reflect.Value) {
	if holdsNUL(raw) {
		d.refuse(path, "field_wrong_type", fault.Values{"want": plainText})
		return
	}
	if err := json.Unmarshal(raw, into.Addr().Interface()); err != nil {
		d.refuse(path, "field_wrong_type", fault.Values{"want": wanted(into.Type())})
	}
}

func (d *decoder) object(path string, raw []byte, into reflect.Value) {
	members, ok := d.members(path, raw, "an object")
	if !ok {
		return
	}
	fields := fieldsOf(into)
	for _, m := range members {
		if field, known := fields[m.name]; known {
			d.value(join(path, m.name), m.raw, field)
		} else {
			d.refuse(join(path, m.name), "unknown_field", nil)
		}
	}
}

func (d *decoder) table(path string, raw []byte, into reflect.Value) {
	members, ok := d.members(path, raw, "an object")
	if !ok {
		return
	}
	out := reflect.MakeMapWithSize(into.Type(), len(members))
	for _, m := range members {
		v := reflect.New(into.Type().Elem()).Elem()
		d.value(join(path, m.name), m.raw, v)
		out.SetMapIndex(reflect.ValueOf(m.name).Convert(into.Type().Key()), v)
	}
	into.Set(out)
}

func (d *decoder) list(path string, raw []byte, into reflect.Value) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.refuse(path, "field_wrong_type", fault.Values{"want": "a list"})
		return
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		d.value(path+"["+strconv.Itoa(i)+"]", item, out.Index(i))
	}
	into.Set(out)
}

type member struct {
	name string
	raw  json.RawMessage
}

// members gives the pairs of an object in their order. A name that stands
// twice is refused: readers disagree about which one counts.
func (d *decoder) members(path string, raw []byte, want string) ([]member, bool) {
	in := json.NewDecoder(bytes.NewReader(raw))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		d.refuse(path, "field_wrong_type", fault.Values{"want": want})
		return nil, false
	}
	var out []member
	seen := map[string]bool{}
	for in.More() {
		name, err := in.Token()
		var m member
		if err == nil {
			m.name, _ = name.(string)
			err = in.Decode(&m.raw)
		}
		if err != nil {
			d.refuse(path, "field_wrong_type", fault.Values{"want": want})
			return nil, false
		}
		if seen[m.name] {
			d.refuse(join(path, m.name), "field_twice", nil)
			continue
		}
		seen[m.name] = true
		out = append(out, m)
	}
	return out, true
}

// fieldsOf gives the fields of a struct by their JSON names, embedded structs
// included.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			for inner, field := range fieldsOf(v.Field(i)) {
				out[inner] = field
			}
		case f.IsExported() && name != "-" && name != "":
			out[name] = v.Field(i)
		}
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// wanted says in words what a type takes.
func wanted(t reflect.Type) string {
	switch k := t.Kind(); {
	case t.String() == "time.Time":
		return "a time such as 2022-08-08T19:30:00Z"
	case reflect.PointerTo(t).Implements(ownText):
		return "an id or a hash as it was given"
	case k == reflect.String:
		return "a text"
	case k == reflect.Bool:
		return "true or false"
	case k >= reflect.Int && k <= reflect.Uint64:
		return "a whole number"
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number"
	}
	return "of another type"
}
