package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/id"
	"forthwith/internal/notice"
)

// Notices is what these routes call.
type Notices interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, name string) (notice.Notice, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Notice, limit int) ([]notice.Notice, error)
	Save(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d notice.Draft) (notice.Version, error)
}

func noticeRoutes(r routes, s Notices) {
	h := notices{s}
	r.get("/incidents/:incident/notices", h.list, pages())
	r.post("/incidents/:incident/notices", h.create)
	r.post("/notices/:notice/versions", h.save)
}

type notices struct{ service Notices }

type noticeView struct {
	ID         id.Notice     `json:"id"`
	IncidentID id.Incident   `json:"incident_id"`
	Name       string        `json:"name"`
	CreatedBy  id.User       `json:"created_by"`
	CreatedAt  time.Time     `json:"created_at"`
	Versions   []versionLine `json:"versions"`
}

// versionLine is a version among those of its notice.
type versionLine struct {
	ID        id.Version   `json:"id"`
	No        int          `json:"no"`
	State     notice.State `json:"state"`
	SHA256    canon.Hash   `json:"sha256"`
	CreatedBy id.User      `json:"created_by"`
	CreatedAt time.Time    `json:"created_at"`
}

func viewNotice(n notice.Notice) noticeView {
	v := noticeView{n.ID, n.Incident, n.Name, n.CreatedBy, n.CreatedAt, []versionLine{}}
	for _, l := range n.Versions {
		v.Versions = append(v.Versions, versionLine{l.ID, l.No, l.State, l.SHA256, l.CreatedBy, l.CreatedAt})
	}
	return v
}

func (h notices) create(q request) error {
	var body struct {
		Name string `json:"name"`
	}
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	if err := q.decode(&body); err != nil {
		return err
	}
	n, err := h.service.Create(q.UserContext(), q.actor, incident, body.Name)
	if err != nil {
		return err
	}
	return q.created("/incidents/"+incident.String()+"/notices", viewNotice(n))
}

func (h notices) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	got, err := h.service.List(q.UserContext(), q.actor, incident, id.Notice(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(n notice.Notice) int64 { return int64(n.ID) }, viewNotice)
}

type versionDraft struct {
	FromVersion id.Version `json:"from_version"`
	notice.Draft
}

func (h notices) save(q request) error {
	var d versionDraft
	no, err := id.ParseNotice(q.Params("notice"))
	if err != nil {
		return err
	}
	if err := q.decode(&d); err != nil {
		return err
	}
	v, err := h.service.Save(q.UserContext(), q.actor, no, d.FromVersion, d.Draft)
	if err != nil {
		return err
	}
	return q.created("/versions/"+v.ID.String(), viewVersion(v))
}
