package obligation

import (
	"context"
	"errors"
	"fmt"

	"forthwith/internal/id"
)

// AlarmStore finds what to look at, and tells people.
type AlarmStore interface {
	// Running gives the incidents with a campaign that tells people, or is to.
	Running(ctx context.Context) ([]id.Incident, error)
	// Late tells people of a campaign that would end after a notice is due. Of the
	// same they are told again only a day after somebody saw it.
	Late(ctx context.Context, incident id.Incident, no id.Campaign) error
}

// Alarms watches over the moments of the law.
type Alarms struct {
	Service
	Alarms AlarmStore
}

// Look tells people of each send whose projected end is after the moment of a
// notice to people that nobody has ticked. One incident that cannot be read does
// not keep the others.
func (s Alarms) Look(ctx context.Context) error {
	all, err := s.Alarms.Running(ctx)
	for _, no := range all {
		if e := s.look(ctx, no); e != nil {
			err = errors.Join(err, fmt.Errorf("look at the clock of %s: %w", no, e))
		}
	}
	return err
}

func (s Alarms) look(ctx context.Context, no id.Incident) error {
	clock, err := s.clock(ctx, no)
	if err != nil {
		return err
	}
	for _, late := range clock.LateSends() {
		if err := s.Alarms.Late(ctx, no, late); err != nil {
			return err
		}
	}
	return nil
}
