package campaign

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// change locks a campaign in a transaction and gives what f made of it. f may
// run again when the transaction has to.
func change[T Tx](ctx context.Context, do func(context.Context, func(T) error) error, no id.Campaign, f func(T, Campaign) (Campaign, error)) (Campaign, error) {
	var out Campaign
	err := do(ctx, func(tx T) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		out, err = f(tx, c)
		return err
	})
	return out, err
}

// save writes a campaign and the entry that tells of its change.
func save(tx Tx, c Campaign, e ledger.Entry) error {
	if err := tx.Save(c); err != nil {
		return err
	}
	return tx.Record(e)
}

// entry begins the entry of a change of a campaign.
func entry(by access.Actor, verb ledger.Verb, c Campaign) ledger.Entry {
	return ledger.New(by, verb, c.ID).In(int64(c.Incident))
}
