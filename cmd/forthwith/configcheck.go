package main

import (
	"errors"
	"fmt"
	"os"

	"forthwith/internal/config"
	"forthwith/internal/fault"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// configCommands looks at the environment.
type configCommands struct {
	Check configCheckCommand `cmd:"" help:"Print the effective configuration with secrets masked, and every mistake at once."`
}

type configCheckCommand struct{}

// Run prints what would be used, also where something is wrong with it.
func (configCheckCommand) Run() error {
	cfg, err := config.Read(os.Environ())
	for _, s := range cfg.List() {
		fmt.Printf("%-30s %s\n", s.Name, s.Value)
	}
	return fault.Wrongs(append(mistakes(err), keyMistakes(cfg)...))
}

func mistakes(err error) []fault.Field {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Fields
	}
	return nil
}

// keyMistakes looks at what only the vault and the ledger can read.
func keyMistakes(cfg config.Config) []fault.Field {
	var wrong []fault.Field
	if key := cfg.MasterKey.Reveal(); key != "" {
		if _, err := vault.ParseMaster(key); err != nil {
			wrong = append(wrong, fault.Field{Name: "FORTHWITH_MASTER_KEY", Code: "master_key_form"})
		}
	}
	if key := cfg.SigningKey.Reveal(); key != "" {
		if _, err := ledger.ParseSigner(key); err != nil {
			wrong = append(wrong, fault.Field{Name: "FORTHWITH_SIGNING_KEY", Code: "signing_key_form"})
		}
	}
	return wrong
}
