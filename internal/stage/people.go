package stage

import (
	"context"
	"net/http"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/identity"
	"forthwith/internal/postgres"
	"forthwith/internal/sample"
)

// people makes the staff, with tokens.
func (w *World) people(ctx context.Context) error {
	store := postgres.IdentityStore{DB: w.DB}
	service := identity.Service{Store: store, Reader: store}
	machine := access.Actor{Role: access.Admin, SteppedUp: true}
	client := &sample.Client{HTTP: &http.Client{Timeout: 2 * time.Minute}}
	for _, c := range []struct {
		name string
		role access.Role
	}{{"Ada", access.Legal}, {"Bo", access.Legal}, {"Cem", access.Ops}, {"Dee", access.Auditor}, {"Eli", access.Admin}} {
		e, err := service.Enrol(ctx, machine, identity.NewUser{Email: strings.ToLower(c.name) + "@larkfield.test", Name: c.name, Role: c.role})
		if err != nil {
			return err
		}
		by := access.Actor{User: e.User.ID, Role: c.role, SteppedUp: true}
		_, token, err := service.CreateToken(ctx, by, identity.NewToken{User: e.User.ID, Name: "faults", Scopes: identity.ScopesOf(c.role), ExpiresAt: time.Now().Add(24 * time.Hour)})
		if err != nil {
			return err
		}
		client.People = append(client.People, &sample.Person{Name: c.name, Role: string(c.role), Email: e.User.Email, Password: e.Password, Token: token, TOTPSecret: e.TOTPSecret})
	}
	w.Story = &sample.Story{Client: client, Tell: quiet{}, Inbox: w.RelayAt}
	if w.Second != nil {
		w.Story.Next = []string{w.Second.Addr()}
	}
	return nil
}

type quiet struct{}

func (quiet) Step(string)                   {}
func (quiet) Progress(string, int64, int64) {}
