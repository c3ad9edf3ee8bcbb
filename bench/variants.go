package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"

	"forthwith/internal/dkim"
	"forthwith/internal/smtpclient/relaytest"
)

// variant is a send against the go-mail loop over a sink of another kind.
type variant struct {
	name   string
	part   int            // of the messages of a round that it sends, one in so many
	sink   []string       // what the sink does
	signed dkim.Algorithm // by both sides; empty: by none
}

var (
	pipelined = variant{name: "send_pipelined", part: 1, sink: []string{"-pipelining"}}
	ed25519   = variant{name: "send_ed25519", part: 1, signed: dkim.Ed25519}
	rsa2048   = variant{name: "send_rsa2048", part: 4, signed: dkim.RSA2048}
	latency   = variant{name: "send_latency", part: 2, sink: []string{"-slow"}}
)

// sinkConfig says what a sink offers and how slow it is.
func sinkConfig(pipelining, slow bool) relaytest.Config {
	c := relaytest.Config{Pipelining: pipelining}
	if slow {
		const command = 2 * time.Millisecond
		c.Slow = map[relaytest.Phase]time.Duration{relaytest.Mail: command, relaytest.Rcpt: command, relaytest.Data: command, relaytest.Dot: 10 * time.Millisecond}
	}
	return c
}

// run alternates both sides.
func (v variant) run(ctx context.Context, s size) ([]result, error) {
	w, to, end, err := overSink(ctx, s, v.sink...)
	if err != nil {
		return nil, err
	}
	defer end()
	var signer *mail.DKIMSigner
	if v.signed != "" {
		w.Story.Keys = []string{string(v.signed)}
		if signer, err = loopSigner(v.signed); err != nil {
			return nil, err
		}
	}
	if err := w.StartWorker(); err != nil {
		return nil, err
	}
	var ours, loop []float64
	for round := range s.rounds {
		o, err := product(ctx, w, to, s.people/v.part, round)
		if err != nil {
			return nil, err
		}
		l, err := goMailLoop(to.address, s.people/v.part, signer)
		if err != nil {
			return nil, err
		}
		fmt.Printf("round %d of %s: ours %.0f/s, go-mail loop %.0f/s\n", round+1, v.name, o, l)
		ours, loop = append(ours, o), append(loop, l)
	}
	return []result{ratio(v.name, "per second", ours, loop)}, nil
}

// loopSigner gives the loop a key of its own.
func loopSigner(a dkim.Algorithm) (*mail.DKIMSigner, error) {
	private, err := dkim.Generate(a)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return mail.NewDKIMSigner("larkfield.test", "loop", key.(crypto.Signer)), nil
}
