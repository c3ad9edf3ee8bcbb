package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/web/views"
)

const (
	liveEvery = time.Second
	// liveLife ends a stream, so that the browser asks again and a session that
	// has ended meanwhile ends it for good.
	liveLife  = 10 * time.Minute
	heartbeat = 15 * time.Second
)

// feeds reads a campaign once for everybody who watches it.
type feeds struct {
	mu  sync.Mutex
	all map[id.Campaign]*feed
}

// feed is one campaign that somebody watches. Each watcher gets the newest
// picture; one that is slow misses the ones between.
type feed struct {
	watchers map[chan []byte]bool
	last     []byte
	stop     context.CancelFunc
}

func (w *site) liveRoutes(app *fiber.App) {
	w.feeds.all = map[id.Campaign]*feed{}
	w.get(app, "/campaigns/:campaign/live", w.streamLive)
}

// streamLive sends the figures of a campaign as HTML whenever they changed, as
// server-sent events.
func (w *site) streamLive(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, "text/event-stream")
	v.Set("X-Accel-Buffering", "no")
	news := w.join(c.ID)
	v.Context().SetBodyStreamWriter(fasthttp.StreamWriter(func(out *bufio.Writer) {
		defer w.leave(c.ID, news)
		end, beat := time.NewTimer(liveLife), time.NewTicker(heartbeat)
		defer end.Stop()
		defer beat.Stop()
		for {
			select {
			case picture, open := <-news:
				if !open {
					fmt.Fprint(out, "event: ended\ndata: \n\n")
					_ = out.Flush()
					return
				}
				_, _ = out.Write(picture)
			case <-beat.C:
				fmt.Fprint(out, ": still here\n\n")
			case <-end.C:
				return
			}
			if out.Flush() != nil {
				return
			}
		}
	}))
	return nil
}

// join begins to watch; the first watcher starts the reading.
func (w *site) join(no id.Campaign) chan []byte {
	w.feeds.mu.Lock()
	defer w.feeds.mu.Unlock()
	f := w.feeds.all[no]
	if f == nil {
		ctx, stop := context.WithCancel(context.Background())
		f = &feed{watchers: map[chan []byte]bool{}, stop: stop}
		w.feeds.all[no] = f
		go w.read(ctx, no, f)
	}
	news := make(chan []byte, 1)
	if f.last != nil {
		news <- f.last
	}
	f.watchers[news] = true
	return news
}

// leave stops watching; the last watcher ends the reading.
func (w *site) leave(no id.Campaign, news chan []byte) {
	w.feeds.mu.Lock()
	defer w.feeds.mu.Unlock()
	f := w.feeds.all[no]
	if f == nil || !f.watchers[news] {
		return
	}
	delete(f.watchers, news)
	if len(f.watchers) == 0 {
		f.stop()
		delete(w.feeds.all, no)
	}
}

// read looks at a campaign every second and hands out what changed. It ends
// with the campaign, or when it cannot be read: browsers ask again.
func (w *site) read(ctx context.Context, no id.Campaign, f *feed) {
	reader := access.Actor{Worker: "live", Role: access.Auditor}
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	for {
		c, figures, err := w.Campaigns.Watch(ctx, reader, no)
		if err == nil {
			err = w.hand(f, liveOf(c, figures))
		}
		if err != nil || !moving(c.State) {
			w.close(no, f)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// hand gives a picture to every watcher, unless nothing changed.
func (w *site) hand(f *feed, b liveBody) error {
	var out bytes.Buffer
	if err := views.Part(&out, "campaign", "live", views.Page{Body: campaignBody{Live: &b}}); err != nil {
		return err
	}
	event := []byte("event: figures\ndata: " + strings.ReplaceAll(out.String(), "\n", "\ndata: ") + "\n\n")
	w.feeds.mu.Lock()
	defer w.feeds.mu.Unlock()
	if bytes.Equal(event, f.last) {
		return nil
	}
	f.last = event
	for news := range f.watchers {
		select {
		case <-news: // an older picture that nobody took
		default:
		}
		news <- event
	}
	return nil
}

func (w *site) close(no id.Campaign, f *feed) {
	w.feeds.mu.Lock()
	defer w.feeds.mu.Unlock()
	for news := range f.watchers {
		close(news)
	}
	if w.feeds.all[no] == f {
		delete(w.feeds.all, no)
	}
}
