package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/sample"
	"forthwith/internal/stage"
)

// What is measured of live views: how many, for how long, and the part of a
// core, in percent, that they may cost.
const (
	views     = 100
	viewTime  = 20 * time.Second
	viewLimit = 5
	ticks     = 100 // of the kernel's clock in a second
)

// benchLive opens live views on a campaign that is sending, and gives what the
// API process and its one reading a second cost, in percent of a core.
func benchLive(ctx context.Context, w *stage.World, c sample.Campaign) (result, error) {
	reading, err := figuresTime(ctx, w, c) // while nothing else computes
	if err != nil {
		return result{}, err
	}
	if err := steer(ctx, w, c, "resume"); err != nil {
		return result{}, err
	}
	ops, err := w.Story.Client.As("ops", 0)
	if err != nil {
		return result{}, err
	}
	b, err := signIn(ctx, w.Story.Client.Base, ops)
	if err != nil {
		return result{}, err
	}
	b.client.Timeout = 0
	watching, stop := context.WithCancel(ctx)
	defer stop()
	events := make(chan int, views)
	for range views {
		go b.watch(watching, "/campaigns/"+c.ID+"/live", events)
	}
	before, err := cpu(w.API.PID())
	if err != nil {
		return result{}, err
	}
	if err := stage.Sleep(ctx, viewTime); err != nil {
		return result{}, err
	}
	after, err := cpu(w.API.PID())
	if err != nil {
		return result{}, err
	}
	stop()
	got := 0
	for range views {
		got += <-events
	}
	if got < views*int(viewTime/time.Second)/2 {
		return result{}, fmt.Errorf("%d live views got %d pictures in %s: they were not live", views, got, viewTime)
	}
	cost := 100*(after-before)/viewTime.Seconds() + 100*reading
	fmt.Printf("live_views: %d pictures for %d views; the process took %.1f %% of a core, each reading %.1f ms\n", got, views, cost-100*reading, reading*1000)
	return result{"live_views", cost, "% core", viewLimit, cost / viewLimit}, nil
}

// watch reads a stream until it is told to stop, and tells how many pictures
// came.
func (b *browser) watch(ctx context.Context, path string, events chan<- int) {
	n := 0
	defer func() { events <- n }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return
	}
	res, err := b.client.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	buffer := make([]byte, 64<<10)
	for {
		k, err := res.Body.Read(buffer)
		n += strings.Count(string(buffer[:k]), "event: figures")
		if err != nil {
			return
		}
	}
}

// figuresTime is how long one reading of a campaign takes, in seconds: the
// middle of eleven.
func figuresTime(ctx context.Context, w *stage.World, c sample.Campaign) (float64, error) {
	ops, err := w.Story.Client.As("ops", 0)
	if err != nil {
		return 0, err
	}
	var took []float64
	for range 11 {
		begun := time.Now()
		if _, err := w.Story.Client.Call(ctx, ops, http.MethodGet, "/campaigns/"+c.ID, nil, nil); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun).Seconds())
	}
	return median(took), nil
}

// cpu is the time that a process has computed, in seconds (proc(5), stat).
func cpu(pid int) (float64, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("read time of process %d: it tells too little", pid)
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks, err
}
