package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
)

// userCommands keeps accounts.
type userCommands struct {
	Add          userAddCommand          `cmd:"" help:"Make a user, and print an invitation link."`
	List         userListCommand         `cmd:"" help:"List users."`
	Disable      userDisableCommand      `cmd:"" help:"Disable a user. Their tokens end at once."`
	ResetFactors userResetFactorsCommand `cmd:"" name:"reset-factors" help:"Take password and second factor from a user, and print a new invitation link."`
}

type userAddCommand struct {
	Email string `required:"" help:"The address that the user signs in with."`
	Name  string `required:"" help:"The name that others see."`
	Role  string `required:"" enum:"legal,ops,auditor,admin,support" help:"One of ${enum}."`
	Enrol bool   `help:"Make a password and a second factor at once, and print them as JSON."`
}

// Run makes the user. What it prints is told once.
func (c userAddCommand) Run(ctx context.Context) error {
	n := identity.NewUser{Email: c.Email, Name: c.Name, Role: access.Role(c.Role)}
	return atDesk(ctx, func(d *desk) error {
		if c.Enrol {
			e, err := d.staff().Enrol(ctx, operator, n)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(struct {
				User       id.User `json:"user_id"`
				Password   string  `json:"password"`
				TOTPSecret string  `json:"totp_secret"`
			}{e.User.ID, e.Password, e.TOTPSecret})
		}
		_, i, err := d.staff().Invite(ctx, operator, n)
		if err == nil {
			d.printInvitation(i)
		}
		return err
	})
}

func (d *desk) printInvitation(i identity.Invitation) {
	base := d.cfg.BaseURL
	if base == "" {
		base = "http://" + d.cfg.Addr
	}
	fmt.Println(base + "/invite/" + i.Token)
}

type userListCommand struct{}

// Run lists every user, a page at a time.
func (userListCommand) Run(ctx context.Context) error {
	return atDesk(ctx, func(d *desk) error {
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for after := id.User(0); ; {
			page, err := d.staff().List(ctx, operator, after, 500)
			if err != nil {
				return err
			}
			for _, u := range page {
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", u.ID, u.Email, u.Name, u.Role, phrase.Say(standing(u), nil))
				after = u.ID
			}
			if len(page) < 500 {
				return out.Flush()
			}
		}
	})
}

func standing(u identity.User) string {
	switch {
	case u.Disabled():
		return "user_is_disabled"
	case !u.Enrolled:
		return "user_is_invited"
	}
	return "user_is_enrolled"
}

type userDisableCommand struct {
	Email string `arg:"" help:"The address that the user signs in with."`
}

// Run disables a user; a disabled one stays so.
func (c userDisableCommand) Run(ctx context.Context) error {
	return atDesk(ctx, func(d *desk) error {
		u, err := d.staff().ByEmail(ctx, operator, c.Email)
		if err != nil {
			return err
		}
		off := true
		_, err = d.staff().Change(ctx, operator, u.ID, u.Version, identity.UserChange{Disabled: &off})
		return err
	})
}

type userResetFactorsCommand struct {
	Email string `arg:"" help:"The address that the user signs in with."`
}

// Run prints the link that the user begins again with.
func (c userResetFactorsCommand) Run(ctx context.Context) error {
	return atDesk(ctx, func(d *desk) error {
		u, err := d.staff().ByEmail(ctx, operator, c.Email)
		if err != nil {
			return err
		}
		i, err := d.staff().ResetFactors(ctx, operator, u.ID)
		if err == nil {
			d.printInvitation(i)
		}
		return err
	})
}
