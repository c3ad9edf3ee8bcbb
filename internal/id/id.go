// Package id gives every kind of thing its own id type and the opaque string
// form that the API uses: a prefix that names the kind, then the numbers.
//
// Ids are integers in PostgreSQL, issued per table or per parent. The string
// form is for people and programs outside; nothing may be read into it.
package id

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrForm means that a string is not an id of the kind that was asked for.
var ErrForm = errors.New("not an id of this kind")

// kind gives a type its prefix.
type kind interface{ prefix() string }

// Of is the id of one kind of thing. The zero value is no id.
type Of[K kind] int64

// String gives the API's form, such as inc_12. No id is the empty string.
func (n Of[K]) String() string {
	if n == 0 {
		return ""
	}
	var k K
	return k.prefix() + "_" + strconv.FormatInt(int64(n), 10)
}

// MarshalText gives the API's form.
func (n Of[K]) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads the API's form. The empty string is no id.
func (n *Of[K]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*n = 0
		return nil
	}
	got, err := Parse[K](string(text))
	*n = got
	return err
}

// Value stores the bare number; no id is NULL.
func (n Of[K]) Value() (driver.Value, error) {
	if n == 0 {
		return nil, nil
	}
	return int64(n), nil
}

// Scan reads the bare number; NULL is no id.
func (n *Of[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n = 0
	case int64:
		*n = Of[K](v)
	default:
		return fmt.Errorf("scan id: unexpected %T", src)
	}
	return nil
}

// Parse reads an id of one kind. Anything else than its own form is ErrForm;
// a thing with such an id cannot exist, so an edge answers "not found".
func Parse[K kind](s string) (Of[K], error) {
	var k K
	digits, ok := strings.CutPrefix(s, k.prefix()+"_")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n <= 0 || strconv.FormatInt(n, 10) != digits {
		return 0, ErrForm
	}
	return Of[K](n), nil
}
