package smtpclient

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// talkative is how many bytes a relay may send within one phase. It leaves room
// for a handshake with long certificate chains.
const talkative = 256 << 10

var errTalkative = errors.New("the relay sent more than any answer needs")

// wire is the socket: it bounds what a phase may read, and its deadline cannot
// be moved any more once the caller has given up.
type wire struct {
	net.Conn
	budget int // of the phase; whoever reads also begins the phases
	mu     sync.Mutex
	over   bool

	heeded context.Context // whose end heed waits for
	let    func()          // stops waiting for it
}

// within gives the next phase its time and its bytes.
func (w *wire) within(d time.Duration) {
	w.budget = talkative
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		_ = w.Conn.SetDeadline(time.Now().Add(d))
	}
}

// obey ends every read and write when the context is over, until released.
func (w *wire) obey(ctx context.Context) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.over = true
		_ = w.Conn.SetDeadline(time.Unix(1, 0))
	})
	return func() { stop() }
}

// heed is obey for as long as the socket is open, or until another context
// takes its place: a context that is the same for every message is waited for
// once.
func (w *wire) heed(ctx context.Context) {
	if w.heeded == ctx {
		return
	}
	if w.let != nil {
		w.let()
	}
	w.heeded, w.let = ctx, w.obey(ctx)
}

// Close closes the socket; nobody's end is waited for any more.
func (w *wire) Close() error {
	if w.let != nil {
		w.let()
	}
	return w.Conn.Close()
}

// Read refuses to go on reading what no relay has reason to send.
func (w *wire) Read(p []byte) (int, error) {
	if w.budget <= 0 {
		return 0, errTalkative
	}
	n, err := w.Conn.Read(p[:min(len(p), w.budget)])
	w.budget -= n
	return n, err
}
