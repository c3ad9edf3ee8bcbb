package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
)

// Live gives a campaign with its figures, again and again.
type Live interface {
	Watch(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, campaign.Figures, error)
}

func eventRoutes(r routes, s Live) {
	h := events{s}
	r.get("/campaigns/:campaign/stream", h.stream, endless)
}

type events struct{ service Live }

// The rhythm of a stream: a comment keeps proxies from closing an idle one.
const (
	eventEvery = time.Second
	heartbeat  = 15 * time.Second
)

// stream sends a campaign whenever it changed, as server-sent events of what
// GET answers. It ends when the reader leaves, or the campaign has ended.
func (h events) stream(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	ctx, by := detached(q), q.actor
	c, f, err := h.service.Watch(ctx, by, no)
	if err != nil {
		return err
	}
	q.Set("Content-Type", "text/event-stream")
	q.Set("Cache-Control", "no-store")
	q.Set("X-Accel-Buffering", "no")
	q.Context().SetBodyStreamWriter(fasthttp.StreamWriter(func(w *bufio.Writer) {
		var last string
		silent := time.Now()
		for {
			if text, ok := event(c, f); ok && text != last {
				last, silent = text, time.Now()
				fmt.Fprintf(w, "event: campaign\ndata: %s\n\n", text)
			} else if time.Since(silent) > heartbeat {
				silent = time.Now()
				fmt.Fprint(w, ": still here\n\n")
			}
			if w.Flush() != nil || c.EndedAt != nil {
				return
			}
			<-time.After(eventEvery)
			if c, f, err = h.service.Watch(ctx, by, no); err != nil {
				return
			}
		}
	}))
	return nil
}

// event is a campaign as a line. The instant of reading alone is no change.
func event(c campaign.Campaign, f campaign.Figures) (string, bool) {
	v := viewFigures(c, f)
	v.AsOf = nil
	text, err := json.Marshal(v)
	return string(text), err == nil
}
