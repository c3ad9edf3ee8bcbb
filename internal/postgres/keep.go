package postgres

import (
	"encoding/base64"
	"fmt"
)

// KeepStore implements web.Keeper under an installation key, so that every
// process of an installation can open what another sealed. Nothing is stored.
type KeepStore struct{ *DB }

// keptColumn stands in the associated data in place of a column.
const keptColumn = "web.kept_form"

// Seal seals a text for as long as the installation's key lives.
func (s KeepStore) Seal(plain []byte) (string, error) {
	sealed, err := s.keys.installation.SealSetting(keptColumn, 0, plain)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// Unseal opens what Seal made, and nothing else.
func (s KeepStore) Unseal(sealed string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("open kept form: %w", err)
	}
	return s.keys.installation.OpenSetting(keptColumn, 0, raw)
}
