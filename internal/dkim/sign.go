package dkim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrMessage means that the bytes are no message with a header and a body.
var ErrMessage = errors.New("not a message that can be signed")

// signed are the headers that a signature covers, each once more often than it
// is there: one that is added on the way breaks it (RFC 6376 section 5.4.2).
var signed = []string{"from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "content-transfer-encoding", "auto-submitted"}

// Signer signs with every key that a sender has. It is safe for use by several
// goroutines at once.
type Signer struct{ keys []*Key }

// NewSigner makes a signer. Without keys it signs nothing.
func NewSigner(keys ...*Key) *Signer { return &Signer{keys} }

// Sign gives the message with a signature of each key before it. date is the
// message's own; the same message and date give the same bytes.
func (s *Signer) Sign(raw []byte, date time.Time) ([]byte, error) {
	if s == nil || len(s.keys) == 0 {
		return raw, nil
	}
	head, body, ok := bytes.Cut(raw, headEnd)
	if !ok {
		return nil, fmt.Errorf("sign letter: %w", ErrMessage)
	}
	fields, err := relaxHeaders(head)
	if err != nil {
		return nil, fmt.Errorf("sign letter: %w", err)
	}
	bh := base64.StdEncoding.EncodeToString(sum(bodyHash(body)))
	out := make([]byte, 0, len(raw)+len(s.keys)*signatureRoom)
	for _, k := range s.keys {
		if out, err = k.appendSignature(out, fields, bh, date); err != nil {
			return nil, fmt.Errorf("sign letter: %w", err)
		}
	}
	return append(out, raw...), nil
}

const signatureRoom = 1024

var headEnd = []byte("\r\n\r\n")

func sum(s [sha256.Size]byte) []byte { return s[:] }

// field is a header in its relaxed form (RFC 6376 section 3.4.2), without the
// CRLF at its end.
type field struct {
	name    string
	relaxed []byte
}

// relaxHeaders reads the headers that are signed, in their order.
func relaxHeaders(head []byte) ([]field, error) {
	fields := make([]field, 0, len(signed))
	room := make([]byte, 0, len(head)+len(crlf))
	for len(head) > 0 {
		var whole []byte
		whole, head = cutField(head)
		name, value, ok := bytes.Cut(whole, []byte(":"))
		if !ok {
			return nil, ErrMessage
		}
		known := nameOf(bytes.TrimRight(name, " \t"))
		if known == "" {
			continue
		}
		start := len(room)
		room = appendRelaxed(append(append(room, known...), ':'), value)
		fields = append(fields, field{known, room[start:len(room):len(room)]})
	}
	return fields, nil
}

// cutField takes one header with its folds off the front.
func cutField(head []byte) (whole, rest []byte) {
	for at := 0; ; {
		i := bytes.Index(head[at:], crlf)
		if i < 0 {
			return head, nil
		}
		at += i + len(crlf)
		if at == len(head) || head[at] != ' ' && head[at] != '\t' {
			return head[:at-len(crlf)], head[at:]
		}
	}
}

// nameOf gives the name under which a header is signed, or nothing.
func nameOf(name []byte) string {
	for _, s := range signed {
		if len(s) == len(name) && strings.EqualFold(s, string(name)) {
			return s
		}
	}
	return ""
}

// appendRelaxed unfolds a value, and writes each run of white space as one
// space and none at either end.
func appendRelaxed(out, value []byte) []byte {
	start := len(out)
	gap := false
	for _, b := range value {
		if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
			gap = true
			continue
		}
		if gap && len(out) > start {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, b)
	}
	return out
}

// covered writes the list of signed headers: those that are there, as often as
// they are, and each once more. Of several with one name the last is signed
// first (RFC 6376 section 5.4.2).
func covered(fields []field) (names []string, order []field) {
	for _, name := range signed {
		for i := len(fields) - 1; i >= 0; i-- {
			if fields[i].name == name {
				names, order = append(names, name), append(order, fields[i])
			}
		}
		names = append(names, name)
	}
	return names, order
}

// title begins a signature; relaxed is how it is signed.
const (
	title   = "DKIM-Signature:"
	relaxed = "dkim-signature:"
)

// appendSignature makes one signature: the header with an empty b= is signed
// behind the headers that it covers.
func (k *Key) appendSignature(out []byte, fields []field, bh string, date time.Time) ([]byte, error) {
	names, order := covered(fields)
	start := len(out) + len(title)
	w := folder{out: append(out, title...), column: len(title)}
	w.words("v=1;", "a="+tags[k.Algorithm].signature+";", "c=relaxed/relaxed;", "d="+k.Domain+";", "s="+k.Selector+";", "t="+strconv.FormatInt(date.Unix(), 10)+";")
	w.list("h=", names)
	w.words("bh="+bh+";", "b=")
	h := sha256.New()
	for _, f := range order {
		h.Write(f.relaxed)
		h.Write(crlf)
	}
	h.Write(appendRelaxed([]byte(relaxed), w.out[start:]))
	signature, err := k.sign([sha256.Size]byte(h.Sum(nil)))
	if err != nil {
		return nil, err
	}
	w.run(base64.StdEncoding.EncodeToString(signature))
	return append(w.out, crlf...), nil
}
