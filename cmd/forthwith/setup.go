package main

import (
	"context"
	"fmt"

	"forthwith/internal/access"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

// setupCommand turns a stack with the sample into one that is used in earnest.
type setupCommand struct {
	Email string `required:"" help:"The address of the first admin."`
	Name  string `required:"" help:"Their name."`
}

// Run retires the sample for good and invites the first admin.
func (c setupCommand) Run(ctx context.Context) error {
	return atDesk(ctx, func(d *desk) error {
		_, invitation, err := d.staff().Invite(ctx, operator, identity.NewUser{Email: c.Email, Name: c.Name, Role: access.Admin})
		if err != nil {
			return err
		}
		r, err := identity.RetireSample(ctx, postgres.IdentityStore{DB: d.db}, operator)
		if err != nil {
			return err
		}
		fmt.Println(phrase.Say("setup_done", map[string]any{"people": r.People, "incidents": r.Incidents}))
		d.printInvitation(invitation)
		return nil
	})
}
