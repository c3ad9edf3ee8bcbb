package evidence

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// Identifiers says how people are named in an export.
type Identifiers string

// The ways to name people.
const (
	Full    Identifiers = "full"
	Masked  Identifiers = "masked"
	Digests Identifiers = "digests"
)

// Filter narrows deliveries.
type Filter struct {
	Where []filter.Equal
	After int64 // seq
	Limit int   // 0: all
}

// Attempt is one SMTP transaction of a delivery, with its evidence.
type Attempt struct {
	No            int
	At            time.Time
	Relay         string
	MessageSHA256 string
	Outcomes      []Answer
}

// Answer is one outcome of an attempt.
type Answer struct {
	outcome.Reply
	At          time.Time
	TLSVersion  string
	Certificate string
}

// Decision is one ruling on a delivery.
type Decision struct {
	Kind    outcome.DecisionKind
	Attempt int
	By      string
	Reason  string
	At      time.Time
}

// Detail is one delivery with everything that is on record about it.
type Detail struct {
	Row
	Campaign  id.Campaign
	History   []Attempt
	Decisions []Decision
}

// Export is a report that a person asked for, made as a job.
type Export struct {
	ID          id.Export
	Campaign    id.Campaign
	Incident    id.Incident
	Kind        string
	Format      Format
	Identifiers Identifiers
	State       string // running, done, failed, cancelled
	Done, Total int64
	SHA256      string
	Requested   time.Time
	By          id.User
}

// Store reads the record back.
type Store interface {
	// Rows calls f for each delivery of a campaign in order.
	Rows(ctx context.Context, campaign id.Campaign, who Identifiers, filter Filter, f func(Row) error) error
	Delivery(ctx context.Context, no id.Delivery) (Detail, error)
	IncidentOf(ctx context.Context, campaign id.Campaign) (id.Incident, error)
	Do(ctx context.Context, f func(Tx) error) error
	Exports
}

// Exports keeps made reports, sealed.
type Exports interface {
	Export(ctx context.Context, no id.Export) (Export, error)
	// Fill makes the file of an export: what write writes is sealed piece by
	// piece and becomes readable in one commit.
	Fill(ctx context.Context, e Export, write func(io.Writer, func(int64)) error) error
	Read(ctx context.Context, e Export, w io.Writer) error
}

// Tx is one transaction about reports.
type Tx interface {
	Request(e Export, reason string) (id.Export, error)
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
}

// Service answers for reports.
type Service struct{ Store Store }

// Deliveries gives a page of a campaign's deliveries, masked.
func (s Service) Deliveries(ctx context.Context, by access.Actor, campaign id.Campaign, f Filter) ([]Row, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	if _, err := s.Store.IncidentOf(ctx, campaign); err != nil {
		return nil, err
	}
	var rows []Row
	err := s.Store.Rows(ctx, campaign, Masked, f, func(r Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// Delivery gives one delivery with its attempts, masked.
func (s Service) Delivery(ctx context.Context, by access.Actor, no id.Delivery) (Detail, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Detail{}, err
	}
	return s.Store.Delivery(ctx, no)
}

// Report writes the masked report of a campaign, and puts on record who read
// it. The record comes first: a report that nobody recorded is not given.
func (s Service) Report(ctx context.Context, by access.Actor, campaign id.Campaign, f Format) (func(io.Writer) error, error) {
	if err := access.Export.Allow(by); err != nil {
		return nil, err
	}
	incident, err := s.Store.IncidentOf(ctx, campaign)
	if err != nil {
		return nil, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		return tx.Record(ledger.New(by, ledger.ReportRead, campaign).In(int64(incident)).With(map[string]string{"format": string(f), "identifiers": string(Masked)}))
	})
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return s.write(ctx, campaign, f, Masked, w, nil) }, nil
}

