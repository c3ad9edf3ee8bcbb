package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
)

func (r *rig) jobOver(connections int) delivery.Job {
	j := r.job(connections)
	if r.second != nil {
		j.Relays = append(j.Relays, delivery.Relay{No: r.secondNo, Revision: 1, MaxRate: 1e6, MaxConnections: connections})
	}
	return j
}

// driveAll sends as so many workers do, with their sweeps, until nothing is
// left.
func (r *rig) driveAll(workers, connections int, meanwhile func()) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), time.Minute)
	defer stop()
	var all sync.WaitGroup
	for range workers {
		e, job := r.engine("worker"), r.jobOver(connections)
		all.Go(func() {
			for ctx.Err() == nil {
				r.turn(ctx, e, job)
			}
		})
	}
	meanwhile()
	r.until(r.idle)
	stop()
	all.Wait()
}

func (r *rig) turn(ctx context.Context, e *delivery.Engine, job delivery.Job) {
	err := e.Run(ctx, ctx, job)
	if err == nil {
		_, err = r.store.Gather(ctx)
	}
	if err != nil && ctx.Err() == nil {
		r.t.Error(err)
	}
}

func (r *rig) state(relay int64) (state string) {
	r.t.Helper()
	if err := r.app.QueryRow(context.Background(), "SELECT state FROM relay WHERE relay_no = $1", relay).Scan(&state); err != nil {
		r.t.Fatal(err)
	}
	return state
}

// A relay that is suspended in the middle of a send opens its circuit; the
// next one carries the rest, and those that the first refused. Nobody counts as
// refused, whatever the relay said of them, and nobody is mailed twice.
func TestASuspendedRelayLosesNobody(t *testing.T) {
	for name, says := range map[string]relaytest.Action{
		"by policy":             {Code: 550, Enhanced: "5.7.1"},
		"as if nobody were":     {Code: 550, Enhanced: "5.1.1"},
		"without a word":        {Code: 550},
		"for now, and hangs up": {Code: 421},
	} {
		t.Run(name, func(t *testing.T) {
			const people = 1500
			r := newPair(t, people)
			r.driveAll(2, 4, func() {
				r.until(func() bool { return len(r.relay.Messages()) >= people*2/5 })
				r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Do: says})
			})
			r.invariants()
			if got := r.statuses(); got[outcome.Accepted] != people {
				t.Errorf("%v", got)
			}
			if r.state(1) != "open" || len(r.second.Messages()) == 0 {
				t.Errorf("the first is %s, the second took %d", r.state(1), len(r.second.Messages()))
			}
		})
	}
}

// What the last messages of a run say of its relay counts as much as what the
// first do: nothing more comes then that could say it again.
func TestTheLastMessagesOfARunMayOpenTheCircuit(t *testing.T) {
	const people = mostDials
	r := newRig(t, people, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Banner, Do: relaytest.Action{Delay: 50 * time.Millisecond, Code: 421}})
	if err := r.engine("worker").Run(t.Context(), t.Context(), r.job(people)); err != nil {
		t.Fatal(err)
	}
	if got := r.state(1); got != "open" {
		t.Errorf("after %d dials that failed the relay is %s", people, got)
	}
	if got := r.statuses(); got[outcome.Deferred] != people {
		t.Errorf("%v", got)
	}
}

// The failures in a row that open a circuit may be of several campaigns. Who was
// refused among them waits, also where no run of their campaign is under way.
func TestACircuitForgivesInEveryCampaign(t *testing.T) {
	const people = 12 // two campaigns make the twenty that it takes
	r := newRig(t, people, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Do: relaytest.Action{Code: 550, Enhanced: "5.1.1"}})
	e, first := r.engine("worker"), r.job(1)
	if err := e.Run(t.Context(), t.Context(), first); err != nil {
		t.Fatal(err)
	}
	r.seed("hold")
	if err := e.Run(t.Context(), t.Context(), r.job(1)); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); r.state(1) != "open" || got[outcome.Rejected] != 0 {
		t.Errorf("the relay is %s, of the second campaign %v", r.state(1), got)
	}
	r.campaign = first.Campaign
	if got := r.statuses(); got[outcome.Deferred] != people {
		t.Errorf("of the first %v", got)
	}
}

// A circuit closes by itself once the relay takes a message again.
func TestARelayThatWorksAgainIsUsedAgain(t *testing.T) {
	const people = 300
	r := newRig(t, people, "hold", relaytest.Config{})
	r.driveAll(2, 4, func() {
		off := r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Skip: 100, Do: relaytest.Action{Code: 550, Enhanced: "5.7.1"}})
		r.until(func() bool { return r.state(1) == "open" })
		off()
	})
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != people || r.state(1) != "healthy" {
		t.Errorf("%v, the relay is %s", got, r.state(1))
	}
}

