package worker

import (
	"context"
	"crypto/sha256"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
)

// desk is a record, a relay and an office in memory: batches of one person,
// whose message the relay answers when it is told to.
type desk struct {
	delivery.Office
	delivery.Store
	mu      sync.Mutex
	free    []int64
	answers map[int64]chan struct{}
	told    map[int64]bool
}

func newDesk() *desk { return &desk{answers: map[int64]chan struct{}{}, told: map[int64]bool{}} }

// wait makes a batch free, and gives the channel that lets it be answered.
func (d *desk) wait(seq int64) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free, d.answers[seq] = append(d.free, seq), make(chan struct{})
	return d.answers[seq]
}

func (d *desk) has(seq int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.told[seq]
}

func (d *desk) taken() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.free) == 0
}

func (d *desk) Open(context.Context, int64) (delivery.Job, error) {
	return delivery.Job{Campaign: 1, Rate: 100, Relays: []delivery.Relay{{No: 1, MaxRate: 100, MaxConnections: 2}}, Composer: d, Guard: d}, nil
}

func (d *desk) Claim(context.Context, delivery.Job, delivery.Worker, delivery.Want) (delivery.Batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.free) == 0 {
		return delivery.Batch{}, delivery.ErrNothingFree
	}
	seq := d.free[0]
	d.free = d.free[1:]
	return delivery.Batch{No: seq, Now: time.Now(), People: []delivery.Claimed{{Seq: seq, Attempt: 1}}}, nil
}

func (d *desk) Compose(_ context.Context, claimed []delivery.Claimed, _ time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	raw := []byte{byte(claimed[0].Seq)}
	return func(yield func(delivery.Letter, *delivery.Unmade) bool) {
		yield(delivery.Letter{Claimed: claimed[0], Raw: raw, Hash: sha256.Sum256(raw)}, nil)
	}, nil
}

func (d *desk) Check(delivery.Letter) error { return nil }
func (d *desk) Alarm(context.Context) error { return nil }

func (d *desk) Commit(_ context.Context, g delivery.Group) ([]bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range g.Outcomes {
		d.told[o.Seq] = true
	}
	granted := make([]bool, len(g.Intents))
	for i := range granted {
		granted[i] = true
	}
	return granted, nil
}

func (d *desk) Release(context.Context, int64, delivery.Worker, []delivery.Claim) error { return nil }
func (d *desk) Stand(_ context.Context, _ int64, relays []delivery.Relay) (delivery.Standing, error) {
	return delivery.Standing{Sending: true, PerSecond: 100, Relays: map[int64]delivery.Way{relays[0].No: delivery.WayFree}}, nil
}
func (d *desk) Conclude(context.Context) error { return nil }
func (d *desk) Try(delivery.Allowance) bool    { return true }
func (d *desk) Ask(context.Context, delivery.Allowance) (delivery.Answer, error) {
	return delivery.Answer{Granted: true}, nil
}
func (d *desk) Enter(context.Context, delivery.Domain, int) (string, bool, error) {
	return "a place", true, nil
}
func (d *desk) Leave(context.Context, string)                                  {}
func (d *desk) Wait(context.Context, delivery.Allowance) error                 { return nil }
func (d *desk) Dial(context.Context, delivery.Relay) (delivery.Session, error) { return line{d}, nil }

// line is a connection to the desk's relay.
type line struct{ *desk }

func (l line) Envelope(context.Context, string, string) outcome.Reply {
	return outcome.Reply{Phase: outcome.PhaseRcpt, Code: 250}
}

func (l line) Deliver(_ context.Context, raw []byte) outcome.Reply {
	l.mu.Lock()
	answer := l.answers[int64(raw[0])]
	l.mu.Unlock()
	<-answer
	return outcome.Reply{Phase: outcome.PhaseDot, Code: 250}
}

func (l line) Cut() {}

func (l line) Reset(context.Context) error { return nil }
func (l line) Usable() bool                { return true }
func (l line) Evidence() delivery.Evidence { return delivery.Evidence{} }
func (l line) Close()                      {}

func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// One slow answer does not keep a campaign from being sent by the same worker,
// and an end in order still waits for it.
func TestASlowAnswerHoldsNobodyElseBack(t *testing.T) {
	d := newDesk()
	soft, stop := context.WithCancelCause(t.Context())
	p := &process{Config: Config{Jobs: d, Office: d, Log: slog.New(slog.DiscardHandler)}, soft: soft, hard: t.Context(), stop: stop}
	p.engine = &delivery.Engine{Store: d, Wire: d, Limiter: d, Pace: 1, Log: p.Log, GiveUp: func() { t.Error("gave up") }}
	slow := d.wait(1)
	p.launch(1)
	until(t, "the first is claimed", d.taken)
	close(d.wait(2))
	until(t, "the second is told", func() bool { p.launch(1); return d.has(2) })
	if d.has(1) {
		t.Fatal("the first was answered")
	}
	stop(nil)
	ended := make(chan struct{})
	go func() { p.lastRuns(); close(ended) }()
	close(slow)
	<-ended
	if !d.has(1) {
		t.Error("the late answer is not on record")
	}
}
