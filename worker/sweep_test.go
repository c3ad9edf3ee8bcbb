package worker

import (
	"context"
	"errors"
	"slices"
	"testing"

	"forthwith/internal/id"
)

// attic keeps uploads that nobody confirmed.
type attic struct {
	old, expired []id.List
	broken       id.List
}

var errBroken = errors.New("the list cannot be saved")

func (a *attic) Unconfirmed(context.Context) ([]id.List, error) { return a.old, nil }

func (a *attic) Expire(_ context.Context, no id.List) error {
	if no == a.broken {
		return errBroken
	}
	a.expired = append(a.expired, no)
	return nil
}

func TestUnconfirmedUploadsAreDestroyedWhateverOneOfThemSays(t *testing.T) {
	a := &attic{old: []id.List{3, 4, 7}, broken: 4}
	p := &process{Config: Config{Uploads: a}}
	if err := p.expireUploads(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("the failure is not told: %v", err)
	}
	if !slices.Equal(a.expired, []id.List{3, 7}) {
		t.Errorf("expired %v", a.expired)
	}
}
