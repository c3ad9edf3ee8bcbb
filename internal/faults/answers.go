package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"forthwith/internal/smtpclient/relaytest"
)

// oneIn lets a rule take hold at one of so many, and no earlier than it is
// asked: neighbours would be the relay's fault.
func oneIn(n int64) func(relaytest.Transaction) bool {
	var seen atomic.Int64
	return func(relaytest.Transaction) bool { return seen.Add(1)%n == 0 }
}

// firstWait is the least that a delivery waits after its first temporary
// failure: five minutes less a fifth.
const firstWait = 4 * time.Minute

// runF6: temporary refusals at every phase. Each is tried again after its wait,
// and nobody else waits for it.
func runF6(ctx context.Context, o options, seed uint64) (string, error) {
	const each = 6
	refusals := []relaytest.Rule{
		{At: relaytest.Banner, Do: relaytest.Action{Code: 421, Enhanced: "4.3.2", End: relaytest.ThenClose}, Skip: 2, Times: 2},
		{At: relaytest.Mail, Do: relaytest.Action{Code: 421, Enhanced: "4.3.2", End: relaytest.ThenClose}, Match: oneIn(40), Times: each},
		{At: relaytest.Rcpt, Do: relaytest.Action{Code: 450, Enhanced: "4.2.1"}, Match: oneIn(41), Times: each},
		{At: relaytest.Rcpt, Do: relaytest.Action{Code: 452}, Match: oneIn(43), Times: each},
		{At: relaytest.Data, Do: relaytest.Action{Code: 421, End: relaytest.ThenClose}, Match: oneIn(44), Times: each},
		{At: relaytest.Dot, Do: relaytest.Action{Code: 451, Enhanced: "4.7.1"}, Match: oneIn(45), Times: each},
		{At: relaytest.Dot, Do: relaytest.Action{Code: 421, Enhanced: "4.3.0", End: relaytest.ThenClose}, Match: oneIn(47), Times: each},
	}
	var rest time.Duration
	return scene{workers: 2, before: func(_ context.Context, w *world) error {
		for _, r := range refusals {
			w.Relay.On(r)
		}
		return nil
	}, during: func(ctx context.Context, w *world) (string, error) {
		begun := time.Now()
		least := int(w.ToSend) - len(refusals)*each
		err := w.until(ctx, "everybody else", "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'accepted'", least)
		rest = time.Since(begun)
		return fmt.Sprintf("others_s=%.1f", rest.Seconds()), err
	}, after: func(ctx context.Context, w *world, v verdict) error {
		waited, err := w.tooSoon(ctx, o.Pace)
		if err != nil {
			return err
		}
		again, err := w.count(ctx, "SELECT count(*) FROM intent WHERE campaign_no = $1 AND attempt > 1", w.campaign())
		switch {
		case err != nil:
			return err
		case waited > 0:
			return fmt.Errorf("%d were tried again too soon", waited)
		case again < 4*each:
			return fmt.Errorf("only %d were tried again", again)
		case v.Accepted != int(w.ToSend):
			return fmt.Errorf("%d are accepted of %d", v.Accepted, w.ToSend)
		}
		return nil
	}}.play(ctx, o, seed)
}

// tooSoon counts attempts that were made before their wait was over.
func (w *world) tooSoon(ctx context.Context, pace float64) (int, error) {
	return w.count(ctx, `SELECT count(*) FROM intent i JOIN outcome o USING (campaign_no, seq) WHERE campaign_no = $1 AND i.attempt = o.attempt + 1
		AND i.at < o.at + make_interval(secs => $2)`, w.campaign(), firstWait.Seconds()/pace)
}

// runF11: answers that come a minute and five minutes after the final dot, and
// a banner that drips. Such a message is sent once, and holds nothing but its
// own connection.
func runF11(ctx context.Context, o options, seed uint64) (string, error) {
	const each, slowest = 4, 300 * time.Second
	return scene{workers: 1, before: func(_ context.Context, w *world) error {
		w.Relay.On(relaytest.Rule{At: relaytest.Banner, Times: 1, Do: relaytest.Action{PerByte: time.Second}})
		w.Relay.On(relaytest.Rule{At: relaytest.Dot, Match: oneIn(30), Times: each, Do: relaytest.Action{Delay: 60 * time.Second}})
		w.Relay.On(relaytest.Rule{At: relaytest.Dot, Match: oneIn(31), Times: each, Do: relaytest.Action{Delay: slowest}})
		return nil
	}, during: func(ctx context.Context, w *world) (string, error) {
		begun := time.Now()
		err := w.until(ctx, "everybody else", "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'accepted'", int(w.ToSend)-2*each)
		others := time.Since(begun)
		if limit := time.Duration(float64(slowest) / o.Pace); err == nil && others > limit {
			err = fmt.Errorf("everybody else took %s, longer than the slowest answer", others)
		}
		return fmt.Sprintf("others_s=%.1f", others.Seconds()), err
	}, after: func(_ context.Context, w *world, v verdict) error {
		if v.Accepted != int(w.ToSend) || v.Marked > 0 {
			return fmt.Errorf("%d are accepted of %d, %d twice", v.Accepted, w.ToSend, v.Marked)
		}
		return nil
	}}.play(ctx, o, seed)
}
