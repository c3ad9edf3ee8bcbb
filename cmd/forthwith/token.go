package main

import (
	"context"
	"fmt"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/identity"
)

// tokenCommands keeps API tokens.
type tokenCommands struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token that acts as a user, and print it alone."`
}

type tokenCreateCommand struct {
	User  string   `required:"" help:"The address that the user signs in with."`
	Scope []string `required:"" help:"What the token may do; may be repeated. One of read, import, draft, approve, launch, export, lookup, admin."`
	Name  string   `help:"What the token is for."`
	Days  int      `default:"90" help:"After how many days it ends."`
}

// Run makes the token. It is told once.
func (c tokenCreateCommand) Run(ctx context.Context) error {
	return atDesk(ctx, func(d *desk) error {
		u, err := d.staff().ByEmail(ctx, operator, c.User)
		if err != nil {
			return err
		}
		scopes := make([]access.Scope, len(c.Scope))
		for i, s := range c.Scope {
			scopes[i] = access.Scope(s)
		}
		now, err := d.db.Now(ctx)
		if err != nil {
			return err
		}
		_, secret, err := d.staff().CreateToken(ctx, operator, identity.NewToken{
			User: u.ID, Name: c.Name, Scopes: scopes, ExpiresAt: now.Add(time.Duration(c.Days) * 24 * time.Hour)})
		if err == nil {
			fmt.Println(secret)
		}
		return err
	})
}
