package vault

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Purpose names an installation key.
type Purpose string

// The purposes. Each key is made once and never rotated: what it named stays
// findable.
const (
	Domains      Purpose = "domains"
	Suppressions Purpose = "suppressions"
	Codes        Purpose = "codes"
	MessageIDs   Purpose = "message_ids"
	ReturnPaths  Purpose = "return_paths"
	Settings     Purpose = "settings"
)

// Purposes lists every installation key.
var Purposes = []Purpose{Domains, Suppressions, Codes, MessageIDs, ReturnPaths, Settings}

// Installation is the opened set of installation keys.
type Installation struct {
	domains, suppressions, codes, messages, paths namer
	settings                                      sealer
	looseEnds                                     digester // digests of secrets such as tokens
}

// GenerateInstallation draws every installation key, wrapped by the master key.
func GenerateInstallation(m *Master) (map[Purpose][]byte, error) {
	wrapped := make(map[Purpose][]byte, len(Purposes))
	for _, p := range Purposes {
		w, err := m.wrap(newKey(), about("installation_key/"+string(p)))
		if err != nil {
			return nil, fmt.Errorf("wrap %s key: %w", p, err)
		}
		wrapped[p] = w
	}
	return wrapped, nil
}

// OpenInstallation unwraps the installation keys. A missing one is an error.
func OpenInstallation(m *Master, wrapped map[Purpose][]byte) (*Installation, error) {
	in := &Installation{}
	names := map[Purpose]*namer{Domains: &in.domains, Suppressions: &in.suppressions, Codes: &in.codes, MessageIDs: &in.messages, ReturnPaths: &in.paths}
	for _, p := range Purposes {
		key, err := m.unwrap(wrapped[p], about("installation_key/"+string(p)))
		if err != nil {
			return nil, fmt.Errorf("open %s key: %w", p, err)
		}
		if p == Settings {
			in.settings, err = newSealer(key)
			in.looseEnds = newDigester(key)
		} else {
			*names[p], err = newNamer(key)
		}
		if err != nil {
			return nil, err
		}
	}
	return in, nil
}

// DomainKey names a recipient domain (a lower-case A-label) in tables and in
// Redis.
func (in *Installation) DomainKey(domain string) Index { return in.domains.index([]byte(domain)) }

// SuppressionDigest names an address in the suppression table.
func (in *Installation) SuppressionDigest(addressKey string) Index {
	return in.suppressions.index([]byte(addressKey))
}

// MessageID is the part before the @ of a delivery's Message-ID, the same on
// every attempt.
func (in *Installation) MessageID(campaign, seq int64) string {
	ix := in.messages.index(about("message", campaign, seq))
	return hex.EncodeToString(ix[:])
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ReturnPath is the local part of the envelope sender of one delivery (VERP),
// with 80 bits that only we can make.
func (in *Installation) ReturnPath(campaign, seq int64) string {
	ix := in.paths.index(about("path", campaign, seq))
	return fmt.Sprintf("b+%d.%d.%s", campaign, seq, lowerBase32.EncodeToString(ix[:10]))
}

// ParseReturnPath reads such a local part. Only one that we made is accepted;
// the comparison takes constant time.
func (in *Installation) ParseReturnPath(local string) (campaign, seq int64, ok bool) {
	parts := strings.Split(strings.TrimPrefix(local, "b+"), ".")
	if len(parts) != 3 {
		return 0, 0, false
	}
	campaign, errC := strconv.ParseInt(parts[0], 10, 64)
	seq, errS := strconv.ParseInt(parts[1], 10, 64)
	if errC != nil || errS != nil || !hmac.Equal([]byte(in.ReturnPath(campaign, seq)), []byte(local)) {
		return 0, 0, false
	}
	return campaign, seq, true
}

// StaffNames gives what names one letter to staff: the part before the @
// of its Message-ID, and the local part of its envelope sender. Neither is any
// delivery's.
func (in *Installation) StaffNames(send, user int64) (messageID, returnPath string) {
	id, path := in.messages.index(about("test message", send, user)), in.paths.index(about("test path", send, user))
	return hex.EncodeToString(id[:]), "t+" + lowerBase32.EncodeToString(path[:10])
}

// SealSetting seals a secret or a text that belongs to the installation, such
// as a relay's password; column and number say where it stands.
func (in *Installation) SealSetting(column string, number int64, plain []byte) ([]byte, error) {
	return in.settings.seal(plain, about(column, number))
}

// OpenSetting opens what SealSetting sealed for the same place.
func (in *Installation) OpenSetting(column string, number int64, sealed []byte) ([]byte, error) {
	return in.settings.open(sealed, about(column, number))
}

// SecretDigest is what the database keeps of a secret with much randomness,
// such as a token.
func (in *Installation) SecretDigest(use, secret string) Digest {
	return in.looseEnds.of([]byte(use), []byte(secret))
}
