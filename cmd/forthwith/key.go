package main

import (
	"fmt"
	"os"

	"forthwith/internal/ledger"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
)

// keyCommands makes keys.
type keyCommands struct {
	Generate struct {
		Master  masterKeyCommand  `cmd:"" help:"Print a new FORTHWITH_MASTER_KEY. Without it nothing that the database holds can be read."`
		Signing signingKeyCommand `cmd:"" help:"Print a new FORTHWITH_SIGNING_KEY, and the public key that verifies what it signs."`
	} `cmd:"" help:"Print a new key in the form that the environment takes."`
}

type masterKeyCommand struct{}

// Run prints the key alone, so that it can be redirected into a file.
func (masterKeyCommand) Run() error {
	fmt.Println(vault.GenerateMaster())
	return nil
}

type signingKeyCommand struct{}

// Run prints the key alone; the public one goes beside it to standard error.
func (signingKeyCommand) Run() error {
	private, public, err := ledger.GenerateSigning()
	if err != nil {
		return err
	}
	fmt.Println(private)
	fmt.Fprintln(os.Stderr, phrase.Say("key_public", map[string]any{"key": public}))
	return nil
}
