package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"forthwith/internal/inbox"
)

// TestThePublicPageNeedsTheDatabaseAlone asks it while no Redis and no worker is
// there, and then without a database.
func TestThePublicPageNeedsTheDatabaseAlone(t *testing.T) {
	s, db := watched(t, nobody)
	at := doors{}
	for _, door := range []*net.Listener{&at.users, &at.public} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*door = ln
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, at, (*inbox.Box)(nil)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	client := http.Client{Timeout: 30 * time.Second}
	check := func() int {
		res, err := client.Post(fmt.Sprintf("http://%s/check", at.public.Addr()), "application/json", strings.NewReader(`{"code":"7K2M-9QXD-04TB-ZR5H"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := check(); got != http.StatusOK {
		t.Errorf("without Redis: %d", got)
	}
	db.DB.Close()
	if got := check(); got == http.StatusOK {
		t.Errorf("without a database: %d", got)
	}
}