func (s Service) write(ctx context.Context, campaign id.Campaign, f Format, who Identifiers, w io.Writer, progress func(int64)) error {
	out, err := newWriter(f, w)
	if err != nil {
		return err
	}
	var n int64
	err = s.Store.Rows(ctx, campaign, who, Filter{}, func(r Row) error {
		if n++; progress != nil && n%1000 == 0 {
			progress(n)
		}
		return out.Write(r)
	})
	if err != nil {
		return fmt.Errorf("write report of %s: %w", campaign, err)
	}
	return out.Close()
}

// Ask asks for an export. Whole addresses need a second factor; every export
// needs a reason.
func (s Service) Ask(ctx context.Context, by access.Actor, e Export, reason string) (Export, error) {
	allowed := access.Export
	if e.Identifiers == Full {
		allowed = access.ExportWhole
	}
	if err := allowed.Allow(by); err != nil {
		return e, err
	}
	if err := e.check(reason); err != nil {
		return e, err
	}
	var err error
	if e.Incident, err = s.Store.IncidentOf(ctx, e.Campaign); err != nil {
		return e, err
	}
	e.By, e.State = by.User, "running"
	err = s.Store.Do(ctx, func(tx Tx) error {
		no, err := tx.Request(e, reason)
		if err != nil {
			return err
		}
		e.ID = no
		details := map[string]string{"campaign": e.Campaign.String(), "kind": e.Kind, "format": string(e.Format), "identifiers": string(e.Identifiers), "reason": reason}
		if err := tx.Record(ledger.New(by, ledger.ExportRequested, no).In(int64(e.Incident)).With(details)); err != nil {
			return err
		}
		return tx.Enqueue(task.Task{Name: task.MakeExport, Object: int64(no)})
	})
	return e, err
}

func (e Export) check(reason string) error {
	var wrong []fault.Field
	oneOf := func(name, value string, choices ...string) {
		for _, c := range choices {
			if value == c {
				return
			}
		}
		wrong = append(wrong, fault.Field{Name: name, Code: "field_not_one_of", Values: fault.Values{"name": name, "choices": strings.Join(choices, ", ")}})
	}
	oneOf("kind", e.Kind, "report")
	oneOf("format", string(e.Format), string(CSV), string(JSON))
	oneOf("identifiers", string(e.Identifiers), string(Full), string(Masked), string(Digests))
	if strings.TrimSpace(reason) == "" {
		wrong = append(wrong, fault.Field{Name: "reason", Code: "reason_missing"})
	}
	return fault.Wrongs(wrong)
}

// Make makes the file of an export. It may run twice: the second run finds it
// done.
func (s Service) Make(ctx context.Context, no id.Export) error {
	e, err := s.Store.Export(ctx, no)
	if err != nil || e.State != "running" {
		return err
	}
	return s.Store.Fill(ctx, e, func(w io.Writer, progress func(int64)) error {
		return s.write(ctx, e.Campaign, e.Format, e.Identifiers, w, progress)
	})
}

// Export tells how far an export is.
func (s Service) Export(ctx context.Context, by access.Actor, no id.Export) (Export, error) {
	if err := access.Export.Allow(by); err != nil {
		return Export{}, err
	}
	return s.Store.Export(ctx, no)
}

// File gives a finished export's file to whoever asked for it, after a fresh
// second factor where it holds whole addresses, and puts that on record.
func (s Service) File(ctx context.Context, by access.Actor, no id.Export) (Export, func(io.Writer) error, error) {
	e, err := s.Export(ctx, by, no)
	if err != nil {
		return e, nil, err
	}
	if e.Identifiers == Full {
		if err := access.ExportWhole.Allow(by); err != nil {
			return e, nil, err
		}
	}
	if e.By != by.User {
		return e, nil, fault.New(fault.Forbidden, "export_of_another", nil)
	}
	if e.State != "done" {
		return e, nil, fault.New(fault.Conflict, "export_not_done", fault.Values{"state": e.State})
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		return tx.Record(ledger.New(by, ledger.ExportRead, no).In(int64(e.Incident)).With(map[string]string{"sha256": e.SHA256}))
	})
	return e, func(w io.Writer) error { return s.Store.Read(ctx, e, w) }, err
}
