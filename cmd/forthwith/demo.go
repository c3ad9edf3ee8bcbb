package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/sample"
)

// demoCommand carries a sample incident through the public API.
type demoCommand struct {
	JSON        bool    `name:"json" help:"Print one JSON object and nothing else."`
	Recipients  int     `default:"5000" help:"How many customers the invented list holds."`
	URL         string  `name:"url" help:"Where the API answers; the running stack of this folder by default."`
	Credentials string  `type:"path" help:"A file with the people who carry it, as .local/run.json holds them."`
	Rate        float64 `default:"5000" help:"Messages a second at most."`
}

// Run exits with an error unless every count adds up.
func (d demoCommand) Run(ctx context.Context) error {
	client, smtp, err := d.client()
	if err != nil {
		return err
	}
	var tell sample.Teller = silent{}
	if !d.JSON {
		tell = newTerminal(os.Stdout)
	}
	result, err := d.carry(ctx, &sample.Story{Client: client, Tell: tell, Inbox: smtp, Keys: []string{"ed25519"}})
	if err != nil {
		return err
	}
	if d.JSON {
		err = json.NewEncoder(os.Stdout).Encode(result)
	} else {
		showReport(result, nil)
	}
	if err == nil {
		err = result.Err()
	}
	if err != nil {
		return fault.New(fault.Internal, "demo_wrong", fault.Values{"why": err.Error()})
	}
	return nil
}

func (d demoCommand) client() (*sample.Client, string, error) {
	now := state{}
	path := statePath()
	if d.Credentials != "" {
		path = d.Credentials
	}
	if err := readFile(path, &now); err != nil {
		return nil, "", err
	}
	if d.URL != "" {
		now.URL = d.URL
	}
	if now.URL == "" {
		return nil, "", fault.New(fault.Unavailable, "demo_no_stack", nil)
	}
	if len(now.People) == 0 {
		return nil, "", fault.New(fault.Unavailable, "stack_has_no_sample", nil)
	}
	return &sample.Client{Base: now.URL, People: now.People, HTTP: &http.Client{Timeout: 10 * time.Minute}}, now.SMTP, nil
}

func (d demoCommand) carry(ctx context.Context, story *sample.Story) (sample.Result, error) {
	begun := time.Now()
	name := "Demo of " + begun.UTC().Format("2 January 2006, 15:04:05.000")
	if err := story.Prepare(ctx, name, sample.Make(d.Recipients, uint64(begun.UnixNano()))); err != nil {
		return sample.Result{}, err
	}
	var campaigns []sample.Campaign
	for _, cohort := range []string{sample.Reset, sample.Exposed} {
		c, toSend, err := story.Ready(ctx, cohort, d.Rate)
		if err == nil {
			err = story.Launch(ctx, c, toSend)
		}
		if err == nil {
			_, err = story.Watch(ctx, c, cohort)
		}
		if err != nil {
			return sample.Result{}, err
		}
		campaigns = append(campaigns, c)
	}
	result, _, err := story.Compare(ctx, campaigns)
	result.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	return result, err
}

// silent tells nothing.
type silent struct{}

func (silent) Step(string)                   {}
func (silent) Progress(string, int64, int64) {}
