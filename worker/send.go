package worker

import (
	"context"
	"errors"

	"forthwith/internal/delivery"
	"forthwith/internal/logkey"
)

// send handles a wake-up: claim what is free.
func (p *process) send(_ context.Context, campaign int64) error {
	p.launch(campaign)
	return nil
}

// launch starts a run of a campaign unless one is under way here that still
// claims: that one claims whatever is free anyway. One that only waits for
// answers, for up to ten minutes, keeps nobody waiting.
func (p *process) launch(campaign int64) {
	p.closing.RLock()
	defer p.closing.RUnlock()
	if p.soft.Err() != nil {
		return
	}
	mine := new(int)
	if _, busy := p.sending.LoadOrStore(campaign, mine); busy {
		return
	}
	free := func() { p.sending.CompareAndDelete(campaign, mine) }
	drained := func(moved bool) {
		free()
		if moved {
			p.wake(campaign)
		}
	}
	p.runs.Go(func() {
		defer free()
		if err := p.runOnce(campaign, drained); err != nil && p.soft.Err() == nil {
			p.Log.Error("run of a campaign ended early", logkey.Campaign, campaign, logkey.Error, err)
		}
	})
}

// wake starts the run that goes on through another relay. The one that moved
// still waits for answers, so this does not wait for it.
func (p *process) wake(campaign int64) { go p.launch(campaign) }

func (p *process) runOnce(campaign int64, drained func(moved bool)) error {
	job, err := p.Jobs.Open(p.soft, campaign)
	if errors.Is(err, delivery.ErrNotSending) {
		return nil
	}
	if err != nil {
		return err
	}
	job.Drained = drained
	if err := p.engine.Run(p.soft, p.hard, job); err != nil {
		return err
	}
	return p.Office.Conclude(p.hard)
}
