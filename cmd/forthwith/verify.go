package main

import (
	"encoding/json"
	"fmt"
	"os"

	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// verifyCommand checks what Forthwith gave out, with nothing but the file.
type verifyCommand struct {
	File string `arg:"" help:"A proof that somebody belongs to a frozen cohort (GET /api/v1/cohorts/{cohort}/proof)."`
}

// Run says what the file proves, or names what does not hold.
func (c verifyCommand) Run() error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var p cohort.MemberProof
	if err := json.Unmarshal(raw, &p); err != nil {
		return fault.New(fault.Invalid, "proof_format", nil).Because(err)
	}
	if err := p.Check(); err != nil {
		return err
	}
	fmt.Println(phrase.Say("proof_holds", map[string]any{"recipient": p.Recipient.String(), "cohort": p.Cohort.String(), "index": p.Index + 1, "size": p.Size, "root": p.Root.String(), "digest": p.Digest.String()}))
	return nil
}