// A relay that is shut gets not a byte more: what was under way is unclear, the
// rest goes through the next.
func TestAShutRelayGetsNotAByteMore(t *testing.T) {
	const people, connections = 600, 4
	r := newPair(t, people)
	r.pace = 1
	var shut time.Duration
	r.driveAll(1, connections, func() {
		r.until(func() bool { return len(r.relay.Messages()) >= 100 })
		r.relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{Delay: 3 * time.Second}})
		r.until(func() bool { return r.waiting() == connections })
		r.exec("UPDATE relay SET state = 'quarantined' WHERE relay_no = 1")
		events := r.relay.Events()
		shut = events[len(events)-1].At // nothing moves there any more
		r.until(func() bool { return len(r.second.Messages()) > 0 })
	})
	for _, e := range r.relay.Events() {
		if e.At > shut+2*time.Second && e.Phase != relaytest.Closed && e.Phase != relaytest.Dot {
			t.Errorf("%s %v after it was shut", e.Phase, e.At-shut)
		}
	}
	r.invariants()
	got := r.statuses()
	if n := got[outcome.Indeterminate]; n == 0 || n > connections || got[outcome.Accepted] != people-n {
		t.Errorf("%v", got)
	}
}

// A relay that is shut while it is tried gets not a byte more either.
func TestARelayThatIsShutWhileItIsTriedGetsNotAByteMore(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	r.pace = 1
	r.exec("UPDATE relay SET state = 'open', probe_at = now() WHERE relay_no = 1")
	r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Do: relaytest.Action{Delay: 3 * time.Second}})
	ctx, stop := context.WithCancel(t.Context())
	e, job := r.engine("worker"), r.job(1)
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx, ctx, job) }()
	r.until(func() bool { return r.relay.Count(relaytest.Rcpt) == 1 })
	r.exec("UPDATE relay SET state = 'quarantined' WHERE relay_no = 1")
	r.until(func() bool { return r.relay.Count(relaytest.Closed) == 1 })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := r.statuses(); r.relay.Count(relaytest.Data) != 0 || got[outcome.Accepted] != 0 {
		t.Errorf("after it was shut it got a message: %v", got)
	}
}

// unread is a wire that cannot read the settings of its relay for a while.
type unread struct {
	delivery.Wire
	left atomic.Int64
}

func (u *unread) Dial(ctx context.Context, relay delivery.Relay) (delivery.Session, error) {
	if u.left.Add(-1) >= 0 {
		return nil, fault.New(fault.Unavailable, "database_down", nil)
	}
	return u.Wire.Dial(ctx, relay)
}

// A record that is away while a connection is dialled is no failure of the relay.
func TestARecordThatIsAwayIsNoFailureOfTheRelay(t *testing.T) {
	const people = 30
	r := newRig(t, people, "hold", relaytest.Config{})
	e := r.engine("worker")
	wire := &unread{Wire: e.Wire}
	wire.left.Store(2 * mostDials)
	e.Wire = wire
	if err := e.Run(t.Context(), t.Context(), r.job(mostDials)); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != people || r.state(1) != "healthy" {
		t.Errorf("%v, the relay is %s", got, r.state(1))
	}
}

// mostDials is how many dials in a row open a circuit.
const mostDials = 3

// waiting is how many connections have sent a message and nothing after it.
func (r *rig) waiting() (n int) {
	last := map[int]relaytest.Phase{}
	for _, e := range r.relay.Events() {
		last[e.Conn] = e.Phase
	}
	for _, phase := range last {
		if phase == relaytest.Dot {
			n++
		}
	}
	return n
}

// A relay that offers pipelining has the address with MAIL, whatever it says to
// that: those people are among whom it has seen.
func TestWhoWasRefusedAtMailIsAmongThoseThatARelayHasSeen(t *testing.T) {
	const people = 2
	r := newRig(t, people, "hold", relaytest.Config{Pipelining: true})
	r.relay.On(relaytest.Rule{At: relaytest.Mail, Do: relaytest.Action{Code: 451}})
	if err := r.engine("worker").Run(t.Context(), t.Context(), r.job(1)); err != nil {
		t.Fatal(err)
	}
	met, err := postgres.RelayStore{DB: r.db.DB}.Contacted(context.Background(), 1, id.Delivery{}, people)
	if seen := r.relay.Count(relaytest.Rcpt); err != nil || seen != people || len(met) != seen {
		t.Errorf("%d people are told to have met a relay that has seen %d addresses, %v", len(met), seen, err)
	}
}

// A person moves a campaign to its other relay, and back.
func TestAPersonMovesACampaign(t *testing.T) {
	const people = 1200
	r := newPair(t, people)
	move := func(from, to int64) {
		if _, err := r.campaigns().Failover(context.Background(), operator, id.Campaign(r.campaign), campaign.Move{From: id.Relay(from), To: id.Relay(to), Reason: "it is slow"}); err != nil {
			t.Fatal(err)
		}
	}
	r.driveAll(2, 4, func() {
		r.relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{Delay: 2 * time.Millisecond}})
		r.until(func() bool { return len(r.relay.Messages()) >= 100 })
		move(1, r.secondNo)
		r.until(func() bool { return len(r.second.Messages()) >= 100 })
		move(r.secondNo, 1)
	})
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	met, err := postgres.RelayStore{DB: r.db.DB}.Contacted(context.Background(), id.Relay(r.secondNo), id.Delivery{}, people)
	if err != nil || len(met) != len(r.second.Messages()) {
		t.Errorf("%d people are told to have met the second relay, which took %d, %v", len(met), len(r.second.Messages()), err)
	}
	if n := r.count("true", "failover"); n != 2 {
		t.Errorf("%d moves are on record", n)
	}
}
