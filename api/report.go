package api

import (
	"context"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/evidence"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
)

// Reports is what these routes call.
type Reports interface {
	Report(ctx context.Context, by access.Actor, campaign id.Campaign, f evidence.Format) (func(io.Writer) error, error)
	Ask(ctx context.Context, by access.Actor, e evidence.Export, reason string) (evidence.Export, error)
	Export(ctx context.Context, by access.Actor, no id.Export) (evidence.Export, error)
	File(ctx context.Context, by access.Actor, no id.Export) (evidence.Export, func(io.Writer) error, error)
}

func reportRoutes(r routes, s Reports) {
	h := reports{s}
	r.get("/campaigns/:campaign/report.csv", h.csv, endless)
	r.get("/campaigns/:campaign/report.json", h.json, endless)
	r.post("/campaigns/:campaign/exports", h.ask)
	r.get("/exports/:export", h.get)
	r.get("/exports/:export/file", h.file, endless)
}

type reports struct{ service Reports }

var contentTypes = map[evidence.Format]string{evidence.CSV: "text/csv; charset=utf-8", evidence.JSON: fiber.MIMEApplicationJSON}

func (h reports) csv(q request) error  { return h.report(q, evidence.CSV) }
func (h reports) json(q request) error { return h.report(q, evidence.JSON) }

func (h reports) report(q request, f evidence.Format) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	write, err := h.service.Report(detached(q), q.actor, no, f)
	if err != nil {
		return err
	}
	return httpguard.SendFile(q.Ctx, contentTypes[f], "report-"+no.String()+"."+string(f), write)
}

// detached is a context for what is written after the handler has returned.
func detached(q request) context.Context { return context.WithoutCancel(q.UserContext()) }

// exportView is an export as it is answered.
type exportView struct {
	ID          id.Export            `json:"id"`
	Campaign    id.Campaign          `json:"campaign_id"`
	Kind        string               `json:"kind"`
	Format      evidence.Format      `json:"format"`
	Identifiers evidence.Identifiers `json:"identifiers"`
	State       string               `json:"state"`
	Progress    int64                `json:"progress"`
	Total       int64                `json:"total"`
	SHA256      string               `json:"sha256"`
	RequestedAt time.Time            `json:"requested_at"`
}

func viewExport(e evidence.Export) exportView {
	return exportView{e.ID, e.Campaign, e.Kind, e.Format, e.Identifiers, e.State, e.Done, e.Total, e.SHA256, e.Requested}
}

// exportDraft is what an export is asked for with.
type exportDraft struct {
	Kind        string               `json:"kind"`
	Format      evidence.Format      `json:"format"`
	Identifiers evidence.Identifiers `json:"identifiers"`
	Reason      string               `json:"reason"`
}

func (h reports) ask(q request) error {
	no, body, err := bodyFor[exportDraft](q, aCampaign)
	if err != nil {
		return err
	}
	e, err := h.service.Ask(q.UserContext(), q.actor, evidence.Export{Campaign: no, Kind: body.Kind, Format: body.Format, Identifiers: body.Identifiers}, body.Reason)
	if err != nil {
		return err
	}
	return then(q, making)(h.service.Export(q.UserContext(), q.actor, e.ID))
}

// making answers with where the progress of an export is.
func making(q request, e evidence.Export) error {
	return q.accepted("/exports/"+e.ID.String(), viewExport(e))
}

func (h reports) get(q request) error { return one(q, anExport, h.service.Export, as(viewExport)) }

func (h reports) file(q request) error {
	no, err := anExport.in(q)
	if err != nil {
		return err
	}
	e, write, err := h.service.File(detached(q), q.actor, no)
	if err != nil {
		return err
	}
	return httpguard.SendFile(q.Ctx, contentTypes[e.Format], "report-"+e.Campaign.String()+"."+string(e.Format), write)
}
