package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// Algorithm is how a key signs.
type Algorithm string

// The algorithms. Receivers that do not know Ed25519 yet ignore it: a sender
// has a key of each.
const (
	Ed25519 Algorithm = "ed25519"
	RSA2048 Algorithm = "rsa2048"
)

const rsaBits = 2048

// tags are how an algorithm is called in a signature and in a DNS record.
var tags = map[Algorithm]struct{ signature, record string }{Ed25519: {"ed25519-sha256", "ed25519"}, RSA2048: {"rsa-sha256", "rsa"}}

// ErrAlgorithm means that there is no such algorithm, or that a key is not one
// of it.
var ErrAlgorithm = errors.New("not a key of a known algorithm")

// Known tells whether there is such an algorithm.
func (a Algorithm) Known() bool { return tags[a].signature != "" }

// Generate draws a key and gives its private half (PKCS #8, DER).
func Generate(a Algorithm) (private []byte, err error) {
	var key any
	switch a {
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case RSA2048:
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		err = ErrAlgorithm
	}
	if err != nil {
		return nil, fmt.Errorf("generate DKIM key: %w", err)
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// Key is an opened key under its name: the selector of a domain.
type Key struct {
	Name
	signer crypto.Signer
	public []byte
}

// Name says where the record of a key stands, and how it signs.
type Name struct {
	Domain    string
	Selector  string
	Algorithm Algorithm
}

// Host is the DNS name of the record (RFC 6376 section 3.6.2.1).
func (n Name) Host() string { return n.Selector + "._domainkey." + n.Domain }

// Open reads a private key back.
func Open(n Name, private []byte) (*Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("open DKIM key %s: %w", n.Selector, ErrAlgorithm) // the library's words may tell of the key
	}
	k := &Key{Name: n}
	switch key := parsed.(type) {
	case ed25519.PrivateKey:
		k.signer, k.public = key, key.Public().(ed25519.PublicKey)
		err = check(n.Algorithm == Ed25519)
	case *rsa.PrivateKey:
		k.signer = key
		if k.public, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err == nil {
			err = check(n.Algorithm == RSA2048 && key.N.BitLen() == rsaBits)
		}
	default:
		err = ErrAlgorithm
	}
	if err != nil {
		return nil, fmt.Errorf("open DKIM key %s: %w", n.Selector, err)
	}
	return k, nil
}

func check(ok bool) error {
	if !ok {
		return ErrAlgorithm
	}
	return nil
}

// Public is the public half as the DNS record has it: raw for Ed25519 (RFC
// 8463 section 4), DER for RSA.
func (k *Key) Public() []byte { return k.public }

// Record is the TXT record that publishes a public key.
func Record(a Algorithm, public []byte) string {
	return "v=DKIM1; k=" + tags[a].record + "; p=" + base64.StdEncoding.EncodeToString(public)
}

// sign signs the hash of the headers. Both ways give the same bytes again for
// the same hash.
func (k *Key) sign(sum [sha256.Size]byte) ([]byte, error) {
	if k.Algorithm == Ed25519 {
		return k.signer.Sign(nil, sum[:], crypto.Hash(0)) // of the hash itself: RFC 8463 section 3
	}
	return k.signer.Sign(nil, sum[:], crypto.SHA256) // PKCS #1 v1.5; no randomness but blinding
}
