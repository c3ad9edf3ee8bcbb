package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
	prf "github.com/tink-crypto/tink-go/v2/prf/subtle"
)

const keySize = 32

// Index is a blind index or another keyed name of 16 bytes; a uuid column
// holds it.
type Index [16]byte

// Digest is a keyed digest of 32 bytes.
type Digest [sha256.Size]byte

// newKey draws a fresh key. The operating system's randomness does not fail.
func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key)
	return key
}

// derive makes a sub-key for one use (HKDF-SHA-256, RFC 5869).
func derive(secret []byte, use string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "forthwith/v1/"+use, keySize)
	if err != nil {
		return nil, fmt.Errorf("derive key for %s: %w", use, err)
	}
	return key, nil
}

// sealer seals with associated data.
type sealer struct{ gcm *aead.AESGCM }

func newSealer(key []byte) (sealer, error) {
	gcm, err := aead.NewAESGCM(key)
	if err != nil {
		return sealer{}, fmt.Errorf("make sealer: %w", err)
	}
	return sealer{gcm}, nil
}

func (s sealer) seal(plain, about []byte) ([]byte, error) {
	sealed, err := s.gcm.Encrypt(plain, about)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

func (s sealer) open(sealed, about []byte) ([]byte, error) {
	plain, err := s.gcm.Decrypt(sealed, about)
	if err != nil {
		return nil, fmt.Errorf("open sealed value: %w", err)
	}
	return plain, nil
}

// namer makes indexes.
type namer struct{ cmac *prf.AESCMACPRF }

func newNamer(key []byte) (namer, error) {
	cmac, err := prf.NewAESCMACPRF(key)
	if err != nil {
		return namer{}, fmt.Errorf("make index key: %w", err)
	}
	return namer{cmac}, nil
}

func (n namer) index(data []byte) Index {
	out, err := n.cmac.ComputePRF(data, uint32(len(Index{})))
	if err != nil {
		panic("AES-CMAC refused 16 bytes of output: " + err.Error()) // its only failure is a longer output
	}
	return Index(out)
}

// digester makes HMAC-SHA-256 digests under one key. The key is set up once for
// each that works at the same time: for a short input that is half the work.
type digester struct{ macs *sync.Pool }

func newDigester(key []byte) digester {
	return digester{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// of covers length-prefixed parts, so that no two lists of parts share an input.
func (d digester) of(parts ...[]byte) Digest {
	mac := d.macs.Get().(hash.Hash)
	defer d.macs.Put(mac)
	mac.Reset()
	var length [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		mac.Write(length[:])
		mac.Write(p)
	}
	var out Digest
	mac.Sum(out[:0])
	return out
}

// about names what is sealed: a column, then the numbers of its row.
func about(column string, numbers ...int64) []byte {
	out := make([]byte, 0, len(column)+1+8*len(numbers)+len(Index{}))
	out = append(append(out, column...), 0)
	for _, n := range numbers {
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	return out
}
