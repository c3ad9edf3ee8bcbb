package main

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/inbox"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient"
	"forthwith/internal/smtpclient/relaytest"
)

// simulated are letters to people of the simulator.
type simulated struct{ local []string }

func (s simulated) Compose(_ context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	letters := plainLetters(claimed, now)
	for i := range letters {
		letters[i].To = s.local[letters[i].Seq-1] + "@" + inbox.SimulatorDomain
	}
	return handed(letters, nil), nil
}

// inboxWire leads to a capture inbox of the test.
func (r *rig) inboxWire() (smtpclient.Wire, *inbox.Box) {
	r.t.Helper()
	box, err := inbox.Open(r.t.TempDir())
	if err != nil {
		r.t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- box.Serve(ctx, ln) }()
	r.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		_ = box.Close()
	})
	port := ln.Addr().(*net.TCPAddr).Port
	return smtpclient.Wire{Settings: func(context.Context, delivery.Relay) (smtpclient.Relay, error) {
		return smtpclient.Relay{Host: "127.0.0.1", Port: port, TLS: smtpclient.Plain, Hello: "forthwith.test", Pace: pace,
			Guard: smtpclient.Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []int{port}}}, nil
	}}, box
}

// A send to the simulator ends for each person as their address says.
func TestASendToTheSimulatorEndsAsTheAddressesSay(t *testing.T) {
	local := []string{"accept", "accept+2", "complain", "silent", "bounce", "full", "drop", "defer", "policy"}
	r := newRig(t, len(local), "hold", relaytest.Config{})
	wire, box := r.inboxWire()
	ctx, job := context.Background(), r.job(1)
	job.Composer = simulated{local: local}
	run := func() {
		t.Helper()
		e := r.engine("sender")
		e.Wire = wire
		r.exec("UPDATE delivery_open SET next_at = now() WHERE campaign_no = $1 AND next_at IS NOT NULL AND seq = 8", r.campaign)
		if _, err := r.store.Gather(ctx); err != nil {
			t.Fatal(err)
		}
		if err := e.Run(ctx, ctx, job); err != nil {
			t.Fatal(err)
		}
	}
	run()
	r.exec("UPDATE delivery_open SET next_at = now() + interval '1 day' WHERE campaign_no = $1 AND next_at IS NOT NULL AND seq <> 8", r.campaign)
	want := map[outcome.Status]int{outcome.Accepted: 4, outcome.Rejected: 2, outcome.Indeterminate: 1, outcome.Deferred: 2}
	if got := r.statuses(); fmt.Sprint(got) != fmt.Sprint(want) || box.Count() != 3 {
		t.Errorf("%v, %d kept", got, box.Count())
	}
	run()
	run()
	want[outcome.Accepted]++
	want[outcome.Deferred]--
	if got := r.statuses(); fmt.Sprint(got) != fmt.Sprint(want) || box.Count() != 4 {
		t.Errorf("in the end %v, %d kept", got, box.Count())
	}
}
