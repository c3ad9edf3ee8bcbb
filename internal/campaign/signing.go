package campaign

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"forthwith/internal/canon"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// PlannedKey is a DKIM key that signs what a plan sends: its name and the hash
// of its public half, so that no other key can take its place.
type PlannedKey struct {
	ID           id.DKIMKey     `json:"id"`
	Domain       string         `json:"domain"`
	Selector     string         `json:"selector"`
	Algorithm    dkim.Algorithm `json:"algorithm"`
	PublicSHA256 canon.Hash     `json:"public_sha256"`
}

// PlanKey gives a key as a plan names it.
func PlanKey(k sender.Key) PlannedKey {
	return PlannedKey{k.ID, k.Domain, k.Selector, k.Algorithm, sha256.Sum256(k.Public)}
}

var errOtherKey = errors.New("the key is not the one that was approved")

// Open opens the key that was planned, and no other.
func (k PlannedKey) Open(private []byte) (*dkim.Key, error) {
	opened, err := dkim.Open(dkim.Name{Domain: k.Domain, Selector: k.Selector, Algorithm: k.Algorithm}, private)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(opened.Public()) != k.PublicSHA256 {
		return nil, fmt.Errorf("open %s: %w", k.ID, errOtherKey)
	}
	return opened, nil
}
