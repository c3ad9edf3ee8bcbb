package delivery

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// feeding notes in which order letters are made and people put off.
type feeding struct {
	Store
	steps []string
}

func (f *feeding) PutOff(_ context.Context, p PutOff) error {
	for range p.Unmade {
		f.steps = append(f.steps, "put off")
	}
	return nil
}

// made gives a letter for each word, or none for "none".
func (f *feeding) made(words ...string) func(func(Letter, *Unmade) bool) {
	return func(yield func(Letter, *Unmade) bool) {
		for i, w := range words {
			f.steps = append(f.steps, w)
			claimed := Claimed{Seq: int64(i + 1)}
			if w == "none" && !yield(Letter{}, &Unmade{Claimed: claimed}) || w != "none" && !yield(Letter{Claimed: claimed}, nil) {
				return
			}
		}
	}
}

func (f *feeding) run(room int) *run {
	e := &Engine{Store: f, Pace: 1, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	return &run{Engine: e, open: newBatches(), domains: newDomains(), ready: make(chan letterOf, room)}
}

func TestWhoGetsNoLetterIsPutOffBeforeTheirLotGoes(t *testing.T) {
	f := &feeding{}
	r := f.run(2)
	ctx, stop := context.WithCancel(t.Context())
	stop() // nobody takes more than there is room for
	n, err := r.handOn(ctx, f.made("a", "none", "b", "none"), Claim{}, time.Time{})
	if want := []string{"a", "none", "b", "none", "put off", "put off"}; n != 2 || !slices.Equal(f.steps, want) {
		t.Errorf("%d, %v, %v", n, err, f.steps)
	}
}

// Connections that wait get the whole batch at once, busy ones a lot as soon as
// there is one: until it is taken nothing more is made.
func TestALotIsSmallWhileConnectionsAreBusy(t *testing.T) {
	for name, c := range map[string]struct {
		busy bool
		made int
	}{"they wait": {false, 9}, "they are busy": {true, 3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &feeding{}
				r := f.run(2)
				ctx, stop := context.WithCancel(t.Context())
				if c.busy {
					r.ready <- letterOf{}
				}
				done := make(chan error, 1)
				go func() {
					_, err := r.handOn(ctx, f.made("a", "b", "c", "d", "e", "f", "g", "h", "i"), Claim{}, time.Time{})
					done <- err
				}()
				synctest.Wait()
				if len(f.steps) != c.made {
					t.Errorf("made are %v", f.steps)
				}
				stop()
				if err := <-done; err == nil {
					t.Error("it handed on more than was taken")
				}
			})
		})
	}
}
