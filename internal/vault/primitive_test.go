package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// What a digester made before never shows in what it makes next: each digest is
// HMAC-SHA-256 over its own parts with their lengths, in any order of calls.
func TestADigestDependsOnItsPartsAlone(t *testing.T) {
	key := []byte("a key of thirty-two bytes, or so")
	d := newDigester(key)
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(rt, "parts")
		mac := hmac.New(sha256.New, key)
		for _, p := range parts {
			mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
			mac.Write(p)
		}
		if got := d.of(parts...); string(got[:]) != string(mac.Sum(nil)) {
			rt.Fatalf("%x", got)
		}
	})
}
