package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/emersion/go-msgauth/dkim"

	"forthwith/internal/smtpclient/relaytest"
)

// runSigned sends with a key of each algorithm, and has what the relay took
// verified by code that is not ours.
func runSigned(ctx context.Context, o options, seed uint64) (string, error) {
	keys := []string{"ed25519", "rsa2048"}
	return scene{keys: keys, after: func(ctx context.Context, w *world, _ verdict) error { return w.verify(ctx, len(keys)) }}.play(ctx, o, seed)
}

// verify holds the signatures of every message that a relay took against the
// records that the API tells to publish.
func (w *world) verify(ctx context.Context, signatures int) error {
	admin, err := w.Story.Client.As("admin", 0)
	if err != nil {
		return err
	}
	var keys struct {
		Items []struct {
			Name string `json:"dns_name"`
			TXT  string `json:"dns_txt"`
		} `json:"items"`
	}
	if _, err := w.Story.Client.Call(ctx, admin, http.MethodGet, "/senders/"+w.Story.Sender()+"/keys", nil, &keys); err != nil {
		return err
	}
	zone := map[string][]string{}
	for _, k := range keys.Items {
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
