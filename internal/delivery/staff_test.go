package delivery

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
)

// bench is record, limiter and relay of a test send in memory; log keeps the
// order in which they are used.
type bench struct {
	Store
	mu        sync.Mutex
	log       []string
	ways      map[int64]Way
	announced map[int64]bool
	noRights  error
	silent    bool   // no answer after the final dot until the connection is cut
	onRight   func() // while the right is waited for
	check     error
	unread    int // dials that cannot read what they need
}

func (b *bench) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, fmt.Sprintf(format, args...))
}

func (b *bench) shut(relay int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ways[relay] = WayShut
}

func (b *bench) Stand(context.Context, int64, []Relay) (Standing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Standing{Relays: map[int64]Way{}}
	for no, way := range b.ways {
		s.Relays[no] = way
	}
	return s, nil
}

func (b *bench) AnnounceStaff(_ context.Context, in StaffIntent) (bool, error) {
	if b.announced[in.User] {
		return false, nil
	}
	b.announced[in.User] = true
	b.note("announce %d", in.User)
	return true, nil
}

func (b *bench) TellStaff(_ context.Context, in StaffIntent, r outcome.Reply) error {
	b.note("tell %d %s", in.User, r.Error())
	return nil
}

func (b *bench) DropStaff(_ context.Context, in StaffIntent, why string) error {
	b.note("drop %d %s", in.User, why)
	return nil
}

func (b *bench) Try(Allowance) bool { return false }
func (b *bench) Ask(context.Context, Allowance) (Answer, error) {
	return Answer{}, errors.New("a test asks for no domain")
}
func (b *bench) Enter(context.Context, Domain, int) (string, bool, error) { return "", false, nil }
func (b *bench) Leave(context.Context, string)                            {}

func (b *bench) Wait(_ context.Context, a Allowance) error {
	if b.noRights == nil {
		b.note("right %v %v", a.Relay, a.Rate())
	}
	if b.onRight != nil {
		b.onRight()
	}
	return b.noRights
}

func (b *bench) Dial(_ context.Context, r Relay) (Session, error) {
	b.note("dial %d", r.No)
	if b.unread--; b.unread >= 0 {
		return nil, fault.New(fault.Unavailable, "database_down", nil)
	}
	return benchLine{b}, nil
}

func (b *bench) Check(Letter) error { return b.check }

type benchLine struct{ *bench }

func (l benchLine) Envelope(context.Context, string, string) outcome.Reply {
	l.note("envelope")
	return outcome.Reply{Phase: outcome.PhaseRcpt, Code: 250}
}

func (l benchLine) Deliver(ctx context.Context, _ []byte) outcome.Reply {
	l.note("deliver")
	if l.silent {
		l.shut(1)
		<-ctx.Done()
		return outcome.Reply{Phase: outcome.PhaseDot, Lost: true}
	}
	return outcome.Reply{Phase: outcome.PhaseDot, Code: 250}
}

func (l benchLine) Reset(context.Context) error { return nil }
func (l benchLine) Usable() bool                { return true }
func (l benchLine) Evidence() Evidence          { return Evidence{} }
func (l benchLine) Close()                      { l.note("close") }
func (l benchLine) Cut()                        { l.note("cut") }

func newBench() *bench {
	return &bench{ways: map[int64]Way{1: WayFree, 2: WayFree}, announced: map[int64]bool{}}
}

// sends runs a test send to some users, and gives what was done.
func (b *bench) sends(t *testing.T, letters ...StaffLetter) ([]string, error) {
	t.Helper()
	e := &Engine{Store: b, Wire: b, Limiter: b, Pace: 600, Log: slog.New(slog.DiscardHandler)}
	job := StaffJob{No: 5, Campaign: 3, Rate: 2, Guard: b, Letters: letters,
		Relays: []Relay{{No: 1, MaxRate: 10, MaxConnections: 1}, {No: 2, MaxRate: 10, MaxConnections: 1}}}
	err := e.Staff(t.Context(), t.Context(), job, b)
	return b.log, err
}

func testTo(user int64) StaffLetter {
	raw := []byte{byte(user)}
	return StaffLetter{User: user, Letter: Letter{Raw: raw, Hash: sha256.Sum256(raw)}}
}

func does(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: did\n%q, want\n%q", what, got, want)
	}
}

