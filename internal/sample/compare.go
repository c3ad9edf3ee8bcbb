package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"forthwith/internal/outcome"
)

// Result is what a demo came to. Every field of the first line is a count of
// people; they add up to Recipients.
type Result struct {
	Recipients    int64   `json:"recipients"`
	Accepted      int64   `json:"accepted"`
	Rejected      int64   `json:"rejected"`
	Expired       int64   `json:"expired"`
	Suppressed    int64   `json:"suppressed"`
	Excluded      int64   `json:"excluded"`
	Unaddressed   int64   `json:"unaddressed"`
	Indeterminate int64   `json:"indeterminate"`
	Missing       int64   `json:"missing"`     // without a final status and not in the inbox
	Duplicates    int64   `json:"duplicates"`  // second copies not marked possible_duplicate
	Unexplained   int64   `json:"unexplained"` // without a final status
	Captured      int64   `json:"captured"`    // messages of these campaigns in the inbox
	Seconds       float64 `json:"seconds"`

	wrong []string
}

// Err says why a demo did not come out, or nothing.
func (r Result) Err() error {
	sum := r.Accepted + r.Rejected + r.Expired + r.Suppressed + r.Excluded + r.Unaddressed + r.Indeterminate
	switch {
	case len(r.wrong) > 0:
		return fmt.Errorf("report and inbox differ: %s", r.wrong[0])
	case r.Missing > 0 || r.Duplicates > 0 || r.Unexplained > 0:
		return fmt.Errorf("%d missing, %d duplicates, %d unexplained", r.Missing, r.Duplicates, r.Unexplained)
	case sum != r.Recipients:
		return fmt.Errorf("%d people are explained of %d", sum, r.Recipients)
	}
	return nil
}

// ReportRow is what is compared of a report's row.
type ReportRow struct {
	Delivery          string         `json:"delivery_id"`
	Email             string         `json:"email"`
	Status            outcome.Status `json:"status"`
	MessageID         string         `json:"message_id"`
	MessageSHA256     string         `json:"message_sha256"`
	PossibleDuplicate bool           `json:"possible_duplicate"`
	Jurisdiction      string         `json:"jurisdiction"`
	SMTPCode          *int           `json:"smtp_code"`
}

// Captured is a message of the capture inbox.
type Captured struct {
	MessageID string `json:"message_id"`
	SHA256    string `json:"message_sha256"`
}

// Compare reads the reports of campaigns and the capture inbox, and holds them
// against each other row by row.
func (s *Story) Compare(ctx context.Context, campaigns []Campaign) (Result, []ReportRow, error) {
	copies, err := s.inbox(ctx)
	if err != nil {
		return Result{}, nil, err
	}
	var r Result
	var all []ReportRow
	for _, c := range campaigns {
		rows, err := s.Report(ctx, c)
		if err != nil {
			return r, nil, err
		}
		for _, row := range rows {
			r.count(row, copies[row.MessageID])
		}
		all = append(all, rows...)
	}
	return r, all, nil
}

// Report reads a campaign's delivery report, masked, as the auditor.
func (s *Story) Report(ctx context.Context, c Campaign) ([]ReportRow, error) {
	auditor, err := s.Client.As("auditor", 0)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := s.Client.Call(ctx, auditor, http.MethodGet, "/campaigns/"+c.ID+"/report.json", nil, &b); err != nil {
		return nil, err
	}
	var rows []ReportRow
	if err := json.Unmarshal(b.Bytes(), &rows); err != nil {
		return nil, fmt.Errorf("read report of %s: %w", c.ID, err)
	}
	return rows, nil
}

// inbox reads what was captured, by Message-ID.
func (s *Story) inbox(ctx context.Context) (map[string][]Captured, error) {
	by, err := s.Client.As("auditor", 0)
	if err != nil {
		return nil, err
	}
	all := map[string][]Captured{}
	for cursor := ""; ; {
		var page struct {
			Items []Captured `json:"items"`
			Next  string     `json:"next_cursor"`
		}
		if _, err := s.Client.Call(ctx, by, http.MethodGet, "/inbox.json?limit=500&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return nil, err
		}
		for _, m := range page.Items {
			all[m.MessageID] = append(all[m.MessageID], m)
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

func (r *Result) count(row ReportRow, copies []Captured) {
	r.Recipients++
	r.Captured += int64(len(copies))
	counts := map[outcome.Status]*int64{
		outcome.Accepted: &r.Accepted, outcome.Delivered: &r.Accepted, outcome.Bounced: &r.Accepted, outcome.Complained: &r.Accepted, outcome.Rejected: &r.Rejected,
		outcome.Expired: &r.Expired, outcome.Suppressed: &r.Suppressed, outcome.Excluded: &r.Excluded, outcome.Cancelled: &r.Excluded,
		outcome.Unaddressed: &r.Unaddressed, outcome.Indeterminate: &r.Indeterminate,
	}
	if n, ok := counts[row.Status]; ok {
		*n++
	}
	if !row.Status.Explained() && row.Status != outcome.Indeterminate {
		r.Unexplained++
		if len(copies) == 0 {
			r.Missing++
		}
	}
	if len(copies) > 1 && !row.PossibleDuplicate {
		r.Duplicates += int64(len(copies) - 1)
	}
	r.disagree(row, copies)
}

func (r *Result) disagree(row ReportRow, copies []Captured) {
	switch {
	case row.Status == outcome.Accepted && len(copies) == 0 && !row.PossibleDuplicate:
		r.wrong = append(r.wrong, row.Delivery+" counts as accepted and is not in the inbox")
	case len(copies) > 0 && !row.Status.Kept() && row.Status != outcome.Indeterminate:
		r.wrong = append(r.wrong, row.Delivery+" is in the inbox and counts as "+string(row.Status))
	}
	for _, c := range copies {
		if c.SHA256 != row.MessageSHA256 {
			r.wrong = append(r.wrong, row.Delivery+" has other bytes in the inbox than in the report")
		}
	}
}
