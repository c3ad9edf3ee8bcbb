package sender

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"forthwith/internal/dkim"
)

// keySeen judges what stands under the name of a key (RFC 6376 section 3.6.1).
// What else stands there and is no key record counts too: with two records it
// is open which one a receiver takes.
func keySeen(k Key, t Texts) (State, string) {
	switch {
	case t.Heard == Silence:
		return CannotTell, "dns_silent"
	case t.Heard == Nothing:
		return Wrong, "dns_key_missing"
	case len(t.Records) > 1:
		return Wrong, "dns_key_two"
	}
	return keyRecord(k, t.Records[0])
}

func keyRecord(k Key, text string) (State, string) {
	all, ok := tags(text)
	published, has := all["p"]
	switch {
	case !ok || !has || all["v"] != "" && (all["v"] != "DKIM1" || !strings.HasPrefix(strings.TrimSpace(text), "v")):
		return Wrong, "dns_key_unreadable"
	case published == "":
		return Wrong, "dns_key_revoked"
	case !samePublic(k, cmp.Or(all["k"], "rsa"), published):
		return Wrong, "dns_key_other"
	case all["h"] != "" && !says(all["h"], "sha256"), all["s"] != "" && !says(all["s"], "*", "email"):
		return Wrong, "dns_key_unfit"
	case says(all["t"], "y"):
		return Wrong, "dns_key_testing"
	}
	return OK, "dns_key_ok"
}

// samePublic tells whether a record publishes a key. An RSA key may be written
// with or without its envelope (RFC 6376 erratum 3017).
func samePublic(k Key, kind, published string) bool {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(published), ""))
	if err != nil || !strings.EqualFold(kind, map[dkim.Algorithm]string{dkim.Ed25519: "ed25519", dkim.RSA2048: "rsa"}[k.Algorithm]) {
		return false
	}
	if bare, err := x509.ParsePKCS1PublicKey(raw); k.Algorithm == dkim.RSA2048 && err == nil {
		if raw, err = x509.MarshalPKIXPublicKey(bare); err != nil {
			return false
		}
	}
	return bytes.Equal(raw, k.Public)
}
