package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/emersion/go-msgauth/dkim"

	"forthwith/internal/smtpclient/relaytest"
)

// runSigned sends with a key of each algorithm, of which one is retired and a
// worker replaced on the way, and has what the relay took verified by code that
// is not ours.
func runSigned(ctx context.Context, o options, seed uint64) (string, error) {
	keys := []string{"ed25519", "rsa2048"}
	return scene{keys: keys, rate: float64(o.size) / 5, during: retireOnTheWay,
		after: func(ctx context.Context, w *world, _ verdict) error { return w.verify(ctx, len(keys)) }}.play(ctx, o, seed)
}

// retireOnTheWay ends the first key when a quarter is sent. The worker that
// takes over then opens it anew.
func retireOnTheWay(ctx context.Context, w *world) (string, error) {
	if err := w.answered(ctx, w.size/4); err != nil {
		return "", err
	}
	keys, err := w.keys(ctx)
	if err != nil {
		return "", err
	}
	if err := w.asAdmin(ctx, http.MethodPost, "/"+keys[0].ID+"/retire", map[string]string{"reason": "a fault run"}, &keys[0]); err != nil {
		return "", err
	}
	if keys[0].State != "retired" {
		return "", fmt.Errorf("the key is %s", keys[0].State)
	}
	sent := len(w.Messages())
	w.take(0).Kill()
	return fmt.Sprintf("retired_after=%d", sent), w.StartWorker()
}

// published is a key as the API tells it.
type published struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Name  string `json:"dns_name"`
	TXT   string `json:"dns_txt"`
}

func (w *world) keys(ctx context.Context) ([]published, error) {
	var all struct {
		Items []published `json:"items"`
	}
	err := w.asAdmin(ctx, http.MethodGet, "", nil, &all)
	return all.Items, err
}

// asAdmin calls a route beneath the keys of the story's sender.
func (w *world) asAdmin(ctx context.Context, method, path string, body, answer any) error {
	admin, err := w.Story.Client.As("admin", 0)
	if err == nil {
		_, err = w.Story.Client.Call(ctx, admin, method, "/senders/"+w.Story.Sender()+"/keys"+path, body, answer)
	}
	return err
}

// verify holds the signatures of every message that a relay took against the
// records that the API tells to publish.
func (w *world) verify(ctx context.Context, signatures int) error {
	keys, err := w.keys(ctx)
	if err != nil {
		return err
	}
	zone := map[string][]string{}
	for _, k := range keys {
		zone[k.Name] = append(zone[k.Name], k.TXT)
	}
	for _, m := range w.Messages() {
		if err := verifyOne(m, zone, signatures); err != nil {
			return fmt.Errorf("message %s: %w", m.SHA256, err)
		}
	}
	return nil
}

func verifyOne(m relaytest.Message, zone map[string][]string, want int) error {
	got, err := dkim.VerifyWithOptions(bytes.NewReader(m.Raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return zone[name], nil }})
	if err != nil {
		return err
	}
	if len(got) != want {
		return fmt.Errorf("%d signatures, want %d", len(got), want)
	}
	for _, v := range got {
		if v.Err != nil {
			return v.Err
		}
	}
	return nil
}
