package identity

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// SampleDoor lets a visitor of a stack with the sample be one of its people
// with one click, and shows the codes of their second factors. It is opened
// only where the stack has a private database of its own and its marker says
// sample; Service never asks which, the wiring does.
type SampleDoor struct{ Service Service }

// Enter opens a session as a person of the sample, without a step-up. Anybody
// else is NotFound.
func (d SampleDoor) Enter(ctx context.Context, no id.User) (string, error) {
	if err := d.sample(ctx, no); err != nil {
		return "", err
	}
	return d.Service.open(ctx, no)
}

// People gives the people of the sample who can sign in.
func (d SampleDoor) People(ctx context.Context) ([]User, error) {
	all, err := d.Service.Reader.Users(ctx, 0, 100)
	if err != nil {
		return nil, err
	}
	var out []User
	for _, u := range all {
		if u.Sample && !u.Disabled() {
			out = append(out, u)
		}
	}
	return out, nil
}

// Code gives the earliest code of a sample person that was not used yet. When
// all that would be taken now were used, it tells how long until the next.
func (d SampleDoor) Code(ctx context.Context, by access.Actor) (string, time.Duration, error) {
	if err := d.sample(ctx, by.User); err != nil {
		return "", 0, err
	}
	var code string
	var wait time.Duration
	err := d.Service.Store.Try(ctx, func(tx TryTx) error {
		f, err := tx.Factor(by.User)
		if err != nil {
			return err
		}
		code, wait, err = earliest(f, tx.Now())
		return err
	})
	return code, wait, err
}

func (d SampleDoor) sample(ctx context.Context, no id.User) error {
	u, err := d.Service.Reader.User(ctx, no)
	if err != nil {
		return err
	}
	if !u.Sample || u.Disabled() {
		return fault.New(fault.NotFound, "no_such_user", nil)
	}
	return nil
}

// earliest gives the first code that step would take.
func earliest(f Factor, now time.Time) (string, time.Duration, error) {
	n := max(now.Unix()/stepSeconds, f.LastStep+1)
	opens := time.Unix((n-1)*stepSeconds, 0) // a code counts one step early
	if wait := opens.Sub(now); wait > 0 {
		return "", wait, nil
	}
	code, err := Code(f.Secret, time.Unix(n*stepSeconds, 0))
	return code, 0, err
}
