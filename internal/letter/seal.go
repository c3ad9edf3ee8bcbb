package letter

import (
	"bytes"
	"strconv"
	"time"

	"forthwith/internal/dkim"
)

// seal is a DKIM signature as a letter must carry it: everything of it but the
// signature itself.
type seal struct {
	before, after string // the time stands between them
	length        int    // of the signature, as it is written
}

// Lengths of what is written in base64: a SHA-256, and signatures.
const (
	hashLength    = 44
	ed25519Length = 88
	rsa2048Length = 344
)

// newSeals are the signatures of a plan's keys, in their order.
func newSeals(keys []dkim.Name, answers bool) []seal {
	seals := make([]seal, len(keys))
	reply := "reply-to:"
	if answers {
		reply += reply
	}
	for i, k := range keys {
		how, length := "ed25519-sha256", ed25519Length
		if k.Algorithm == dkim.RSA2048 {
			how, length = "rsa-sha256", rsa2048Length
		}
		seals[i] = seal{before: "v=1;a=" + how + ";c=relaxed/relaxed;d=" + k.Domain + ";s=" + k.Selector + ";t=",
			after: ";h=from:from:to:to:subject:subject:date:date:message-id:message-id:" + reply +
				"mime-version:mime-version:content-type:content-type:content-transfer-encoding:auto-submitted:auto-submitted;bh=", length: length}
	}
	return seals
}

// is tells whether a header's value is this signature of a letter of that
// date, with nothing beside it.
func (s seal) is(value []byte, date time.Time, r *room) bool {
	r.decoded = r.decoded[:0]
	for _, b := range value {
		if b != ' ' {
			r.decoded = append(r.decoded, b)
		}
	}
	var room [20]byte
	rest, ok := bytes.CutPrefix(r.decoded, []byte(s.before))
	if ok {
		rest, ok = bytes.CutPrefix(rest, strconv.AppendInt(room[:0], date.Unix(), 10))
	}
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(s.after))
	}
	hash, signature, both := bytes.Cut(rest, []byte(";b="))
	return ok && both && isBase64(hash, hashLength) && isBase64(signature, s.length)
}

// isBase64 tells whether text has only what base64 writes, and as much of it.
func isBase64(text []byte, length int) bool {
	if len(text) != length {
		return false
	}
	for _, b := range bytes.TrimRight(text, "=") {
		if (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '+' && b != '/' {
			return false
		}
	}
	return true
}
