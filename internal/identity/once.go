package identity

import (
	"context"

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
	// while the first one runs, or when its process died in it, the answer is
	// Conflict (key_running), so that nothing is done twice.
	Begin(ctx context.Context, r Request) (Answer, error)
	// Keep stores the answer of a request that was begun.
	Keep(ctx context.Context, r Request, a Answer) error
	// Forget lets the same request be tried again: it was refused.
	Forget(ctx context.Context, r Request) error
}
