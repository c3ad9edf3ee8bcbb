package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/templates"
)

// Notices is what these routes call.
type Notices interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, name string) (notice.Notice, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Notice, limit int) ([]notice.Notice, error)
	Starters(by access.Actor) ([]templates.Starter, error)
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

// noticeDraft is a notice to begin.
type noticeDraft struct {
	Name string `json:"name"`
}

func (h notices) create(q request) error {
	incident, body, err := bodyFor[noticeDraft](q, anIncident)
	if err != nil {
		return err
	}
	return then(q, madeNotice)(h.service.Create(q.UserContext(), q.actor, incident, body.Name))
}

func madeNotice(q request, n notice.Notice) error {
	return q.created("/incidents/"+n.Incident.String()+"/notices", viewNotice(n))
}

func (h notices) list(q request) error {
	incident, err := anIncident.in(q)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after id.Notice, limit int) ([]notice.Notice, error) {
		return h.service.List(ctx, by, incident, after, limit)
	}
	return list(q, whole(page), func(n notice.Notice) id.Notice { return n.ID }, viewNotice)
}

type versionDraft struct {
	FromVersion id.Version `json:"from_version"`
	notice.Draft
}

func (h notices) save(q request) error {
	no, d, err := bodyFor[versionDraft](q, aNotice)
	if err != nil {
		return err
	}
	return then(q, madeVersion)(h.service.Save(q.UserContext(), q.actor, no, d.FromVersion, d.Draft))
}

func madeVersion(q request, v notice.Version) error {
	return q.created("/versions/"+v.ID.String(), viewVersion(v))
}
