package main

import (
	"context"
	"fmt"
	"os"

	"forthwith/internal/config"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

// migrateCommands changes the schema, as the role of DATABASE_OWNER_URL.
type migrateCommands struct {
	Up     migrateUpCommand     `cmd:"" help:"Bring the schema up to this program, and grant the role of DATABASE_URL what it may do."`
	Status migrateStatusCommand `cmd:"" help:"List the migrations and which are applied."`
	Down   migrateDownCommand   `cmd:"" help:"Take back the newest migration."`
}

type migrateUpCommand struct{}

// Run may be repeated: it grants anew and changes nothing else.
func (migrateUpCommand) Run(ctx context.Context) error {
	return asOwner(ctx, func(db *postgres.DB, cfg config.Config) error {
		app := postgres.AppRole
		if cfg.Database != "" {
			var err error
			if app, err = postgres.RoleOf(cfg.Database.Reveal()); err != nil {
				return err
			}
		}
		n, err := db.MigrateUp(ctx, app)
		if err == nil {
			fmt.Println(phrase.Say("migrated_up", map[string]any{"count": n, "role": app}))
		}
		return err
	})
}

type migrateStatusCommand struct{}

// Run lists every migration.
func (migrateStatusCommand) Run(ctx context.Context) error {
	return asOwner(ctx, func(db *postgres.DB, _ config.Config) error {
		all, err := db.MigrationStatus(ctx)
		for _, m := range all {
			state := "migration_pending"
			if m.Applied {
				state = "migration_applied"
			}
			fmt.Printf("%-10s %s\n", phrase.Say(state, nil), m.Name)
		}
		return err
	})
}

type migrateDownCommand struct{}

// Run takes back one migration.
func (migrateDownCommand) Run(ctx context.Context) error {
	return asOwner(ctx, func(db *postgres.DB, _ config.Config) error {
		err := db.MigrateDown(ctx)
		if err == nil {
			fmt.Println(phrase.Say("migrated_down", nil))
		}
		return err
	})
}

// asOwner connects as the schema's owner; without any database in the
// environment, to the private one.
func asOwner(ctx context.Context, f func(*postgres.DB, config.Config) error) error {
	cfg, err := config.Read(os.Environ())
	if err != nil {
		return err
	}
	if cfg.Database == "" && cfg.DatabaseOwner == "" {
		return atDesk(ctx, func(d *desk) error {
			db, err := postgres.Connect(ctx, d.cfg.Database.Reveal(), postgres.Options{User: postgres.OwnerRole, MaxConns: 4})
			if err != nil {
				return err
			}
			defer db.Close()
			return f(db, cfg)
		})
	}
	if err := cfg.Require("DATABASE_OWNER_URL"); err != nil {
		return err
	}
	db, err := postgres.Connect(ctx, cfg.DatabaseOwner.Reveal(), postgres.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	return f(db, cfg)
}
