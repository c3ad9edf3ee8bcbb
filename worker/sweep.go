package worker

import (
	"context"
	"errors"

	"forthwith/internal/logkey"
	"forthwith/internal/queue"
)

// sweep does for PostgreSQL what nobody else reminds it of: dead workers,
// deliveries that fall due, campaigns whose time has come or whose last answer
// is in. Free work is sent by this process itself, so that sending goes on
// without Redis's bell.
func (p *process) sweep(ctx context.Context) error {
	lost, err := p.Office.Bury(ctx)
	if err != nil {
		return err
	}
	if lost > 0 {
		p.Log.Warn("attempts of dead workers are unclear", logkey.Count, lost)
	}
	free, err := p.Office.Gather(ctx)
	if err != nil {
		return err
	}
	for _, campaign := range free {
		p.launch(campaign)
	}
	if err := p.Ramps.Advance(ctx); err != nil {
		return err
	}
	if err := p.Office.Stranded(ctx); err != nil {
		return err
	}
	return p.Office.Conclude(ctx)
}

// expireUploads destroys the files of lists that nobody confirmed in time. One
// that fails does not keep the others.
func (p *process) expireUploads(ctx context.Context) error {
	old, err := p.Uploads.Unconfirmed(ctx)
	for _, no := range old {
		err = errors.Join(err, p.Uploads.Expire(ctx, no))
	}
	return err
}

// remind asks again for long work that is not finished.
func (p *process) remind(ctx context.Context, client *queue.Client) error {
	waiting, err := p.Record.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, t := range waiting {
		if err := client.Enqueue(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
