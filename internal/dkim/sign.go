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
type Signer struct{ stamps []stamp }

// stamp is a key with the start of its signatures, which is always the same.
type stamp struct {
	key    *Key
	start  []byte
	column int
}

// NewSigner makes a signer. Without keys it signs nothing.
func NewSigner(keys ...*Key) *Signer {
	s := &Signer{}
	for _, k := range keys {
		w := folder{out: []byte(title), column: len(title)}
		w.words("v=1;", "a="+tags[k.Algorithm].signature+";", "c=relaxed/relaxed;", "d="+k.Domain+";", "s="+k.Selector+";")
		s.stamps = append(s.stamps, stamp{k, w.out, w.column})
	}
	return s
}

// Sign gives the message with a signature of each key before it. date is the
// message's own; the same message and date give the same bytes.
func (s *Signer) Sign(raw []byte, date time.Time) ([]byte, error) {
	if s == nil || len(s.stamps) == 0 {
		return raw, nil
	}
	head, body, ok := bytes.Cut(raw, headEnd)
	if !ok {
		return nil, fmt.Errorf("sign letter: %w", ErrMessage)
	}
	c, err := cover(head)
	if err != nil {
		return nil, fmt.Errorf("sign letter: %w", err)
	}
	c.time = "t=" + strconv.FormatInt(date.Unix(), 10) + ";"
	c.body = "bh=" + base64.StdEncoding.EncodeToString(sum(bodyHash(body))) + ";"
	out := make([]byte, 0, len(raw)+len(s.stamps)*signatureRoom)
	for _, st := range s.stamps {
		if out, err = st.append(out, c); err != nil {
			return nil, fmt.Errorf("sign letter: %w", err)
		}
	}
	return append(out, raw...), nil
}

const signatureRoom = 1024

var headEnd = []byte("\r\n\r\n")

func sum(s [sha256.Size]byte) []byte { return s[:] }

// covered is what every signature of a message says and covers.
type covered struct {
	names      []string // in the order in which they are signed
	relaxed    []byte   // these headers in their relaxed form (RFC 6376 section 3.4.2)
	time, body string   // the tags t= and bh=
}

// field is a header that is signed: where its name stands in the list, and its
// value with its folds.
type field struct {
	name  int
	value []byte
}

// cover reads the headers that are signed, in the order of the list: those that
// are there, as often as they are, and each name once more. Of several with one
// name the last is signed first (RFC 6376 section 5.4.2).
func cover(head []byte) (covered, error) {
	c := covered{names: make([]string, 0, 2*len(signed)), relaxed: make([]byte, 0, len(head)+signatureRoom)}
	var room [16]field
	fields, err := signedFields(room[:0], head)
	if err != nil {
		return c, err
	}
	for n, name := range signed {
		for i := len(fields) - 1; i >= 0; i-- {
			if fields[i].name == n {
				c.names = append(c.names, name)
				c.relaxed = appendRelaxed(append(append(c.relaxed, name...), ':'), fields[i].value)
				c.relaxed = append(c.relaxed, crlf...)
			}
		}
		c.names = append(c.names, name)
	}
	return c, nil
}

// signedFields finds the headers that are signed, in the order of the message.
func signedFields(fields []field, head []byte) ([]field, error) {
	for len(head) > 0 {
		var whole []byte
		whole, head = cutField(head)
		name, value, ok := bytes.Cut(whole, colon)
		if !ok {
			return nil, ErrMessage
		}
		if n := indexOf(bytes.TrimRight(name, " \t")); n >= 0 {
			fields = append(fields, field{n, value})
		}
	}
	return fields, nil
}

var colon = []byte(":")

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

// indexOf gives the place of a name among those that are signed, or -1.
func indexOf(name []byte) int {
	for i, s := range signed {
		if len(s) == len(name) && strings.EqualFold(s, string(name)) {
			return i
		}
	}
	return -1
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

// title begins a signature; relaxed is how it is signed.
const (
	title   = "DKIM-Signature:"
	relaxed = "dkim-signature:"
)

// append makes one signature: the header with an empty b= is signed behind the
// headers that it covers.
func (st stamp) append(out []byte, c covered) ([]byte, error) {
	from := len(out) + len(title)
	w := folder{out: append(out, st.start...), column: st.column}
	w.words(c.time)
	w.list("h=", c.names)
	w.words(c.body, "b=")
	signature, err := st.key.sign(sha256.Sum256(appendRelaxed(append(c.relaxed, relaxed...), w.out[from:])))
	if err != nil {
		return nil, err
	}
	w.run(base64.StdEncoding.EncodeToString(signature))
	return append(w.out, crlf...), nil
}
