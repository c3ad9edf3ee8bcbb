package letter

import (
	"bytes"
	"fmt"
	"slices"
)

// allowed are the headers that a letter has, each exactly once, as go-mail
// writes them. Reply-To, the last, may be missing.
var allowed = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-ID", "MIME-Version", "Subject", "To", "Reply-To"}

// guard reads a finished letter as a relay would, and refuses it unless it is
// addressed to this person alone. Written forms are compared, so that nothing
// depends on how an address parses.
func (c *Composer) guard(raw []byte, p Person) error {
	if len(raw) > MaxBytes {
		return fmt.Errorf("guard letter: %w", ErrTooLarge)
	}
	if !onlyCRLF(raw) {
		return fmt.Errorf("guard letter: %w: a bare line end", ErrForeign)
	}
	want := map[string]string{"To": "<" + p.Address.String() + ">", "From": c.from.String(), "Message-ID": "<" + p.MessageID + ">"}
	if c.replyTo != nil {
		want["Reply-To"] = c.replyTo.String()
	}
	var seen [headerCount]int
	for rest := raw; ; {
		name, value, after, ok := header(rest)
		if !ok {
			return fmt.Errorf("guard letter: %w: a header that is none", ErrForeign)
		}
		if rest = after; name == "" {
			break
		}
		i := slices.Index(allowed, name)
		if i < 0 {
			return fmt.Errorf("guard letter: %w: another header", ErrForeign)
		}
		seen[i]++
		if w, fixed := want[name]; fixed && string(value) != w {
			return fmt.Errorf("guard letter: %w: %s", ErrForeign, name)
		}
	}
	return c.eachOnce(seen[:])
}

// headerCount is the number of allowed headers.
const headerCount = 9

func (c *Composer) eachOnce(seen []int) error {
	for i, n := range seen {
		want := 1
		if allowed[i] == "Reply-To" && c.replyTo == nil {
			want = 0
		}
		if n != want {
			return fmt.Errorf("guard letter: %w: %s is there %d times", ErrForeign, allowed[i], n)
		}
	}
	return nil
}

// header takes one header, unfolded (RFC 5322 section 2.2.3), off the front of
// a message. The empty name is the end of the headers.
func header(raw []byte) (name string, value, rest []byte, ok bool) {
	line, rest, ok := bytes.Cut(raw, []byte("\r\n"))
	if !ok || len(line) == 0 {
		return "", nil, rest, ok
	}
	before, after, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return "", nil, rest, false
	}
	value = bytes.TrimPrefix(after, []byte(" "))
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		line, rest, ok = bytes.Cut(rest, []byte("\r\n"))
		if !ok || len(bytes.TrimSpace(line)) == 0 {
			return "", nil, rest, false // a folded line of spaces may be read as the end
		}
		if len(value) == 0 {
			line = line[1:]
		}
		value = append(value[:len(value):len(value)], line...)
	}
	return string(before), value, rest, true
}

// onlyCRLF tells whether every CR and LF belongs to a CRLF.
func onlyCRLF(raw []byte) bool {
	pairs := bytes.Count(raw, []byte("\r\n"))
	return bytes.Count(raw, []byte("\n")) == pairs && bytes.Count(raw, []byte("\r")) == pairs
}
