package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/codes"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Codes is what these routes call.
type Codes interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, u codes.Upload) (codes.Pool, error)
	Add(ctx context.Context, by access.Actor, no id.Pool, u codes.Upload) (codes.Pool, error)
	Get(ctx context.Context, by access.Actor, no id.Pool) (codes.Pool, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Pool, limit int, where ...filter.Equal) ([]codes.Pool, error)
}

func codeRoutes(r routes, s Codes) {
	h := pools{s}
	r.get("/incidents/:incident/code-pools", h.list, pages())
	r.post("/incidents/:incident/code-pools", h.create, endless)
	r.get("/code-pools/:pool", h.get)
	r.post("/code-pools/:pool/codes", h.add, endless)
}

type pools struct{ service Codes }

// poolView is a pool. No code of it is ever shown.
type poolView struct {
	ID         id.Pool        `json:"id"`
	IncidentID id.Incident    `json:"incident_id"`
	Name       string         `json:"name"`
	Total      int64          `json:"total"`
	Used       int64          `json:"used"`
	Left       int64          `json:"left"`
	Files      []codeFileView `json:"files"`
	CreatedBy  id.User        `json:"created_by"`
	CreatedAt  time.Time      `json:"created_at"`
}

type codeFileView struct {
	SHA256     canon.Hash `json:"sha256"`
	Codes      int64      `json:"codes"`
	UploadedBy id.User    `json:"uploaded_by"`
	UploadedAt time.Time  `json:"uploaded_at"`
}

func viewPool(p codes.Pool) poolView {
	v := poolView{ID: p.ID, IncidentID: p.Incident, Name: p.Name, Total: p.Total, Used: p.Used, Left: p.Left(), CreatedBy: p.CreatedBy, CreatedAt: p.CreatedAt}
	for _, f := range p.Files {
		v.Files = append(v.Files, codeFileView(f))
	}
	return v
}

func (h pools) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(p codes.Pool) id.Pool { return p.ID }, viewPool)
}

func (h pools) get(q request) error { return one(q, aPool, h.service.Get, as(viewPool)) }

func (h pools) create(q request) error {
	incident, err := anIncident.in(q)
	if err != nil {
		return err
	}
	file, err := codesIn(q, nameField)
	if err != nil {
		return err
	}
	return then(q, madePool)(h.service.Create(q.UserContext(), q.actor, incident, file))
}

func madePool(q request, p codes.Pool) error {
	return q.created("/code-pools/"+p.ID.String(), viewPool(p))
}

func (h pools) add(q request) error {
	no, err := aPool.in(q)
	if err != nil {
		return err
	}
	file, err := codesIn(q)
	if err != nil {
		return err
	}
	return then(q, as(viewPool))(h.service.Add(q.UserContext(), q.actor, no, file))
}

// codesIn goes on to the file of codes in a form.
func codesIn(q request, fields ...string) (codes.Upload, error) {
	form, err := q.formWith(codes.MaxFile, fields...)
	if err != nil {
		return codes.Upload{}, err
	}
	return form.codes()
}
