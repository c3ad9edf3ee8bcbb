package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// Tokens is what these routes call.
type Tokens interface {
	CreateToken(ctx context.Context, by access.Actor, n identity.NewToken) (identity.Token, string, error)
	Tokens(ctx context.Context, by access.Actor, after id.Token, limit int) ([]identity.Token, error)
	RevokeToken(ctx context.Context, by access.Actor, no id.Token) error
}

func tokenRoutes(r routes, s Tokens) {
	h := tokens{s}
	r.get("/tokens", h.list, pages())
	r.post("/tokens", h.create)
	r.delete("/tokens/:token", h.revoke)
}

type tokens struct{ service Tokens }

type tokenView struct {
	ID        id.Token       `json:"id"`
	UserID    id.User        `json:"user_id"`
	Name      string         `json:"name"`
	Scopes    []access.Scope `json:"scopes"`
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at"`
	RevokedAt *time.Time     `json:"revoked_at"`
}

func viewToken(t identity.Token) tokenView {
	return tokenView{t.ID, t.User, t.Name, t.Scopes, t.CreatedAt, t.ExpiresAt, t.RevokedAt}
}

func (h tokens) create(q request) error {
	var in struct {
		UserID    id.User        `json:"user_id"`
		Name      string         `json:"name"`
		Scopes    []access.Scope `json:"scopes"`
		ExpiresAt time.Time      `json:"expires_at"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	t, secret, err := h.service.CreateToken(q.UserContext(), q.actor, identity.NewToken{User: in.UserID, Name: in.Name, Scopes: in.Scopes, ExpiresAt: in.ExpiresAt})
	if err != nil {
		return err
	}
	return q.created("/tokens/"+t.ID.String(), struct {
		tokenView
		Token string `json:"token"` // told once
	}{viewToken(t), secret})
}

func (h tokens) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := h.service.Tokens(q.UserContext(), q.actor, id.Token(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(t identity.Token) int64 { return int64(t.ID) }, viewToken)
}

func (h tokens) revoke(q request) error {
	no, err := id.ParseToken(q.Params("token"))
	if err != nil {
		return err
	}
	if err := h.service.RevokeToken(q.UserContext(), q.actor, no); err != nil {
		return err
	}
	return q.SendStatus(204)
}
