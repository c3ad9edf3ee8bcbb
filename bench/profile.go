package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"time"

	"forthwith/internal/stage"
)

// freeAddress is one on which nothing listens yet.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// keepProfile writes a CPU profile of a process to a file, once what it tells of
// itself shows that it is at work.
func keepProfile(ctx context.Context, address, file string, busy *regexp.Regexp) {
	if err := profileOf(ctx, address, file, busy); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
	}
}

func profileOf(ctx context.Context, address, file string, busy *regexp.Regexp) error {
	err := stage.Until(ctx, 10*time.Minute, "the worker to be at work", func() (bool, error) {
		body, _ := fetch(ctx, "http://"+address+"/metrics") // refused until it listens
		return busy.Match(body), nil
	})
	if err != nil {
		return err
	}
	body, err := fetch(ctx, "http://"+address+"/debug/pprof/profile?seconds=5")
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o600)
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// awake is what every process tells of itself as soon as it is asked.
var awake = regexp.MustCompile(`(?m)^forthwith_`)

// openMessages is the gauge of a worker that has messages under way.
var openMessages = regexp.MustCompile(`(?m)^forthwith_messages_open [1-9]`)
