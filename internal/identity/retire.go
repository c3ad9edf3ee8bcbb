package identity

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/ledger"
)

// Retirement is what the end of the sample touched.
type Retirement struct {
	People    int64 `json:"people"`
	Incidents int64 `json:"incidents"`
}

// Samples ends the sample of an installation.
type Samples interface {
	// Retire disables the sample people, closes their incidents and lets mail go
	// to other relays than the capture inbox, and writes the entry that record
	// gives for it. Their rows stay: evidence names them.
	Retire(ctx context.Context, record func(Retirement) ledger.Entry) (Retirement, error)
}

// installationRow names the installation in the ledger.
type installationRow struct{}

func (installationRow) String() string { return "installation" }

// RetireSample makes a stack with the sample one that is used in earnest. A
// second run finds nobody left and changes nothing.
func RetireSample(ctx context.Context, s Samples, by access.Actor) (Retirement, error) {
	if err := access.ManageUsers.Allow(by); err != nil {
		return Retirement{}, err
	}
	return s.Retire(ctx, func(r Retirement) ledger.Entry {
		return ledger.New(by, ledger.SampleRetired, installationRow{}).With(r)
	})
}
