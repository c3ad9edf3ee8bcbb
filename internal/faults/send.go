package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// world is a stage with the size of the run.
type world struct {
	*stage.World
	size int
}

func open(ctx context.Context, o options, cfg relaytest.Config) (*world, error) {
	w, err := stage.New(ctx, o.Options, cfg)
	return &world{w, o.size}, err
}

// scene is one send with a fault in it.
type scene struct {
	workers int
	pair    bool               // two relays
	rate    float64            // messages a second; 0: as fast as it goes
	domains map[string]float64 // messages a second to these domains
	resend  bool               // the policy for unclear deliveries; otherwise they are held
	keys    []string           // algorithms of the keys that sign; none: Ed25519
	relay   relaytest.Config
	trust   *relaytest.Authority // of the relay's certificate
	gated   bool                 // the cohort has a gate
	clocks  [][]string           // more environment of each worker, which says how many there are
	begins  time.Duration        // until the time that the send is scheduled for; 0: at once
	// before runs when the plan is approved and nothing was sent.
	before func(ctx context.Context, w *world) error
	// during runs while the campaign is sent.
	during func(ctx context.Context, w *world) (string, error)
	// after runs when nothing moves any more.
	after func(ctx context.Context, w *world, v verdict) error
}

// play prepares a campaign, launches it, runs the fault, waits until nothing
// moves, and judges.
func (s scene) play(ctx context.Context, o options, seed uint64) (string, error) {
	o.Pair = s.pair
	w, err := open(ctx, o, s.relay)
	if err != nil {
		return "", err
	}
	defer w.Close()
	if err := w.ready(ctx, s, seed); err != nil {
		return "", err
	}
	if err := w.Story.Launch(ctx, w.Made, w.ToSend); err != nil {
		return "", err
	}
	figures := ""
	if s.during != nil {
		if figures, err = s.during(ctx, w); err != nil {
			return figures, err
		}
	}
	if err := w.settled(ctx); err != nil {
		return figures, err
	}
	report, err := w.Story.Report(ctx, w.Made)
	if err != nil {
		return figures, err
	}
	v, err := w.judge(ctx, report)
	if err == nil {
		err = v.err()
	}
	if err == nil && s.after != nil {
		err = s.after(ctx, w, v)
	}
	return v.String() + " " + figures, err
}

// ready starts the workers and brings the sample's broad cohort to an approved
// plan.
func (w *world) ready(ctx context.Context, s scene, seed uint64) error {
	if err := w.meet(s); err != nil {
		return err
	}
	if s.clocks == nil {
		s.clocks = make([][]string, max(s.workers, 1))
	}
	for _, more := range s.clocks {
		if err := w.StartWorker(more...); err != nil {
			return err
		}
	}
	if w.Story.Keys = s.keys; s.keys == nil {
		w.Story.Keys = []string{"ed25519"}
	}
	if err := w.Story.Prepare(ctx, "Fault run", sample.Make(w.size, seed)); err != nil {
		return err
	}
	if s.gated {
		if err := w.gate(ctx); err != nil {
			return err
		}
	}
	rate := s.rate
	if rate == 0 {
		rate = 5000
	}
	var err error
	w.Story.Policy = "hold"
	if s.resend {
		w.Story.Policy = "resend_once"
	}
	w.Story.Domain = s.domains
	if s.begins > 0 {
		at := time.Now().Add(s.begins).UTC().Truncate(time.Second)
		w.Story.At = &at
	}
	if w.Made, w.ToSend, err = w.Story.Ready(ctx, sample.Exposed, rate); err != nil {
		return err
	}
	if s.before != nil {
		return s.before(ctx, w)
	}
	return nil
}

// meet tells the program how to log in to the relay, and whom to trust.
func (w *world) meet(s scene) error {
	w.Story.Login = sample.Login{Name: s.relay.Username, Password: s.relay.Password}
	if s.trust == nil {
		return nil
	}
	// The way of an operator with an authority of their own: Go reads it.
	file := filepath.Join(w.Folder, "authority.pem")
	w.Env = append(w.Env, "SSL_CERT_FILE="+file)
	return os.WriteFile(file, s.trust.PEM(), 0o600)
}

// settled waits until nobody waits any more: who is left is explained, or
// unclear and held.
func (w *world) settled(ctx context.Context) error {
	limit := 10*time.Minute + time.Duration(w.ToSend/50)*time.Second
	return stage.Until(ctx, limit, "the campaign to settle", func() (bool, error) {
		n, err := w.count(ctx, `SELECT (SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status IN ('pending', 'held', 'sending', 'deferred'))
			+ (SELECT count(*) FROM batch JOIN campaign USING (campaign_no) WHERE campaign_no = $1 AND NOT done AND state <> 'aborted')`, w.campaign())
		return n == 0, err
	})
}

func (w *world) campaign() int64 {
	var no int64
	_, _ = fmt.Sscanf(w.Made.ID, "cmp_%d", &no)
	return no
}

// answered waits until so many deliveries have an outcome.
func (w *world) answered(ctx context.Context, n int) error {
	return stage.Until(ctx, 5*time.Minute, fmt.Sprintf("%d answers", n), func() (bool, error) {
		have, err := w.count(ctx, "SELECT count(*) FROM outcome WHERE campaign_no = $1", w.campaign())
		return have >= n, err
	})
}
