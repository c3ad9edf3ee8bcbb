package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"

	"github.com/wneessen/go-mail"

	"forthwith/internal/dkim"
)

// signed alternates two sides that sign every message with a key of an
// algorithm: ours, and the go-mail loop with go-mail's own signer.
func signed(algorithm dkim.Algorithm) func(context.Context, size) ([]result, error) {
	return func(ctx context.Context, s size) ([]result, error) {
		w, to, end, err := overSink(ctx, s)
		if err != nil {
			return nil, err
		}
		defer end()
		w.Story.Keys = []string{string(algorithm)}
		if err := w.StartWorker(); err != nil {
			return nil, err
		}
		signer, err := loopSigner(algorithm)
		if err != nil {
			return nil, err
		}
		var ours, loop []float64
		for round := range s.rounds {
			o, err := product(ctx, w, to, s.people, round)
			if err != nil {
				return nil, err
			}
			l, err := goMailLoop(to.address, s.people, signer)
			if err != nil {
				return nil, err
			}
			fmt.Printf("round %d, %s: ours %.0f/s, go-mail loop that signs %.0f/s\n", round+1, algorithm, o, l)
			ours, loop = append(ours, o), append(loop, l)
		}
		return []result{ratio("send_"+string(algorithm), "per second", ours, loop)}, nil
	}
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
