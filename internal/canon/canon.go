// Package canon makes the one byte form of a document that is hashed or
// signed: JSON in the canonical form of RFC 8785, and its SHA-256.
package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Hash is a SHA-256. Its text form is 64 lower-case hexadecimal digits.
type Hash [sha256.Size]byte

// JSON gives the canonical form of v. The same v gives the same bytes on every
// machine; v must marshal to JSON without numbers beyond 2^53.
func JSON(v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("marshal document: %w", err)
	}
	out, err := jcs.Transform(plain)
	if err != nil {
		return nil, fmt.Errorf("canonicalise document: %w", err)
	}
	return out, nil
}

// Sum gives the canonical form of v and its hash.
func Sum(v any) ([]byte, Hash, error) {
	doc, err := JSON(v)
	if err != nil {
		return nil, Hash{}, err
	}
	return doc, sha256.Sum256(doc), nil
}

// String gives the 64 digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether no hash was set.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText gives the 64 digits; no hash is the empty string.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return []byte(h.String()), nil
}

// UnmarshalText reads 64 digits, or the empty string as no hash.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*h = Hash{}
		return nil
	}
	got, err := ParseHash(string(text))
	*h = got
	return err
}

// ParseHash reads the 64 digits of a hash.
func ParseHash(s string) (Hash, error) {
	var h Hash
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) {
		return Hash{}, fmt.Errorf("parse hash: want %d hexadecimal digits", 2*len(h))
	}
	copy(h[:], raw)
	return h, nil
}

// FromBytes copies a stored hash. Anything of another length is no hash.
func FromBytes(b []byte) Hash {
	var h Hash
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}
