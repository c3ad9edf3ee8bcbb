package vault

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const masterPrefix = "forthwith-master-1:"

// ErrMasterForm means that a text is not a master key.
var ErrMasterForm = errors.New("not a master key: make one with ‘forthwith key generate master’")

// ErrOtherMaster means that the database was begun with another master key.
var ErrOtherMaster = errors.New("this database was begun with another master key")

// Master wraps all other keys. It comes from the environment and is never
// stored.
type Master struct {
	sealer sealer
	check  []byte
}

// GenerateMaster gives a new master key in the form that the environment takes.
func GenerateMaster() string {
	return masterPrefix + base64.RawURLEncoding.EncodeToString(newKey())
}

// ParseMaster reads a master key. The error never repeats the text.
func ParseMaster(text string) (*Master, error) {
	coded, ok := strings.CutPrefix(strings.TrimSpace(text), masterPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(coded)
	if !ok || err != nil || len(raw) != keySize {
		return nil, ErrMasterForm
	}
	wrapping, err := derive(raw, "wrap")
	if err != nil {
		return nil, err
	}
	s, err := newSealer(wrapping)
	if err != nil {
		return nil, err
	}
	check := newDigester(raw).of([]byte("key check value"))
	return &Master{sealer: s, check: check[:]}, nil
}

// CheckValue recognises the key without giving it away. The database keeps it.
func (m *Master) CheckValue() []byte { return m.check }

// Matches compares with a stored check value; another key stops the start.
func (m *Master) Matches(stored []byte) error {
	if !hmac.Equal(m.check, stored) {
		return ErrOtherMaster
	}
	return nil
}

func (m *Master) wrap(key, about []byte) ([]byte, error) { return m.sealer.seal(key, about) }

func (m *Master) unwrap(wrapped, about []byte) ([]byte, error) {
	key, err := m.sealer.open(wrapped, about)
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w", err)
	}
	return key, nil
}
