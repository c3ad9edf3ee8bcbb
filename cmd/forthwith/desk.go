package main

import (
	"context"
	"errors"
	"io"
	"os"

	"forthwith/internal/access"
	"forthwith/internal/config"
	"forthwith/internal/fault"
	"forthwith/internal/identity"
	"forthwith/internal/ledger"
	"forthwith/internal/localstack"
	"forthwith/internal/postgres"
	"forthwith/internal/vault"
)

// operator is whoever has a terminal on the machine that holds the keys: the
// record says so, since no user did it.
var operator = access.Actor{Worker: "terminal", Role: access.Admin, SteppedUp: true}

// desk is an opened database for one command.
type desk struct {
	cfg   config.Config
	db    *postgres.DB
	stack *localstack.Stack // started for this command only; nil otherwise
}

// openDesk opens the database of DATABASE_URL. Without one it is the private
// database of this folder: of the stack that runs here, or started for as long
// as the command takes.
func openDesk(ctx context.Context) (*desk, error) {
	cfg, err := config.Read(os.Environ())
	if err != nil {
		return nil, err
	}
	d := &desk{cfg: cfg}
	marker := "production"
	if cfg.Database == "" {
		marker = "sample"
		if err := d.private(ctx); err != nil {
			return nil, err
		}
	}
	err = d.cfg.Require("FORTHWITH_MASTER_KEY", "FORTHWITH_SIGNING_KEY")
	if err == nil {
		err = d.unlock(ctx, marker)
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// private finds the private database, and the keys that go with it.
func (d *desk) private(ctx context.Context) error {
	if err := os.MkdirAll(local, 0o755); err != nil {
		return err
	}
	stack, err := localstack.Start(ctx, localstack.Options{Dir: localstack.Folder, Out: io.Discard, AllowStandIn: true})
	switch {
	case fault.Is(err, "stack_running"):
		running, readErr := readState()
		if readErr != nil || running.Database == "" {
			return errors.Join(err, readErr)
		}
		d.cfg.Database = config.Secret(running.Database)
	case err != nil:
		return err
	default:
		d.stack = stack
		d.cfg.Database, d.cfg.DatabaseOwner = config.Secret(stack.AppURL), config.Secret(stack.OwnerURL)
		if err := migrateUp(ctx, stack.OwnerURL); err != nil {
			return errors.Join(err, d.close())
		}
	}
	return keep(&d.cfg)
}

func (d *desk) unlock(ctx context.Context, marker string) error {
	master, err := vault.ParseMaster(d.cfg.MasterKey.Reveal())
	if err != nil {
		return fault.New(fault.Invalid, "master_key_form", nil)
	}
	signer, err := ledger.ParseSigner(d.cfg.SigningKey.Reveal())
	if err != nil {
		return fault.New(fault.Invalid, "signing_key_form", nil)
	}
	if d.db, err = postgres.Connect(ctx, d.cfg.Database.Reveal(), postgres.Options{MaxConns: 4}); err != nil {
		return err
	}
	if err := d.db.Ready(ctx); err != nil {
		return err
	}
	return d.db.Begin(ctx, master, signer.Origin(), marker)
}

func (d *desk) close() error {
	if d.db != nil {
		d.db.Close()
	}
	if d.stack != nil {
		return d.stack.Stop()
	}
	return nil
}

// staff answers for users and tokens.
func (d *desk) staff() identity.Service {
	store := postgres.IdentityStore{DB: d.db}
	return identity.Service{Store: store, Reader: store}
}

// atDesk opens the database for as long as f takes.
func atDesk(ctx context.Context, f func(d *desk) error) error {
	d, err := openDesk(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.close())
}
