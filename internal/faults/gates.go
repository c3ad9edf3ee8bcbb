package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"time"

	"forthwith/internal/mailaddr"
	"forthwith/internal/sample"
	"forthwith/internal/stage"
)

// gateParts is in how many lists those who are held at the launch are let
// through.
const gateParts = 3

// runGates: a third of the people is held behind a gate, and lists let them
// through in parts while workers are killed. Nobody has mail before the list that
// let them through, and the campaign is complete with the last one only.
func runGates(ctx context.Context, o options, seed uint64) (string, error) {
	if o.short {
		o.size = min(o.size, 600)
	}
	parts, err := gated(sample.Make(o.size, seed))
	if err != nil {
		return "", err
	}
	let := through{}
	return scene{workers: 2, resend: true, gated: true, rate: float64(o.size) / 4, before: func(ctx context.Context, w *world) error {
		err := w.secure(ctx, "Secured before", parts[0], let)
		w.ToSend = int64(len(parts[0]))
		return err
	}, during: func(ctx context.Context, w *world) (string, error) {
		return w.letThrough(ctx, parts, let)
	}, after: func(ctx context.Context, w *world, v verdict) error {
		done, err := w.count(ctx, "SELECT count(*) FROM campaign WHERE state = 'complete'")
		if err == nil && (done != 1 || v.Accepted != len(let)) {
			err = fmt.Errorf("%d accepted of %d who were let through, %d campaigns complete", v.Accepted, len(let), done)
		}
		if err == nil {
			err = let.judge(w)
		}
		return err
	}}.play(ctx, o, seed)
}

// through says of an address how many messages the relay had when the list was
// sent that let it through.
type through map[string]int

// judge holds that nobody has mail from before their list.
func (t through) judge(w *world) error {
	for i, m := range w.Messages() {
		if before, ok := t[m.Rcpt[0]]; !ok || i < before {
			return fmt.Errorf("message %d went to somebody who was let through after %d (%t)", i, before, ok)
		}
	}
	return nil
}

// gated gives the addresses of the broad cohort: two thirds, and the rest in
// parts.
func gated(lists sample.Lists) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(lists.Customers))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	rows, err := r.ReadAll()
	parts, seen, n := make([][]string, 1+gateParts), map[string]bool{}, 0
	for _, row := range rows {
		a, none := mailaddr.Parse(row[0])
		address := a.String() // as the relay sees it
		if none != nil || len(row) != len(rows[0]) || seen[address] || bytes.Contains(lists.Resets, []byte("\n"+row[0]+",")) {
			continue
		}
		seen[address] = true
		part := 0
		if n%3 == 0 {
			part = 1 + n/3%gateParts
		}
		parts[part] = append(parts[part], address)
		n++
	}
	return parts, err
}

// gate puts a gate before the broad cohort.
func (w *world) gate(ctx context.Context) error {
	ops, err := w.Story.Client.As("ops", 0)
	if err != nil {
		return err
	}
	cohort, err := w.count(ctx, "SELECT cohort_no FROM cohort WHERE precedence = 20")
	if err != nil {
		return err
	}
	_, err = w.Story.Client.Call(ctx, ops, http.MethodPost, "/incidents/"+w.Story.Incident()+"/gates", map[string]any{
		"cohort_id": fmt.Sprintf("coh_%d", cohort), "name": "Account secured",
		"rule": map[string]string{"attribute": "secured", "op": "eq", "value": "yes"}}, nil)
	return err
}

// secure imports a list that says that accounts are secured, and waits until it
// was looked at.
func (w *world) secure(ctx context.Context, name string, people []string, let through) error {
	file := "email,secured\n" + strings.Join(people, ",yes\n") + ",yes\n"
	before := len(w.Messages())
	for _, address := range people {
		let[address] = before
	}
	lists, err := w.count(ctx, "SELECT count(*) FROM list WHERE state = 'imported'")
	if err != nil {
		return err
	}
	if err := w.Story.Upload(ctx, name, []byte(file), map[string]string{"email": "email", "secured": "attribute:secured"}); err != nil {
		return err
	}
	return stage.Until(ctx, time.Minute, "the review of a list", func() (bool, error) {
		n, err := w.count(ctx, "SELECT count(*) FROM list WHERE state = 'imported' AND NOT EXISTS (SELECT 1 FROM gate_due)")
		return n > lists, err
	})
}

// letThrough lets everybody through, part by part, and kills a worker before each but
// the last, which it keeps until nothing else is left to do.
func (w *world) letThrough(ctx context.Context, parts [][]string, let through) (string, error) {
	last := parts[gateParts]
	for i, part := range parts[1:gateParts] {
		if err := w.answered(ctx, (i+1)*len(parts[0])/gateParts); err != nil {
			return "", err
		}
		w.take(0).Kill()
		if err := w.StartWorker(); err != nil {
			return "", err
		}
		if err := w.secure(ctx, fmt.Sprint("Secured ", i+1), part, let); err != nil {
			return "", err
		}
	}
	err := stage.Until(ctx, 10*time.Minute, "only held people to be left", func() (bool, error) {
		n, err := w.count(ctx, `SELECT (SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status IN ('pending', 'deferred', 'indeterminate'))
			+ (SELECT count(*) FROM batch WHERE campaign_no = $1 AND NOT done)`, w.campaign())
		return n == 0, err
	})
	if err != nil {
		return "", err
	}
	held, err := w.count(ctx, "SELECT count(*) FROM delivery JOIN campaign USING (campaign_no) WHERE campaign_no = $1 AND status = 'held' AND state = 'sending'", w.campaign())
	if err == nil && held != len(last) {
		err = fmt.Errorf("%d are held in a campaign that is not complete, want %d", held, len(last))
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("kills=%d held_to_the_end=%d", gateParts-1, held), w.secure(ctx, "Secured at last", last, let)
}
