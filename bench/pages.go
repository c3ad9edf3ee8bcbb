package main

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"forthwith/internal/sample"
	"forthwith/internal/stage"
)

// The bounds of a page: milliseconds on the server, and KiB on the wire.
const (
	sampleLimit, manyLimit = 100, 150
	weightLimit            = 40
	requestsAPage          = 100
)

// benchPages times every page that a link leads to, for each role, with as many
// people as the sample has and with very many, and what a hundred live views
// cost.
func benchPages(ctx context.Context, s size) ([]result, error) {
	few, light, _, err := pagesOf(ctx, s, "pages_sample", 5_000, nil)
	if err != nil {
		return nil, err
	}
	many, heavy, live, err := pagesOf(ctx, s, "pages", s.many, benchLive)
	if err != nil {
		return nil, err
	}
	weight := max(light, heavy)
	return []result{{"pages_sample", few, "ms", sampleLimit, few / sampleLimit}, {"pages", many, "ms", manyLimit, many / manyLimit},
		{"page_weight", weight, "KiB", weightLimit, weight / weightLimit}, live}, nil
}

// pagesOf times the pages of an installation of its own, with one campaign that
// is half sent, and then calls what else is to be done with it.
func pagesOf(ctx context.Context, s size, name string, people int, then func(context.Context, *stage.World, sample.Campaign) (result, error)) (slowest, heaviest float64, more result, err error) {
	w, _, end, err := overSink(ctx, s)
	if err != nil {
		return 0, 0, more, err
	}
	defer end()
	if err := w.StartWorker(); err != nil {
		return 0, 0, more, err
	}
	c, err := halfway(ctx, w, people)
	if err != nil {
		return 0, 0, more, err
	}
	if slowest, heaviest, err = timePages(ctx, w, name); err == nil && then != nil {
		more, err = then(ctx, w, c)
	}
	return slowest, heaviest, more, err
}

// halfway carries a campaign to where part of it is sent, and pauses it there.
func halfway(ctx context.Context, w *stage.World, people int) (sample.Campaign, error) {
	c, toSend, err := ready(ctx, w, people, people)
	if err != nil {
		return c, err
	}
	if err := w.Story.Launch(ctx, c, toSend); err != nil {
		return c, err
	}
	err = stage.Until(ctx, 10*time.Minute, "a part to be sent", func() (bool, error) {
		var sent int64
		err := w.SQL.QueryRow(ctx, "SELECT coalesce(sum(n), 0)::bigint FROM delivery_sum WHERE campaign_no = $1::bigint AND status = 'accepted'", number(c)).Scan(&sent)
		return sent >= min(20_000, toSend/2), err
	})
	if err != nil {
		return c, err
	}
	return c, steer(ctx, w, c, "pause")
}

// steer gives ops' order to a campaign.
func steer(ctx context.Context, w *stage.World, c sample.Campaign, order string) error {
	ops, err := w.Story.Client.As("ops", 0)
	if err != nil {
		return err
	}
	_, err = w.Story.Client.Call(ctx, ops, http.MethodPost, "/campaigns/"+c.ID+"/"+order, map[string]string{"reason": "bench"}, nil)
	return err
}

// longEnough is when a page that is far too slow is asked for no more.
const longEnough = 30 * time.Second

// timed is one kind of page.
type timed struct {
	kind   string
	ms     float64 // 95th of a hundred requests
	weight float64 // KiB
}

// timePages follows every link of every role once, and times each kind of page.
func timePages(ctx context.Context, w *stage.World, name string) (slowest, heaviest float64, err error) {
	var all []timed
	for _, p := range w.Story.Client.People {
		b, err := signIn(ctx, w.Story.Client.Base, p)
		if err != nil {
			return 0, 0, err
		}
		if err := b.crawl(ctx, p.Role, &all); err != nil {
			return 0, 0, err
		}
	}
	slices.SortFunc(all, func(a, b timed) int { return cmp.Compare(b.ms, a.ms) })
	for i, t := range all {
		if i < 12 {
			fmt.Printf("%s: %6.1f ms %6.1f KiB  %s\n", name, t.ms, t.weight, t.kind)
		}
		slowest, heaviest = max(slowest, t.ms), max(heaviest, t.weight)
	}
	fmt.Printf("%s: %d kinds of page, each asked for %d times\n", name, len(all), requestsAPage)
	return slowest, heaviest, nil
}

var (
	link   = regexp.MustCompile(`(?:href|src)="(/[^"#]*)`)
	object = regexp.MustCompile(`[a-z]{3}_[0-9-]+|\b[0-9]+\b`)
)

// kindOf is a page without the numbers of what it shows. A status keeps its
// word: a rare one is another page than a frequent one.
func kindOf(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return ""
	}
	kind := object.ReplaceAllString(u.Path, "*")
	for _, name := range slices.Sorted(maps.Keys(u.Query())) {
		kind += " " + name
		if name == "status" || name == "format" {
			kind += "=" + u.Query().Get(name)
		}
	}
	return kind
}

// crawl visits one page of each kind that can be reached from home.
func (b *browser) crawl(ctx context.Context, role string, all *[]timed) error {
	seen := map[string]bool{}
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		path := todo[0]
		kind := kindOf(path)
		if seen[kind] || skipped(kind) {
			continue
		}
		seen[kind] = true
		if slices.ContainsFunc(*all, func(t timed) bool { return t.kind == kind }) && kind != "/" {
			kind = "" // timed already: only its links count
		}
		page, err := b.visit(ctx, path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(page.html, -1) {
			todo = append(todo, html.UnescapeString(m[1]))
		}
		if kind == "" || page.html == "" {
			continue
		}
		if kind == "/" {
			kind += " " + role
		}
		t, err := b.time(ctx, kind, path)
		if err != nil {
			return err
		}
		*all = append(*all, t)
	}
	return nil
}

// skipped are the addresses of files and streams.
func skipped(kind string) bool {
	return strings.HasPrefix(kind, "/static/") || strings.HasPrefix(kind, "/api/") || strings.HasSuffix(kind, "/live") || strings.HasSuffix(kind, "/file")
}

func (b *browser) time(ctx context.Context, kind, path string) (timed, error) {
	var took []float64
	var weight int
	for begun := time.Now(); len(took) < requestsAPage && time.Since(begun) < longEnough; {
		page, err := b.visit(ctx, path)
		if err != nil {
			return timed{}, err
		}
		took, weight = append(took, page.server.Seconds()*1000), max(weight, page.wire)
	}
	slices.Sort(took)
	return timed{kind, took[len(took)*95/100], float64(weight) / 1024}, nil
}
