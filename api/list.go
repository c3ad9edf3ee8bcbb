package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
)

// Lists is what these routes call.
type Lists interface {
	MaxFile() int64
	Upload(ctx context.Context, by access.Actor, incident id.Incident, f intake.File) (intake.List, error)
	Get(ctx context.Context, by access.Actor, no id.List) (intake.List, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.List, limit int, where ...filter.Equal) ([]intake.List, error)
	Preview(ctx context.Context, by access.Actor, no id.List, change func(intake.Dialect) intake.Dialect) (intake.Preview, error)
	Confirm(ctx context.Context, by access.Actor, no id.List, change func(intake.Dialect) intake.Dialect, mapping map[string]string) (intake.List, error)
	Cancel(ctx context.Context, by access.Actor, no id.List) (intake.List, error)
	Rejects(ctx context.Context, by access.Actor, no id.List, asCSV bool) (intake.RejectsFile, error)
	ListChanges
}

func listRoutes(r routes, s Lists) {
	h := lists{s}
	r.get("/incidents/:incident/lists", h.list, pages(anyOf("state", intake.States)))
	r.post("/incidents/:incident/lists", h.upload, endless)
	r.get("/lists/:list", h.get)
	r.delete("/lists/:list", h.cancel)
	r.get("/lists/:list/preview", h.preview, query("encoding", "delimiter", "header_row", "sheet"))
	r.post("/lists/:list/confirm", h.confirm)
	r.post("/lists/:list/cancel", h.cancel)
	r.get("/lists/:list/withdraw", h.hanging)
	r.post("/lists/:list/withdraw", h.withdraw)
	r.get("/lists/:list/diff", h.difference, query("against"))
	r.get("/lists/:list/rejects", func(q request) error { return h.rejects(q, false) }, endless)
	r.get("/lists/:list/rejects.csv", func(q request) error { return h.rejects(q, true) }, endless)
}

type lists struct{ service Lists }

type listView struct {
	ID         id.List           `json:"id"`
	IncidentID id.Incident       `json:"incident_id"`
	Name       string            `json:"name"`
	State      intake.State      `json:"state"`
	SHA256     canon.Hash        `json:"sha256"`
	Rows       int64             `json:"rows"`
	Accepted   int64             `json:"accepted"`
	Rejected   int64             `json:"rejected"`
	New        int64             `json:"new_recipients"`
	Known      int64             `json:"known_recipients"`
	Repeats    int64             `json:"repeats"`
	Dialect    intake.Dialect    `json:"dialect"`
	Columns    []string          `json:"columns"`
	Mapping    map[string]string `json:"mapping"`
	Progress   int64             `json:"progress"` // bytes read
	Total      int64             `json:"total"`    // bytes
	Failure    *failureView      `json:"failure"`
	UploadedBy id.User           `json:"uploaded_by"`
	UploadedAt time.Time         `json:"uploaded_at"`
	ImportedAt *time.Time        `json:"imported_at"`
	Withdrawal *withdrawalView   `json:"withdrawal"`
}

type failureView struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func viewList(l intake.List) listView {
	v := listView{ID: l.ID, IncidentID: l.Incident, Name: l.Name, State: l.State, SHA256: l.SHA256,
		Rows: l.Counts.Rows, Accepted: l.Counts.Accepted, Rejected: l.Counts.Rejected, New: l.Counts.New, Known: l.Counts.Known, Repeats: l.Counts.Repeats,
		Dialect: l.Dialect, Columns: l.Columns, Mapping: l.Mapping.Raw(l.Columns), Progress: l.Done, Total: l.Bytes,
		UploadedBy: l.UploadedBy, UploadedAt: l.UploadedAt, Withdrawal: viewWithdrawal(l.Withdrawal)}
	if l.Failure != nil {
		v.Failure = &failureView{l.Failure.Code, phrase.Say(l.Failure.Code, l.Failure.Values)}
	}
	if !l.ImportedAt.IsZero() {
		v.ImportedAt = &l.ImportedAt
	}
	return v
}

func (h lists) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(l intake.List) id.List { return l.ID }, viewList)
}

// importing answers with where the progress of the import is.
func importing(q request, l intake.List) error {
	return q.accepted("/lists/"+l.ID.String(), viewList(l))
}

func (h lists) upload(q request) error {
	incident, err := anIncident.in(q)
	if err != nil {
		return err
	}
	form, err := q.listForm(h.service.MaxFile())
	if err != nil {
		return err
	}
	file, err := form.list()
	if err != nil {
		return err
	}
	return then(q, importing)(h.service.Upload(q.UserContext(), q.actor, incident, file))
}

func (h lists) get(q request) error    { return one(q, aList, h.service.Get, as(viewList)) }
func (h lists) cancel(q request) error { return one(q, aList, h.service.Cancel, as(viewList)) }

// rejects streams the refused rows, in the shape of the file or as CSV.
func (h lists) rejects(q request, asCSV bool) error {
	no, err := aList.in(q)
	if err != nil {
		return err
	}
	file, err := h.service.Rejects(detached(q), q.actor, no, asCSV)
	if err != nil {
		return err
	}
	return httpguard.SendFile(q.Ctx, file.Type, "rejects-"+no.String()+"."+file.Extension, file.Write)
}
