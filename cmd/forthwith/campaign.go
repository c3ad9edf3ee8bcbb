package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/sample"
)

// campaignCommands steer a campaign from a terminal.
type campaignCommands struct {
	Approve  campaignApprove  `cmd:"" help:"Approve the plan of a campaign, as legal."`
	Launch   campaignLaunch   `cmd:"" help:"Send what was approved, with the number of people typed."`
	Status   campaignStatus   `cmd:"" help:"Say where a campaign stands, in figures that add up."`
	Pause    campaignPause    `cmd:"" help:"Stop new mail within two seconds."`
	Resume   campaignResume   `cmd:"" help:"Go on with those who wait."`
	Failover campaignFailover `cmd:"" help:"Go on through another of the approved relays."`
	Abort    campaignAbort    `cmd:"" help:"End a campaign for good: whoever waits is not told."`
}

type campaignNow struct {
	State  string                   `json:"state"`
	Name   string                   `json:"name"`
	Counts map[outcome.Status]int64 `json:"counts"`
	Rate   float64                  `json:"rate_per_second"`
	Finish *string                  `json:"projected_finish"`
}

// show writes the equation: the cohort is the sum of its statuses.
func (c campaignNow) show() {
	var total int64
	var parts []string
	for _, s := range outcome.Statuses {
		if n := c.Counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
			total += n
		}
	}
	fmt.Printf("%s: %s\n%d = %s\n", c.Name, c.State, total, strings.Join(parts, " + "))
	if c.Finish != nil {
		fmt.Println(phrase.Say("campaign_rate", map[string]any{"rate": fmt.Sprintf("%.1f", c.Rate), "finish": *c.Finish}))
	}
}

type campaignStatus struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	Follow   bool   `short:"f" help:"Follow it until every delivery is explained."`
}

// Run shows a campaign, once or until it has ended.
func (s campaignStatus) Run(ctx context.Context) error {
	client, by, err := s.as("ops")
	if err != nil {
		return err
	}
	screen := newTerminal(os.Stdout)
	now, err := sample.Until(ctx, func() (campaignNow, error) {
		var now campaignNow
		_, err := client.Call(ctx, by, http.MethodGet, "/campaigns/"+s.Campaign, nil, &now)
		return now, err
	}, func(now campaignNow) (bool, error) {
		if s.Follow {
			now.progress(screen)
		}
		return !s.Follow || now.ended(), nil
	})
	if err != nil {
		return err
	}
	now.show()
	return nil
}

func (c campaignNow) ended() bool {
	return c.State == "complete" || c.State == "aborted" || c.State == "closed_with_exceptions"
}

func (c campaignNow) progress(screen *terminal) {
	var done, total int64
	for s, n := range c.Counts {
		total += n
		if s.Explained() {
			done += n
		}
	}
	screen.Progress(c.Name, done, total)
}

// steer posts one control and shows what became of the campaign.
func (r remote) steer(ctx context.Context, campaign, verb string, body any) error {
	client, by, err := r.as("ops")
	if err != nil {
		return err
	}
	if _, err := client.Call(ctx, by, http.MethodPost, "/campaigns/"+campaign+"/"+verb, body, nil); err != nil {
		return err
	}
	return campaignStatus{remote: r, Campaign: campaign}.Run(ctx)
}

type campaignPause struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	Reason   string `required:"" help:"Why; it goes on record."`
}

// Run pauses.
func (c campaignPause) Run(ctx context.Context) error {
	return c.steer(ctx, c.Campaign, "pause", map[string]string{"reason": c.Reason})
}

type campaignResume struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
}

// Run resumes.
func (c campaignResume) Run(ctx context.Context) error {
	return c.steer(ctx, c.Campaign, "resume", nil)
}

type campaignAbort struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	Reason   string `required:"" help:"Why; it goes on record."`
}

// Run aborts.
func (c campaignAbort) Run(ctx context.Context) error {
	return c.steer(ctx, c.Campaign, "abort", map[string]string{"reason": c.Reason})
}

type campaignFailover struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	From     string `required:"" help:"The relay to leave, as rel_1."`
	To       string `required:"" help:"The relay to go on with."`
	Reason   string `required:"" help:"Why; it goes on record."`
}

// Run moves what is left to another relay.
func (c campaignFailover) Run(ctx context.Context) error {
	return c.steer(ctx, c.Campaign, "failover", map[string]string{"from": c.From, "to": c.To, "reason": c.Reason})
}
