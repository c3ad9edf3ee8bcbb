package main

import (
	"net/http"
	"os"
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/sample"
)

// remote says which API a command speaks to, and as whom.
type remote struct {
	URL       string `name:"url" help:"Where the API answers; the running stack of this folder by default."`
	TokenFile string `name:"token-file" type:"path" help:"A file that holds the token; a sample person of the running stack by default."`
}

// as gives a client and the person who calls: whoever the token belongs to, or
// the sample person with this role.
func (r remote) as(role string) (*sample.Client, *sample.Person, error) {
	now, err := readState()
	if err != nil {
		return nil, nil, err
	}
	if r.URL != "" {
		now.URL = r.URL
	}
	if now.URL == "" {
		return nil, nil, fault.New(fault.Unavailable, "demo_no_stack", nil)
	}
	client := &sample.Client{Base: now.URL, People: now.People, HTTP: &http.Client{Timeout: time.Hour}}
	if r.TokenFile == "" {
		by, err := client.As(role, 0)
		return client, by, err
	}
	token, err := os.ReadFile(r.TokenFile)
	if err != nil {
		return nil, nil, err
	}
	return client, &sample.Person{Name: "you", Role: role, Token: strings.TrimSpace(string(token))}, nil
}
