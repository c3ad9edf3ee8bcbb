package identity

import (
	"context"
	"sync/atomic"

	"forthwith/internal/id"
)

// Request is one that its sender wants done once, whatever becomes of the
// answer: named by user, address and the key that the sender chose, and held
// against its body.
type Request struct {
	User  id.User
	Route string // method and path
	Key   string
	Body  []byte
}

// Answer is what a request was answered with. Status 0 is no answer yet.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Requests keeps them for 24 hours.
type Requests interface {
	// Begin gives the kept answer of the same request, or no answer when this
	// is the first. The same key with another body is Invalid (key_reused);
	// while the first one runs, or when its process died in it, or when it failed
	// after something was done, the answer is Conflict (key_running), so that
	// nothing is done twice.
	Begin(ctx context.Context, r Request) (Answer, error)
	// Keep stores the answer of a request that was begun.
	Keep(ctx context.Context, r Request, a Answer) error
	// Forget lets the same request be tried again: it was refused.
	Forget(ctx context.Context, r Request) error
}

// deedKey is where a context says whether something was done.
type deedKey struct{}

// Watch gives a context in which it is noted that something was done for good, and asks
// for that.
func Watch(ctx context.Context) (context.Context, func() bool) {
	var done atomic.Bool
	return context.WithValue(ctx, deedKey{}, &done), done.Load
}

// Did notes that something was put on record, or may have been. Where nobody watches
// it does nothing.
func Did(ctx context.Context) {
	if done, watched := ctx.Value(deedKey{}).(*atomic.Bool); watched {
		done.Store(true)
	}
}
