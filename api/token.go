package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// Tokens is what these routes call.
type Tokens interface {
	CreateToken(ctx context.Context, by access.Actor, n identity.NewToken) (identity.Token, string, error)
	Tokens(ctx context.Context, by access.Actor, after id.Token, limit int, where ...filter.Equal) ([]identity.Token, error)
	RevokeToken(ctx context.Context, by access.Actor, no id.Token) error
}

func tokenRoutes(r routes, s Tokens) {
	h := tokens{s}
	r.get("/tokens", h.list, pages(itsID("user_id", aUser)))
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

// tokenDraft is a token to make.
type tokenDraft struct {
	UserID    id.User        `json:"user_id"`
	Name      string         `json:"name"`
	Scopes    []access.Scope `json:"scopes"`
	ExpiresAt time.Time      `json:"expires_at"`
}

func (h tokens) create(q request) error {
	in, err := bodyOf[tokenDraft](q)
	if err != nil {
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
	return list(q, h.service.Tokens, func(t identity.Token) id.Token { return t.ID }, viewToken)
}

func (h tokens) revoke(q request) error { return gone(q, aToken, h.service.RevokeToken) }
