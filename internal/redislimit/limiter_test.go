package redislimit

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"forthwith/internal/fault"
)

const (
	childKey = "REDISLIMIT_TEST_CHILD"
	server   = "FORTHWITH_TEST_REDIS"
)

// TestMain lets the test binary be one of several processes under one limit: it
// writes the instant of each token it may use.
func TestMain(m *testing.M) {
	spec := os.Getenv(childKey)
	if spec == "" {
		os.Exit(m.Run())
	}
	var key string
	var rate, seconds float64
	if _, err := fmt.Sscan(spec, &key, &rate, &seconds); err != nil {
		panic(err)
	}
	opt, err := redis.ParseURL(os.Getenv(server))
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds*float64(time.Second)))
	defer cancel()
	for _, at := range spendAll(ctx, New(redis.NewClient(opt)), 8, Limit{key, rate}) {
		fmt.Println(at)
	}
}

// spendAll has several connections send as fast as they may, and gives the
// instants.
func spendAll(ctx context.Context, l *Limiter, connections int, limits ...Limit) []int64 {
	var mu sync.Mutex
	var at []int64
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for ctx.Err() == nil && l.Try(limits...) || l.Wait(ctx, limits...) == nil {
				now := time.Now().UnixNano()
				mu.Lock()
				at = append(at, now)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return at
}

func TestProcessesTogetherStayWithinTheRate(t *testing.T) {
	for _, rate := range []float64{20, 300, 3000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			client := connect(t)
			const seconds = 3
			var all []int64
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 2 {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %g %d", childKey, t.Name(), rate, seconds))
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				wg.Go(func() {
					lines := bufio.NewScanner(out)
					for lines.Scan() {
						n, err := strconv.ParseInt(lines.Text(), 10, 64)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						all = append(all, n)
						mu.Unlock()
					}
					if err := cmd.Wait(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() { // Redis forgets everything in the middle
				if pause(t.Context(), seconds*time.Second/2) == nil {
					client.Del(t.Context(), prefix+t.Name())
				}
			})
			wg.Wait()
			most := busiest(all, time.Second)
			t.Logf("rate %g: %d tokens in %d s, at most %d in a second", rate, len(all), seconds, most)
			if float64(most) > 1.05*rate+1 {
				t.Errorf("%d in a second at %g a second", most, rate)
			}
			if float64(len(all)) < 0.75*rate*seconds {
				t.Errorf("only %d in %d s at %g a second", len(all), seconds, rate)
			}
		})
	}
}

// busiest is the largest number of instants within any window.
func busiest(at []int64, window time.Duration) int {
	slices.Sort(at)
	most, from := 0, 0
	for i := range at {
		for at[i]-at[from] >= int64(window) {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestANewBucketStartsEmpty(t *testing.T) {
	l := New(connect(t))
	if n, again, err := l.Take(t.Context(), 5, Limit{t.Name(), 10}); n != 0 || err != nil || again <= 0 || again > 100*time.Millisecond {
		t.Errorf("got %d, again after %v, %v", n, again, err)
	}
}

func TestABucketThatGivesNothingCostsTheOthersNothing(t *testing.T) {
	client := connect(t)
	l := New(client)
	relay, domain := Limit{t.Name() + "relay", 1000}, Limit{t.Name() + "domain", 0.001}
	fill(t, l, relay)
	before := tokens(t, client, relay)
	for range 20 {
		if n, _, err := l.Take(t.Context(), 1, relay, domain); n != 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	if after := tokens(t, client, relay); after < before {
		t.Errorf("the relay's bucket went from %g to %g", before, after)
	}
}

func TestSavesUpAHundredthOfASecondAtMost(t *testing.T) {
	client := connect(t)
	l := New(client)
	lim := Limit{t.Name(), 1000}
	fill(t, l, lim)
	if got := tokens(t, client, lim); got > 11 {
		t.Errorf("%g tokens were saved up", got)
	}
	if n, _, err := l.Take(t.Context(), 500, lim); err != nil || n > 10 {
		t.Errorf("took %d at once, %v", n, err)
	}
}

func TestALowerRateHoldsFromTheNextCall(t *testing.T) {
	l := New(connect(t))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	spendAll(ctx, l, 4, Limit{t.Name(), 2000})
	began := time.Now().UnixNano()
	ctx, cancel = context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	at := spendAll(ctx, l, 4, Limit{t.Name(), 20})
	if most := busiest(at, time.Second); most > 22 {
		t.Errorf("%d in a second after the rate was lowered to 20 (began %d)", most, began)
	}
}

func TestFailsClosed(t *testing.T) {
	opt, err := redis.ParseURL(os.Getenv(server))
	if err != nil {
		t.Fatal(err)
	}
	gone := redis.NewClient(opt)
	_ = gone.Close()
	if err := New(gone).Wait(t.Context(), Limit{t.Name(), 1000}); !fault.Is(err, "limiter_down") {
		t.Errorf("without Redis: %v", err)
	}
	l := New(connect(t))
	for _, rate := range []float64{0, -1} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := l.Wait(ctx, Limit{t.Name(), rate}); err == nil {
			t.Errorf("a rate of %g let something through", rate)
		}
		cancel()
	}
}

func TestAClockSetBackGivesNothingAndGoesOn(t *testing.T) {
	client := connect(t)
	l := New(client)
	lim := Limit{t.Name(), 1000}
	future := time.Now().Add(time.Hour).UnixMicro()
	if err := client.HSet(t.Context(), prefix+lim.Key, "n", "0", "t", strconv.FormatInt(future, 10)).Err(); err != nil {
		t.Fatal(err)
	}
	if n, _, err := l.Take(t.Context(), 1, lim); n != 0 || err != nil {
		t.Errorf("took %d %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := l.Wait(ctx, lim); err != nil {
		t.Errorf("the bucket stays shut: %v", err)
	}
}

// Two processes share the places; one that ends without a word loses its own
// after a while, and one that left before it was renewed is not counted again.
func TestPlacesAreSharedAndGivenBack(t *testing.T) {
	client := connect(t)
	a, b := New(client), New(client)
	enter := func(l *Limiter) (string, bool) {
		t.Helper()
		name, ok, err := l.Enter(t.Context(), t.Name(), 2)
		if err != nil {
			t.Fatal(err)
		}
		return name, ok
	}
	first, ok := enter(a)
	_, ok2 := enter(b)
	if _, third := enter(a); !ok || !ok2 || third {
		t.Fatalf("%v, %v, then a third %v", ok, ok2, third)
	}
	a.Leave(t.Context(), first)
	last, ok := enter(b)
	if !ok {
		t.Fatal("a place that was given back is not free")
	}
	a.renewPlaces()
	b.renewPlaces()
	if n := client.ZCard(t.Context(), prefix+t.Name()).Val(); n != 2 {
		t.Errorf("%d places after a renewal", n)
	}
	client.Del(t.Context(), prefix+t.Name()) // Redis forgets everything
	b.renewPlaces()
	if _, ok := enter(a); ok {
		t.Error("places were not taken again")
	}
	past := float64(time.Now().Add(-time.Second).UnixMicro())
	client.ZAdd(t.Context(), prefix+t.Name(), redis.Z{Score: past, Member: last})
	if _, ok := enter(a); !ok {
		t.Error("the place of a process that says nothing is never free")
	}
}

// leaving gives a place back at the moment at which it is renewed.
type leaving func()

func (f leaving) DialHook(next redis.DialHook) redis.DialHook { return next }
func (f leaving) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
func (f leaving) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "evalsha" {
			f()
		}
		return next(ctx, cmd)
	}
}

// A place that is given back while it is renewed is free.
func TestARenewalTakesNothingBack(t *testing.T) {
	client := connect(t)
	l := New(client)
	name, ok, err := l.Enter(t.Context(), t.Name(), 1)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	client.AddHook(leaving(func() { l.Leave(t.Context(), name) }))
	l.renewPlaces()
	if n := client.ZCard(t.Context(), prefix+t.Name()).Val(); n != 0 {
		t.Errorf("%d places are taken by nobody", n)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	l := New(connect(t))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := l.Wait(ctx, Limit{t.Name(), 0.0001}); err == nil {
				t.Error("a token came out of nothing")
			}
		})
	}
	cancel()
	wg.Wait()
}

func connect(t *testing.T) redis.UniversalClient {
	t.Helper()
	url := os.Getenv(server)
	if url == "" {
		t.Fatalf("%s is not set: run the tests with make test", server)
	}
	opt, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opt.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(opt)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// fill waits until the bucket saves up no more.
func fill(t *testing.T, l *Limiter, lim Limit) {
	t.Helper()
	if _, _, err := l.Take(t.Context(), 0, lim); err != nil {
		t.Fatal(err)
	}
	if err := pause(t.Context(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Take(t.Context(), 0, lim); err != nil {
		t.Fatal(err)
	}
}

func tokens(t *testing.T, client redis.UniversalClient, lim Limit) float64 {
	t.Helper()
	raw, err := client.HGet(t.Context(), prefix+lim.Key, "n").Result()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
