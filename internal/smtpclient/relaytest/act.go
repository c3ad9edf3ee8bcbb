package relaytest

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// do acts at a phase and discards the code.
func (c *conn) do(p Phase, arg string, code int, text ...string) error {
	_, err := c.doCode(p, arg, code, text...)
	return err
}

// doCode acts at a phase and gives the code that was decided.
func (c *conn) doCode(p Phase, arg string, code int, text ...string) (int, error) {
	if c.s.cfg.Sink {
		return code, c.sink(p, code, text...)
	}
	return c.act(c.at(p), p, arg, code, text...)
}

// sink replies after the time that the phase takes.
func (c *conn) sink(p Phase, code int, text ...string) error {
	if p == Mail {
		c.s.announced.Store(time.Now().UnixNano())
	}
	if !c.s.rest(c.s.cfg.Slow[p]) {
		return errOver
	}
	return c.say(code, text...)
}

func (c *conn) at(p Phase) Action {
	if c.s.cfg.Sink {
		return Action{}
	}
	t := Transaction{Conn: c.n, From: c.from, N: c.s.rec.seen()}
	if len(c.rcpt) > 0 {
		t.Rcpt = c.rcpt[len(c.rcpt)-1]
	}
	return c.s.rules.at(p, t)
}

func (c *conn) note(e Event) {
	if c.s.cfg.Sink {
		return
	}
	e.Conn, e.TLS = c.n, c.secure
	c.s.rec.event(e)
}

// act notes the phase, waits, replies as the action says and ends as it says.
func (c *conn) act(a Action, p Phase, arg string, code int, text ...string) (int, error) {
	if a.Code != 0 {
		code, text = a.Code, []string{a.words()}
	}
	e := Event{Phase: p, Arg: arg, Code: code, Sent: a.End < CloseMute}
	c.note(e)
	if !c.s.rest(a.Delay) {
		return code, errOver
	}
	if a.End >= CloseMute {
		return code, c.end(a.End)
	}
	var err error
	if a.PerByte > 0 {
		err = c.drip(a, code, text)
	} else {
		err = c.say(code, text...)
	}
	if err == nil && (a.End != GoOn || p == Dot) {
		err = c.w.Flush()
	}
	if err == nil && a.End != GoOn {
		err = c.end(a.End)
	}
	return code, err
}

func (a Action) words() string {
	text := a.Text
	if text == "" {
		text = "as scripted"
	}
	return strings.TrimSpace(a.Enhanced + " " + text)
}

// say writes a reply.
func (c *conn) say(code int, text ...string) error {
	if _, err := c.w.Write(c.lines(code, text)); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

// lines spells a reply, as several lines where there are several texts.
func (c *conn) lines(code int, text []string) []byte {
	out := make([]byte, 0, 64)
	for i, t := range text {
		sep := "-"
		if i == len(text)-1 {
			sep = " "
		}
		if c.s.cfg.NoEnhanced && len(t) > 6 && t[1] == '.' && t[3] == '.' {
			t = t[6:]
		}
		out = append(strconv.AppendInt(out, int64(code), 10), sep+t+"\r\n"...)
	}
	return out
}

// drip writes a reply byte by byte.
func (c *conn) drip(a Action, code int, text []string) error {
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("flush replies: %w", err)
	}
	for _, b := range c.lines(code, text) {
		if _, err := c.rw.Write([]byte{b}); err != nil {
			return fmt.Errorf("drip reply: %w", err)
		}
		if !c.s.rest(a.PerByte) {
			return errOver
		}
	}
	return nil
}

// end closes the connection in the way that is asked for. Replies to earlier
// commands of a pipelining client have gone out by then.
func (c *conn) end(e End) error {
	_ = c.w.Flush()
	switch e {
	case ThenReset, ResetMute:
		if t, ok := c.tcp.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		_ = c.tcp.Close()
	case SilenceMute:
		_, _ = io.Copy(io.Discard, c.rw)
	default:
		_ = c.rw.Close()
	}
	return errOver
}
