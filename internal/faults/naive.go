package main

import (
	"bytes"
	"context"
	"fmt"
	"net/smtp"
	"time"

	"forthwith/internal/outcome"
	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
)

// naiveSender is what must be caught: it keeps a counter instead of a record,
// tries again on any error, and renders into DATA. If the oracle lets it pass,
// the oracle is blind.
type naiveSender struct {
	address string
	people  int
}

// send mails everybody with up to three tries each, and tells what it believes.
func (n naiveSender) send() []sample.ReportRow {
	rows := make([]sample.ReportRow, n.people)
	for i := range rows {
		rows[i] = sample.ReportRow{Delivery: fmt.Sprintf("dlv_1-%d", i+1), MessageID: fmt.Sprintf("n%d@larkfield.test", i+1), Status: outcome.Rejected}
		for range 3 {
			if n.once(i+1) == nil {
				rows[i].Status = outcome.Accepted
				break
			}
		}
	}
	return rows
}

func (n naiveSender) once(i int) error {
	c, err := smtp.Dial(n.address)
	if err != nil {
		return err
	}
	defer c.Close()
	to := fmt.Sprintf("n%d@example.com", i)
	if err := c.Mail("bounce@larkfield.test"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	body, err := c.Data()
	if err != nil {
		return err
	}
	fmt.Fprintf(body, "From: notice@larkfield.test\r\nTo: %s\r\nMessage-Id: <n%d@larkfield.test>\r\nSubject: Notice\r\n\r\nDear ", to, i)
	if i == 13 {
		_ = body.Close() // the name is missing: what was written so far goes out
		return fmt.Errorf("render row %d: no name", i)
	}
	fmt.Fprintf(body, "reader %d\r\n", i)
	if err := body.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// runNaive holds the oracle against the naive sender in F9, F10, F11 and F13.
func runNaive(ctx context.Context, o options, _ uint64) (string, error) {
	cases := []struct {
		name string
		rule *relaytest.Rule
	}{
		{"F9", &relaytest.Rule{At: relaytest.Dot, Skip: 5, Times: 3, Do: relaytest.Action{End: relaytest.CloseMute}}},
		{"F10", &relaytest.Rule{At: relaytest.Quit, Skip: 5, Times: 3, Do: relaytest.Action{End: relaytest.ResetMute}}},
		{"F11", &relaytest.Rule{At: relaytest.Dot, Skip: 5, Times: 3, Do: relaytest.Action{Delay: 2 * time.Second, End: relaytest.CloseMute}}},
		{"F13", nil},
	}
	figures := ""
	for _, c := range cases {
		relay, err := relaytest.Start(relaytest.Config{Pace: max(o.Pace, 20)})
		if err != nil {
			return figures, err
		}
		if c.rule != nil {
			relay.On(*c.rule)
		}
		caught := blame(relay, naiveSender{relay.Addr(), 12 + btoi(c.rule == nil)}.send())
		_ = relay.Close()
		if caught == 0 {
			return figures, fmt.Errorf("the naive sender passes %s: the oracle is blind", c.name)
		}
		figures += fmt.Sprintf("%s_caught=%d ", c.name, caught)
	}
	return figures, ctx.Err()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// blame counts what the oracle holds against a report.
func blame(relay *relaytest.Server, report []sample.ReportRow) int {
	var v verdict
	taken := map[string]int{}
	half := 0
	for _, m := range relay.Messages() {
		if m.Accepted {
			taken[m.Header("Message-Id")]++
			if !bytes.Contains(m.Raw, []byte("reader")) {
				half++
			}
		}
	}
	for _, r := range report {
		v.one(r, taken["<"+r.MessageID+">"])
	}
	return v.Silent + len(v.wrong) + half
}