func TestALetterOfATestIsAnnouncedBeforeTheWire(t *testing.T) {
	got, err := newBench().sends(t, testTo(7), testTo(8))
	if err != nil {
		t.Fatal(err)
	}
	does(t, "a test", got, []string{"right 1 2", "announce 7", "dial 1", "envelope", "deliver", "close", "tell 7 relay answered 250  at dot",
		"right 1 2", "announce 8", "dial 1", "envelope", "deliver", "close", "tell 8 relay answered 250  at dot"})
}

func TestALetterOfATestGoesOutOnce(t *testing.T) {
	b := newBench()
	b.announced[7] = true
	got, err := b.sends(t, testTo(7))
	if err != nil {
		t.Fatal(err)
	}
	does(t, "one that was announced", got, []string{"right 1 2"})
}

// A letter that was announced is not lost to a record that is away for a moment.
func TestALetterOfATestWaitsForARecordThatIsAway(t *testing.T) {
	b := newBench()
	b.unread = 1
	got, err := b.sends(t, testTo(7))
	if err != nil {
		t.Fatal(err)
	}
	does(t, "a test", got, []string{"right 1 2", "announce 7", "dial 1", "dial 1", "envelope", "deliver", "close", "tell 7 relay answered 250  at dot"})
}

func TestATestTakesTheFirstRelayThatMayBeUsed(t *testing.T) {
	for _, first := range []Way{WayShut, WayAside, WayOpen, WayDue, ""} {
		b := newBench()
		b.ways[1] = first
		if got, err := b.sends(t, testTo(7)); err != nil || !slices.Contains(got, "dial 2") || slices.Contains(got, "dial 1") {
			t.Errorf("the first is %q: %q, %v", first, got, err)
		}
		b = newBench()
		b.ways = map[int64]Way{1: first}
		got, err := b.sends(t, testTo(7))
		if err != nil {
			t.Error(err)
		}
		does(t, "no relay", got, []string{"drop 7 " + TestNoRelay})
	}
}

func TestAPatientMailWaitsForItsRelay(t *testing.T) {
	for _, way := range []Way{WayShut, WayOpen, WayDue} {
		b := newBench()
		b.ways = map[int64]Way{1: way}
		e := &Engine{Store: b, Wire: b, Limiter: b, Pace: 600, Log: slog.New(slog.DiscardHandler)}
		err := e.Staff(t.Context(), t.Context(), StaffJob{No: 5, Patient: true, Rate: 2, Guard: b, Letters: []StaffLetter{testTo(7)}, Relays: []Relay{{No: 1, MaxRate: 10, MaxConnections: 1}}}, b)
		if !errors.Is(err, ErrStaffLater) {
			t.Errorf("a relay that is %s: %v", way, err)
		}
		does(t, "a mail that waits", b.log, nil)
	}
}

func TestWithoutARightNothingIsAnnounced(t *testing.T) {
	b := newBench()
	b.noRights = errors.New("away")
	got, err := b.sends(t, testTo(7))
	if !errors.Is(err, ErrStaffLater) {
		t.Errorf("it says %v", err)
	}
	does(t, "no right", got, nil)
}

func TestARelayThatWasShutMeanwhileGetsNothing(t *testing.T) {
	b := newBench()
	b.onRight = func() { b.shut(1) }
	got, err := b.sends(t, testTo(7))
	if !errors.Is(err, ErrStaffLater) {
		t.Errorf("it says %v", err)
	}
	does(t, "shut while the right was waited for", got, []string{"right 1 2"})
}

func TestARelayThatIsShutGetsNotAByteMoreOfATest(t *testing.T) {
	b := newBench()
	b.silent = true
	begun := time.Now()
	got, err := b.sends(t, testTo(7))
	if err != nil || time.Since(begun) > 2*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	does(t, "shut while the answer was waited for", got, []string{"right 1 2", "announce 7", "dial 1", "envelope", "deliver", "cut", "tell 7 no answer at dot"})
}

func TestWhatIsNotReadBackIsNoTest(t *testing.T) {
	b := newBench()
	b.check = errors.New("foreign")
	got, err := b.sends(t, testTo(7), StaffLetter{User: 8, Unsent: TestUserGone})
	if err != nil {
		t.Fatal(err)
	}
	does(t, "refused by the guard, and none at all", got, []string{"drop 7 " + Withheld, "drop 8 " + TestUserGone})
	b = newBench()
	changed := testTo(7)
	changed.Raw = []byte{9}
	got, err = b.sends(t, changed)
	if err != nil || slices.Contains(got, "deliver") {
		t.Errorf("changed after it was read: %q, %v", got, err)
	}
}
