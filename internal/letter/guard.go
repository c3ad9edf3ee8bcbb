package letter

import (
	"bytes"
	"fmt"
	"net/mail"
	"net/textproto"
	"slices"
)

// allowed are the headers that a letter has, each exactly once. Reply-To may
// be missing.
var allowed = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To"}

// guard reads a finished letter as a relay would, and refuses it unless it is
// addressed to this person alone.
func (c *Composer) guard(raw []byte, p Person) error {
	if len(raw) > MaxBytes {
		return fmt.Errorf("guard letter: %w", ErrTooLarge)
	}
	if !onlyCRLF(raw) {
		return fmt.Errorf("guard letter: %w: a bare line end", ErrForeign)
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("guard letter: %w: headers", ErrForeign)
	}
	for _, name := range allowed {
		want := 1
		if name == "Reply-To" && c.replyTo == nil {
			want = 0
		}
		if len(m.Header[name]) != want {
			return fmt.Errorf("guard letter: %w: %s is there %d times", ErrForeign, name, len(m.Header[name]))
		}
	}
	for name := range m.Header {
		if !slices.Contains(allowed, textproto.CanonicalMIMEHeaderKey(name)) {
			return fmt.Errorf("guard letter: %w: another header", ErrForeign)
		}
	}
	return c.guardAddresses(m.Header, p)
}

func (c *Composer) guardAddresses(h mail.Header, p Person) error {
	// Written forms are compared, so that nothing depends on how they parse.
	if h.Get("To") != "<"+p.Address.String()+">" {
		return fmt.Errorf("guard letter: %w: To", ErrForeign)
	}
	for name, want := range map[string]*mail.Address{"From": c.from, "Reply-To": c.replyTo} {
		if want == nil {
			continue
		}
		got, err := mail.ParseAddress(h.Get(name))
		if err != nil || got.Address != want.Address || got.Name != want.Name {
			return fmt.Errorf("guard letter: %w: %s", ErrForeign, name)
		}
	}
	return nil
}

// onlyCRLF tells whether every CR and LF belongs to a CRLF.
func onlyCRLF(raw []byte) bool {
	pairs := bytes.Count(raw, []byte("\r\n"))
	return bytes.Count(raw, []byte("\n")) == pairs && bytes.Count(raw, []byte("\r")) == pairs
}
