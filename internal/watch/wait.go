package watch

import (
	"context"
	"time"

	"forthwith/internal/id"
)

// Wait is one thing that waits for legal's decision: the newest version of a
// text in review, a plan that is ready, or the newest amendment of a paused
// campaign.
type Wait struct {
	Version  id.Version  // 0: a campaign waits
	Campaign id.Campaign // 0: a version waits
	Incident id.Incident
	Since    time.Time
	Told     bool // an alert was raised since
}

// WaitStore finds what waits.
type WaitStore interface {
	// Wait runs f in a transaction that nobody else runs at the same time; it
	// does nothing where somebody else does.
	Wait(ctx context.Context, f func(WaitTx) error) error
}

// WaitTx is one look at what waits.
type WaitTx interface {
	Now() time.Time
	// Settings tell after how long people are told, 0: never, and whether staff are
	// mailed.
	Settings() (limit time.Duration, mails bool, err error)
	Waits() ([]Wait, error)
	// Ask asks for one mail to each user of legal who may decide on something that
	// they were not mailed about: on a text nobody of its authors, on a plan nor
	// whoever built it, on an amendment nor whoever asked for it. Somebody who was
	// mailed in the last ten minutes, or whose mail still waits, is asked for later.
	Ask() error
	// End closes the open alerts of approvals that nobody waits for any more.
	End() error
	Raise(a Alert) error
}

// Approvals tells legal of what waits for it, and everybody of what waits for
// too long.
type Approvals struct{ Store WaitStore }

// Look asks for mail to those who may decide, raises one alert for each wait that has come to last longer than the
// organisation's limit, and closes the alerts of waits that have ended. It may
// run at any time and any number of times.
func (s Approvals) Look(ctx context.Context) error {
	return s.Store.Wait(ctx, func(tx WaitTx) error {
		if err := tx.End(); err != nil {
			return err
		}
		limit, mails, err := tx.Settings()
		if err != nil {
			return err
		}
		if mails {
			if err := tx.Ask(); err != nil {
				return err
			}
		}
		if limit == 0 {
			return nil
		}
		waits, err := tx.Waits()
		if err != nil {
			return err
		}
		for _, w := range waits {
			if !w.tooLong(limit, tx.Now()) {
				continue
			}
			if err := tx.Raise(Alert{Kind: ApprovalWaits, Version: w.Version, Campaign: w.Campaign, Incident: w.Incident}); err != nil {
				return err
			}
		}
		return nil
	})
}

// tooLong tells whether people are to be told of a wait now.
func (w Wait) tooLong(limit time.Duration, now time.Time) bool {
	return !w.Told && !now.Before(w.Since.Add(limit))
}
