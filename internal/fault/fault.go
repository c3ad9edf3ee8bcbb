// Package fault names the ways in which a request can fail, without saying it
// in words.
//
// A Fault has a kind (which HTTP answer it deserves), a stable code (which
// sentence of the catalogue tells it) and the values that the sentence needs.
// Values never hold personal data: they are counts, names of columns, row
// numbers and names that staff gave to things.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure a Fault is; the edges turn it into a status.
type Kind uint8

// The kinds. Internal is the zero value, so that an error nobody classified is
// never shown as the caller's mistake.
const (
	Internal        Kind = iota // our failure: 500
	Invalid                     // a field is wrong: 422
	Unauthenticated             // nobody is signed in: 401
	NotFound                    // it is not there, or may not be seen: 404
	Forbidden                   // it may be seen but not done: 403
	Conflict                    // the object is in another state: 409
	Mismatch                    // another hash or version than the caller saw: 412
	TooLarge                    // over a stated limit: 413
	Unsupported                 // a format that is not read: 415
	StepUp                      // a second factor is needed now: 428
	Limited                     // too many tries: 429
	Unavailable                 // something that is needed is down: 503
	Malformed                   // it cannot be read at all: 400
)

// Values fill the gaps of a sentence in the catalogue.
type Values map[string]any

// Field is one wrong input: its name as the caller wrote it, and the code of
// the sentence that says what is wrong with it.
type Field struct {
	Name   string
	Code   string
	Values Values
}

// Fault is a failure that a person can be told about.
type Fault struct {
	Kind       Kind
	Code       string
	Values     Values
	Fields     []Field
	RetryAfter time.Duration
	cause      error
}

// New makes a fault of a kind with a code of the catalogue. Values may be nil.
func New(kind Kind, code string, values Values) *Fault {
	return &Fault{Kind: kind, Code: code, Values: values}
}

// Wrong makes an Invalid fault about one field. Its code is the field's too.
func Wrong(field, code string, values Values) *Fault {
	return &Fault{Kind: Invalid, Code: code, Values: values, Fields: []Field{{Name: field, Code: code, Values: values}}}
}

// mostFields bounds the fields that a fault names: more are of no use to who sent them,
// and an answer would be longer than what was sent.
const mostFields = 200

// Wrongs makes one Invalid fault out of several wrong fields, the first of them where
// there are very many. It returns nil when there are none, so that a check can end
// with it.
func Wrongs(fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	fields = fields[:min(len(fields), mostFields)]
	return &Fault{Kind: Invalid, Code: fields[0].Code, Values: fields[0].Values, Fields: fields}
}

// Because adds the inner error. It is logged and never shown.
func (f *Fault) Because(err error) *Fault {
	f.cause = err
	return f
}

// After sets how long the caller should wait before the next try.
func (f *Fault) After(d time.Duration) *Fault {
	f.RetryAfter = d
	return f
}

// Error is for logs: the code and the cause, not the sentence.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.Code, f.cause)
	}
	return f.Code
}

// Unwrap gives the inner error.
func (f *Fault) Unwrap() error { return f.cause }

// As finds the Fault in a chain of wrapped errors.
func As(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// KindOf gives the kind of an error; anything that is no Fault is Internal.
func KindOf(err error) Kind {
	if f, ok := As(err); ok {
		return f.Kind
	}
	return Internal
}

// Is tells whether an error is a Fault with this code.
func Is(err error, code string) bool {
	f, ok := As(err)
	return ok && f.Code == code
}
