package campaign

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

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

// otherKeys names the key that was retired, or put to use, since a plan was
// approved. It says nothing where more of the sender changed than its keys.
func (approved PlannedSender) otherKeys(now PlannedSender) (code, selector string) {
	if approved.Revision != now.Revision {
		return "", ""
	}
	if k, gone := missing(approved.DKIMKeys, now.DKIMKeys); gone {
		return "plan_key_retired", k.Selector
	}
	if k, fresh := missing(now.DKIMKeys, approved.DKIMKeys); fresh {
		return "plan_key_used", k.Selector
	}
	return "", ""
}

// missing finds the first key that others do not have.
func missing(keys, others []PlannedKey) (PlannedKey, bool) {
	for _, k := range keys {
		if !slices.ContainsFunc(others, func(o PlannedKey) bool { return o.ID == k.ID }) {
			return k, true
		}
	}
	return PlannedKey{}, false
}
