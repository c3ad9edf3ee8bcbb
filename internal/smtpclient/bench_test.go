package smtpclient

import (
	"context"
	"strings"
	"sync"
	"testing"

	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// BenchmarkDeliver is the client's own ceiling: prebuilt bytes, kept-open
// connections, a sink in the same process.
func BenchmarkDeliver(b *testing.B) {
	for _, pipelining := range []bool{false, true} {
		name := "one command at a time"
		if pipelining {
			name = "pipelined"
		}
		b.Run(name, func(b *testing.B) {
			s, err := relaytest.Start(relaytest.Config{Sink: true, Pipelining: pipelining})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			raw := []byte("Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 84))
			const connections = 64
			var wg sync.WaitGroup
			for range connections {
				c, err := Dial(context.Background(), settings(s))
				if err != nil {
					b.Fatal(err)
				}
				wg.Go(func() {
					defer c.Close()
					for range b.N/connections + 1 {
						if r, err := c.Envelope(context.Background(), sender, ann); err != nil || !Proceed(r) {
							b.Error(r, err)
							return
						}
						if r, err := c.Deliver(context.Background(), raw); err != nil || r.Verdict() != outcome.Took {
							b.Error(r, err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(s.Tally().Messages)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
