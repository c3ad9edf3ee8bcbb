package genuine

import (
	"context"
	"slices"
	"sync"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/vault"
)

// Store is what codes are looked up in.
type Store interface {
	// CodeOf gives the campaign of a code by its digest; 0 for none. Both take the
	// same work.
	CodeOf(ctx context.Context, digest vault.Index) (id.Campaign, error)
	// Launches gives what was launched and may have been sent, in order.
	Launches(ctx context.Context) ([]Launch, error)
	// Plan gives the document of a plan.
	Plan(ctx context.Context, hash canon.Hash) ([]byte, error)
}

// Digests makes of a code what it is looked up by.
type Digests interface{ CodeDigest(code string) vault.Index }

// Desk answers who asks about a code. It is safe for use by several goroutines
// at once.
type Desk struct {
	store  Store
	codes  Digests
	places chan struct{} // of those who look a code up

	mu   sync.Mutex
	book *Book
	read time.Time
}

// atOnce is how many codes are looked up at once. All who were told of a breach
// may come in the same minute; whoever steers what is still being sent shares
// the database's connections with them.
const atOnce = 4

// NewDesk makes a desk that has read nothing yet.
func NewDesk(s Store, codes Digests) *Desk {
	return &Desk{store: s, codes: codes, places: make(chan struct{}, atOnce)}
}

// fresh is how old a book may be: so long after a launch or a withdrawal an
// answer may still be the one before it.
const fresh = time.Second

// Ask gives the place of a code's answer in the book of now. Whatever cannot be
// looked up is an error and never an answer.
func (d *Desk) Ask(ctx context.Context, typed string) (*Book, int, error) {
	book, err := d.current(ctx)
	if err != nil {
		return nil, 0, err
	}
	code, ok := vault.ParseCode(typed)
	if !ok {
		return book, unknownAt, nil
	}
	of, err := d.lookUp(ctx, code)
	if err != nil {
		return nil, 0, err
	}
	return book, book.of[of], nil
}

// lookUp waits for its place, whatever the code.
func (d *Desk) lookUp(ctx context.Context, code string) (id.Campaign, error) {
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
		return d.store.CodeOf(ctx, d.codes.CodeDigest(code))
	case <-ctx.Done():
		return 0, fault.New(fault.Unavailable, "database_down", nil).Because(ctx.Err())
	}
}

// current gives the book, read again when it is old. What it says decides
// nothing about when.
func (d *Desk) current(ctx context.Context) (*Book, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.book != nil && time.Since(d.read) < fresh {
		return d.book, nil
	}
	launches, err := d.store.Launches(ctx)
	if err != nil {
		return nil, err
	}
	if d.book == nil || !slices.Equal(launches, d.book.launches) {
		book, err := write(ctx, d.store, launches, d.book)
		if err != nil {
			return nil, err
		}
		d.book = book
	}
	d.read = time.Now()
	return d.book, nil
}
