package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"forthwith/internal/logkey"
)

const (
	maxMessage     = 1 << 20 // a notice has at most 256 KiB; what goes beyond is no notice
	maxRecipients  = 100
	maxConnections = 256
	idle           = 5 * time.Minute // RFC 5321 4.5.3.2.7
	goodbye        = time.Second
)

// Serve takes mail on the listener until the context is over, then lets
// transactions that are under way finish for a second. It closes the listener
// and every connection.
func (b *Box) Serve(ctx context.Context, ln net.Listener) error {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{box: b, conn: c, ctx: context.WithoutCancel(ctx), ending: ctx.Done()}, nil
	}))
	s.Domain, s.MaxMessageBytes, s.MaxRecipients = "inbox.forthwith.test", maxMessage, maxRecipients
	s.ReadTimeout, s.WriteTimeout, s.EnableSMTPUTF8 = idle, idle, true
	s.ErrorLog = quiet{}
	in := &bounded{Listener: ln, free: make(chan struct{}, maxConnections), open: map[net.Conn]struct{}{}}
	served := make(chan error, 1)
	go func() { served <- s.Serve(in) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve inbox: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	err := s.Shutdown(end)
	in.closeAll() // kept-open connections that nobody uses
	if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop inbox: %w", err)
	}
	return nil
}

// session is one client's connection.
type session struct {
	box    *Box
	conn   *smtp.Conn
	ctx    context.Context //nolint:containedctx // go-smtp gives none
	ending <-chan struct{}
	to     []string
}

// Mail begins a transaction.
func (s *session) Mail(string, *smtp.MailOptions) error { s.to = s.to[:0]; return nil }

// Rcpt takes any recipient, since nothing is sent on, but for those of the
// simulator that are refused.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	r := roleOf(to)
	if no, refused := refusals[r]; refused {
		return no
	}
	if r == slow {
		s.linger()
	}
	s.to = append(s.to, to)
	return nil
}

// Reset forgets the transaction.
func (s *session) Reset() { s.to = s.to[:0] }

// Logout has nothing to free.
func (s *session) Logout() error { return nil }

// Data stores the message, and answers when it is safe.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	var refused *smtp.SMTPError
	if errors.As(err, &refused) {
		return refused
	}
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	kept, err := s.perform(messageID(raw))
	if err != nil {
		return err
	}
	n, err := s.box.Put(s.ctx, kept, raw)
	if err != nil {
		slog.Error("inbox cannot store", logkey.Error, err)
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "cannot store"}
	}
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: fmt.Sprintf("ok queued as I%09d", n)}
}

// quiet keeps the library's log lines out: they can repeat what clients said.
type quiet struct{}

// Printf says only that there was something.
func (quiet) Printf(string, ...any) { slog.Debug("inbox connection ended early") }

// Println says only that there was something.
func (quiet) Println(...any) { slog.Debug("inbox connection ended early") }

// bounded lets so many connections in at a time, so that messages on arrival
// have a bound; the others wait.
type bounded struct {
	net.Listener
	free chan struct{}
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// Accept waits for a free place, then for a client.
func (l *bounded) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	return &seat{Conn: c, leave: sync.OnceFunc(func() { l.forget(c); <-l.free })}, nil
}

func (l *bounded) forget(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

func (l *bounded) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close()
	}
}

// seat is one connection within the bound.
type seat struct {
	net.Conn
	leave func()
}

// Close gives the seat free.
func (s *seat) Close() error {
	defer s.leave()
	return s.Conn.Close()
}
