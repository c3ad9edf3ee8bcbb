package relaytest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
)

// errOver ends a connection without more to say.
var errOver = errors.New("connection is over")

// conn is one client's connection.
type conn struct {
	s      *Server
	tcp    net.Conn
	rw     net.Conn // tcp, or the TLS session over it
	r      *bufio.Reader
	w      *bufio.Writer
	n      int
	secure bool
	authed bool
	from   string
	mailed bool
	rcpt   []string
	body   []byte
}

func newConn(s *Server, c net.Conn, n int) *conn {
	k := &conn{s: s, tcp: c, n: n}
	k.over(c)
	return k
}

func (c *conn) over(rw net.Conn) {
	c.rw, c.r, c.w = rw, bufio.NewReaderSize(rw, 64<<10), bufio.NewWriterSize(rw, 4<<10)
}

func (c *conn) run() {
	c.note(Event{Phase: Open, Sent: true})
	defer c.note(Event{Phase: Closed, Sent: true})
	if c.s.cfg.Implicit && c.handshake() != nil {
		return
	}
	if c.do(Banner, "", 220, c.s.cfg.Name+" ESMTP ready") != nil {
		return
	}
	for {
		line, err := c.line()
		if err != nil || c.command(line) != nil {
			return
		}
	}
}

// line reads one command. Replies that wait for a pipelining client go out
// before the reader would block.
func (c *conn) line() (string, error) {
	if c.r.Buffered() == 0 {
		if err := c.w.Flush(); err != nil {
			return "", fmt.Errorf("flush replies: %w", err)
		}
	}
	raw, err := c.r.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("read command: %w", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

func (c *conn) command(line string) error {
	verb, arg, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return c.ehlo(arg)
	case "HELO":
		c.reset()
		return c.do(Ehlo, arg, 250, c.s.cfg.Name)
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(arg)
	case "MAIL":
		return c.mail(arg)
	case "RCPT":
		return c.recipient(arg)
	case "DATA":
		return c.data()
	case "RSET":
		c.reset()
		return c.do(Rset, "", 250, "2.0.0 flushed")
	case "NOOP":
		return c.do(Noop, "", 250, "2.0.0 ok")
	case "QUIT":
		_ = c.do(Quit, "", 221, "2.0.0 bye")
		_ = c.w.Flush()
		return errOver
	}
	return c.do(Phase("unknown"), verb, 502, "5.5.1 unknown command")
}

func (c *conn) reset() { c.from, c.rcpt, c.mailed = "", c.rcpt[:0], false }

func (c *conn) ehlo(name string) error {
	c.reset()
	if c.s.cfg.NoEHLO {
		return c.do(Ehlo, name, 502, "5.5.1 unknown command")
	}
	if c.s.cfg.Sink {
		return c.sink(Ehlo, 250, c.extensions("")...)
	}
	act := c.at(Ehlo)
	_, err := c.act(act, Ehlo, name, 250, c.extensions(act.Hide)...)
	return err
}

// extensions are the lines of the reply to EHLO, without a hidden one.
func (c *conn) extensions(hidden string) []string {
	lines := []string{c.s.cfg.Name, "8BITMIME", "SIZE 33554432"}
	add := func(is bool, ext string) {
		if is && ext != hidden {
			lines = append(lines, ext)
		}
	}
	add(c.s.cfg.Pipelining, "PIPELINING")
	add(!c.s.cfg.NoEnhanced, "ENHANCEDSTATUSCODES")
	add(c.s.cfg.SMTPUTF8, "SMTPUTF8")
	add(c.s.cfg.TLS != nil && !c.secure, "STARTTLS")
	add(len(c.s.cfg.Mechanisms) > 0, "AUTH "+strings.Join(c.s.cfg.Mechanisms, " "))
	return lines
}

func (c *conn) startTLS() error {
	if c.s.cfg.TLS == nil || c.secure {
		return c.do(StartTLS, "", 502, "5.5.1 not offered")
	}
	if err := c.do(StartTLS, "", 220, "2.0.0 go ahead"); err != nil {
		return err
	}
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("flush before handshake: %w", err)
	}
	return c.handshake()
}

func (c *conn) handshake() error {
	t := tls.Server(c.tcp, c.s.cfg.TLS)
	err := t.Handshake()
	c.note(Event{Phase: "handshake", Sent: err == nil, TLS: err == nil})
	if err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	c.over(t)
	c.secure = true
	c.reset()
	return nil
}

