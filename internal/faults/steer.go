package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// Two ends of a worker, by how late the relay answers.
const (
	soonReply = 5 * time.Second
	lateReply = time.Minute
)

// runF19: SIGTERM while messages wait for their answers, which come after five
// seconds, and then to another worker while they come after a minute. Each
// begins nothing more and ends within half a minute; unclear is only what has no
// answer by then.
func runF19(ctx context.Context, o options, seed uint64) (string, error) {
	var soon, late int
	return scene{workers: 1, rate: float64(o.size) / 10, during: func(ctx context.Context, w *world) (figures string, err error) {
		if soon, figures, err = w.leave(ctx, o, soonReply, o.size/10); err != nil {
			return figures, err
		}
		more := ""
		late, more, err = w.leave(ctx, o, lateReply, o.size/5)
		return figures + more, err
	}, after: func(_ context.Context, _ *world, v verdict) error {
		if soon != 0 || late == 0 || late > connections || v.Indeterminate != late {
			return fmt.Errorf("%d are unclear though their answer came in time, %d without one, %d in the report", soon, late, v.Indeterminate)
		}
		return nil
	}}.play(ctx, o, seed)
}

// leave has the only worker end while messages wait for an answer, once so many
// were answered, and starts another. It gives how many became unclear.
func (w *world) leave(ctx context.Context, o options, reply time.Duration, answered int) (unclear int, figures string, err error) {
	if err := w.answered(ctx, answered); err != nil {
		return 0, "", err
	}
	const waits = "SELECT count(*) FROM intent i WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = i.campaign_no AND o.seq = i.seq AND o.attempt = i.attempt)"
	off := w.Relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{Delay: reply}})
	err = stage.Until(ctx, time.Minute, "ten messages that wait for an answer", func() (bool, error) {
		n, err := w.count(ctx, waits)
		return n >= 10, err
	})
	if err != nil {
		return 0, "", err
	}
	asked, begun := w.Relay.Clock(), time.Now()
	err = w.take(0).Stop()
	took := time.Since(begun)
	off()
	figures = fmt.Sprintf("ended_s=%.1f ", took.Seconds())
	if limit := time.Duration(float64(30*time.Second) / o.Pace); err == nil && took > limit+time.Second {
		err = fmt.Errorf("a worker took %v to end", took)
	}
	err = errors.Join(err, w.silentAfter(asked+time.Second))
	if err == nil {
		unclear, err = w.count(ctx, "SELECT count(*) FROM delivery WHERE status = 'indeterminate'")
	}
	return unclear, figures, errors.Join(err, w.StartWorker())
}

// silentAfter holds that no message was begun after a moment of the relay's
// clock.
func (w *world) silentAfter(at time.Duration) error {
	for _, e := range w.Relay.Events() {
		if e.Phase == relaytest.Mail && e.At > at {
			return fmt.Errorf("MAIL %v later than it may be", e.At-at)
		}
	}
	return nil
}

// runF20: a send through four workers is paused and resumed three times, and
// aborted in the end. No message is begun two seconds after the answer, a resume
// repeats nobody, and an abort is final.
func runF20(ctx context.Context, o options, seed uint64) (string, error) {
	return scene{workers: 4, rate: float64(o.size) / 10, during: func(ctx context.Context, w *world) (string, error) {
		for i := range 3 {
			if err := w.still(ctx, "pause", (i+1)*o.size/5); err != nil {
				return "", err
			}
			if err := w.Story.Steer(ctx, w.Made, "resume"); err != nil {
				return "", err
			}
		}
		if err := w.still(ctx, "abort", o.size*7/10); err != nil {
			return "", err
		}
		if err := w.Story.Steer(ctx, w.Made, "resume"); err == nil {
			return "", errors.New("a campaign that was aborted is resumed")
		}
		return "", nil
	}, after: func(ctx context.Context, w *world, v verdict) error {
		cancelled, err := w.count(ctx, "SELECT count(*) FROM delivery WHERE status = 'cancelled'")
		if err == nil && (cancelled == 0 || v.Accepted+v.Indeterminate+cancelled != int(w.ToSend)) {
			err = fmt.Errorf("%d accepted, %d unclear and %d cancelled are not %d", v.Accepted, v.Indeterminate, cancelled, w.ToSend)
		}
		return err
	}}.play(ctx, o, seed)
}

// still steers a campaign once so many were answered, and holds that it stands
// still two seconds after the answer, and for one more.
func (w *world) still(ctx context.Context, verb string, answered int) error {
	if err := w.answered(ctx, answered); err != nil {
		return err
	}
	if err := w.Story.Steer(ctx, w.Made, verb); err != nil {
		return err
	}
	at := w.Relay.Clock() + 2*time.Second
	if err := stage.Sleep(ctx, 3*time.Second); err != nil {
		return err
	}
	return w.silentAfter(at)
}
