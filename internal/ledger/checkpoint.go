package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	formats "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// ErrSigningForm means that a text is not a signing key.
var ErrSigningForm = errors.New("not a signing key: make one with ‘forthwith key generate signing’")

// Signer signs checkpoints. Its name is the origin of the log.
type Signer struct{ signer note.Signer }

// GenerateSigning gives a new Ed25519 signing key in the form that the
// environment takes, and the key that verifies it, which is public.
func GenerateSigning() (private, public string, err error) {
	tail := make([]byte, 6)
	rand.Read(tail)
	private, public, err = note.GenerateKey(rand.Reader, "forthwith-"+hex.EncodeToString(tail))
	if err != nil {
		return "", "", fmt.Errorf("generate signing key: %w", err)
	}
	return private, public, nil
}

// ParseSigner reads a signing key. The error never repeats the text.
func ParseSigner(text string) (*Signer, error) {
	s, err := note.NewSigner(text)
	if err != nil {
		return nil, ErrSigningForm
	}
	return &Signer{signer: s}, nil
}

// Origin names the log that this key signs.
func (s *Signer) Origin() string { return s.signer.Name() }

// Checkpoint signs a tree's size and root.
func (s *Signer) Checkpoint(size int64, root Hash) ([]byte, error) {
	text := formats.Checkpoint{Origin: s.Origin(), Size: uint64(size), Hash: root[:]}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, s.signer)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint checks a signed checkpoint against a public key and gives its
// size and root.
func OpenCheckpoint(signed []byte, public string) (int64, Hash, error) {
	v, err := note.NewVerifier(public)
	if err != nil {
		return 0, Hash{}, fmt.Errorf("read public key: %w", err)
	}
	cp, _, _, err := formats.ParseCheckpoint(signed, v.Name(), v)
	if err != nil {
		return 0, Hash{}, fmt.Errorf("open checkpoint: %w", err)
	}
	if len(cp.Hash) != len(Hash{}) {
		return 0, Hash{}, errors.New("open checkpoint: its root is no SHA-256")
	}
	return int64(cp.Size), Hash(cp.Hash), nil
}
