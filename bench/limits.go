package main

import (
	"bytes"
	"context"
	"fmt"
	htmltemplate "html/template"
	"net"
	"net/smtp"
	"strconv"
	"sync"
	"sync/atomic"
	texttemplate "text/template"
	"time"

	"github.com/wneessen/go-mail"
)

// share runs f on every connection until n messages are taken, and gives
// messages a second.
func share(n int, f func(next func() (int, bool)) error) (float64, error) {
	var taken atomic.Int64
	next := func() (int, bool) {
		i := int(taken.Add(1))
		return i, i <= n
	}
	var all sync.WaitGroup
	errs := make(chan error, connections)
	begun := time.Now()
	for range connections {
		all.Go(func() {
			if err := f(next); err != nil {
				errs <- err
			}
		})
	}
	all.Wait()
	seconds := time.Since(begun).Seconds()
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(n) / seconds, nil
	}
}

// goMailLoop executes both templates, builds the message and sends it with
// go-mail over a kept connection, without NOOP and RSET, and records nothing.
// With a signer it signs each.
func goMailLoop(address string, n int, signer *mail.DKIMSigner) (float64, error) {
	text := texttemplate.Must(texttemplate.New("text").Parse(loopText))
	html := htmltemplate.Must(htmltemplate.New("html").Parse(loopHTML))
	return share(n, func(next func() (int, bool)) error {
		host, port, err := split(address)
		if err != nil {
			return err
		}
		client, err := mail.NewClient(host, mail.WithPort(port), mail.WithTLSPolicy(mail.NoTLS), mail.WithHELO("bench.test"), mail.WithoutNoop(), mail.WithoutRset())
		if err != nil {
			return err
		}
		conn, err := client.DialToSMTPClientWithContext(context.Background())
		if err != nil {
			return err
		}
		defer client.CloseWithSMTPClient(conn)
		for i, ok := next(); ok; i, ok = next() {
			m, err := build(text, html, i)
			if err != nil {
				return err
			}
			if signer != nil {
				m.SetDKIM(signer)
			}
			if err := client.SendWithSMTPClient(conn, m); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
		return nil
	})
}

func build(text *texttemplate.Template, html *htmltemplate.Template, i int) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From("notice@larkfield.test"); err != nil {
		return nil, err
	}
	if err := m.To("p" + strconv.Itoa(i) + "@example.com"); err != nil {
		return nil, err
	}
	m.Subject("A notice about your account")
	m.SetDate()
	m.SetMessageID()
	v := values{"Reader " + strconv.Itoa(i), "LC-" + strconv.Itoa(i), "ABCD-EFGH-JKMN-PQRS", "Larkfield Cloud"}
	if err := m.SetBodyTextTemplate(text, v); err != nil {
		return nil, err
	}
	return m, m.AddAlternativeHTMLTemplate(html, v)
}

// netSMTP sends one prebuilt message again and again.
func netSMTP(address string, n int) (float64, error) {
	m, err := build(texttemplate.Must(texttemplate.New("text").Parse(loopText)), htmltemplate.Must(htmltemplate.New("html").Parse(loopHTML)), 1)
	if err != nil {
		return 0, err
	}
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		return 0, err
	}
	return share(n, func(next func() (int, bool)) error {
		c, err := smtp.Dial(address)
		if err != nil {
			return err
		}
		defer c.Close()
		for i, ok := next(); ok; i, ok = next() {
			if err := once(c, i, raw.Bytes()); err != nil {
				return err
			}
		}
		return c.Quit()
	})
}

func once(c *smtp.Client, i int, raw []byte) error {
	if err := c.Mail("bounce@larkfield.test"); err != nil {
		return err
	}
	if err := c.Rcpt("p" + strconv.Itoa(i) + "@example.com"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}

func split(address string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(text)
	return host, port, err
}