func (c *conn) mail(arg string) error {
	from, ok := address(arg, "FROM:")
	switch {
	case !ok:
		return c.do(Mail, arg, 501, "5.5.4 bad address")
	case c.mailed:
		return c.do(Mail, from, 503, "5.5.1 nested MAIL")
	case c.s.cfg.RequireAuth && !c.authed:
		return c.do(Mail, from, 530, "5.7.0 authenticate first")
	}
	c.from, c.mailed = from, true
	if err := c.do(Mail, from, 250, "2.1.0 sender ok"); err != nil {
		return err
	}
	return nil
}

func (c *conn) recipient(arg string) error {
	to, ok := address(arg, "TO:")
	switch {
	case !ok || to == "":
		return c.do(Rcpt, arg, 501, "5.5.4 bad address")
	case !c.mailed:
		return c.do(Rcpt, to, 503, "5.5.1 MAIL first")
	}
	c.rcpt = append(c.rcpt, to)
	code, err := c.doCode(Rcpt, to, 250, "2.1.5 recipient ok")
	if code/100 != 2 {
		c.rcpt = c.rcpt[:len(c.rcpt)-1]
	}
	return err
}

// address takes the address out of FROM:<…> or TO:<…>.
func address(arg, prefix string) (string, bool) {
	if len(arg) < len(prefix) || !strings.EqualFold(arg[:len(prefix)], prefix) {
		return "", false
	}
	rest := strings.TrimSpace(arg[len(prefix):])
	end := strings.IndexByte(rest, '>')
	if !strings.HasPrefix(rest, "<") || end < 0 {
		return "", false
	}
	return rest[1:end], true
}

func (c *conn) data() error {
	if len(c.rcpt) == 0 {
		return c.do(Data, "", 503, "5.5.1 RCPT first")
	}
	code, err := c.doCode(Data, "", 354, "go ahead")
	if err != nil || code != 354 {
		return err
	}
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("flush 354: %w", err)
	}
	bareLF, err := c.readBody()
	if err != nil {
		return err
	}
	return c.finish(bareLF)
}

// readBody reads up to the final dot, which stands between two CRLFs and
// nowhere else (RFC 5321 4.1.1.4), and undoes the dot-stuffing.
func (c *conn) readBody() (bareLF bool, err error) {
	act := c.at(Body)
	if !c.s.rest(act.Delay) {
		return false, errOver
	}
	c.body = c.body[:0]
	for fresh := true; ; {
		if act.End != GoOn && len(c.body) >= act.Bytes {
			return false, c.end(act.End)
		}
		line, err := c.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return false, fmt.Errorf("read body: %w", err)
		}
		if fresh && bytes.Equal(line, []byte(".\r\n")) {
			return bareLF, nil
		}
		if fresh && line[0] == '.' {
			line = line[1:]
		}
		fresh = bytes.HasSuffix(line, []byte("\r\n"))
		bareLF = bareLF || !fresh && bytes.HasSuffix(line, []byte("\n"))
		c.body = append(c.body, line...)
	}
}

// finish decides about the message, writes it down, and only then replies.
func (c *conn) finish(bareLF bool) error {
	sum := sha256.Sum256(c.body)
	c.s.messages.Add(1)
	c.s.bytes.Add(int64(len(c.body)))
	if c.s.cfg.Sink {
		c.reset()
		return c.sink(Dot, 250, "2.0.0 ok")
	}
	act := c.at(Dot)
	code := 250
	if act.Code != 0 {
		code = act.Code
	}
	m := Message{
		Conn: c.n, From: c.from, Rcpt: append([]string{}, c.rcpt...), SHA256: hex.EncodeToString(sum[:]), Size: len(c.body),
		Code: code, Accepted: code/100 == 2 && !act.Discard, BareLF: bareLF, Raw: bytes.Clone(c.body),
	}
	m.N = c.s.rec.message(m)
	if c.s.cfg.Inspect != nil {
		c.s.cfg.Inspect(m)
	}
	_, err := c.act(act, Dot, "", 250, fmt.Sprintf("2.0.0 ok queued as R%08d", m.N))
	if act.End < CloseMute && (err == nil || errors.Is(err, errOver)) && c.w.Buffered() == 0 {
		c.s.rec.replied(m.N)
	}
	c.reset()
	return err
}
