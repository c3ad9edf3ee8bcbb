package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

const (
	stepSeconds = 30
	secretBytes = 20 // RFC 4226 section 4, R6
	tokenPrefix = "fwt_"
)

var hashing = &argon2id.Params{Memory: 64 * 1024, Iterations: 3, Parallelism: 2, SaltLength: 16, KeyLength: 32}

// hashers bounds how many passwords are hashed at once: each takes 64 MiB.
var hashers = make(chan struct{}, 2)

// oneHasher waits for its turn, or for the end of the request.
func oneHasher(ctx context.Context, f func() error) error {
	select {
	case hashers <- struct{}{}:
		defer func() { <-hashers }()
		return f()
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

func hashPassword(ctx context.Context, password string) (hash string, err error) {
	err = oneHasher(ctx, func() error {
		hash, err = argon2id.CreateHash(password, hashing)
		return err
	})
	return hash, err
}

// nobodysHash is compared where there is no user or no password, so that the
// answer takes the same time. It is the hash of random bytes that were thrown
// away.
const nobodysHash = "$argon2id$v=19$m=65536,t=3,p=2$vmcsE2NWF//a7gOSNNLicw$E20MBrdUlGy+CXq55YmaVxZZCPz8gzQaPLSX3S/qLtc"

func passwordFits(ctx context.Context, password, hash string) (fits bool, err error) {
	there := hash != ""
	if !there {
		hash = nobodysHash
	}
	err = oneHasher(ctx, func() error {
		fits, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return fits && there, err
}

// newPassword draws 100 bits in letters that are told apart easily.
func newPassword() string {
	raw := make([]byte, 13)
	rand.Read(raw)
	text := base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding).EncodeToString(raw)
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:20]
}

func newTOTPSecret() string {
	raw := make([]byte, secretBytes)
	rand.Read(raw)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
}

func newToken() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

// Code gives the code of a TOTP secret at an instant (RFC 6238, SHA-1, 30
// seconds, six digits): what an authenticator app shows.
func Code(secret string, at time.Time) (string, error) {
	code, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Period: stepSeconds, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", fmt.Errorf("make one-time code: %w", err)
	}
	return code, nil
}

// step finds which step a code belongs to: the present one, the one before or
// the one after, and never one up to last, which were used (RFC 6238 5.2).
func step(secret, code string, at time.Time, last int64) (int64, bool) {
	now := at.Unix() / stepSeconds
	for n := now - 1; n <= now+1; n++ {
		want, err := Code(secret, time.Unix(n*stepSeconds, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			return n, true
		}
	}
	return 0, false
}
