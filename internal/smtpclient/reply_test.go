package smtpclient

import (
	"bufio"
	"net/textproto"
	"strings"
	"testing"

	"github.com/wneessen/go-mail/smtp"
	"pgregory.net/rapid"
)

// heard reads one reply from what a relay sent.
func heard(sent string) (int, string, error) {
	c := &Conn{smtp: &smtp.Client{Text: &textproto.Conn{Reader: *textproto.NewReader(bufio.NewReaderSize(strings.NewReader(sent), 64))}}}
	return c.hear()
}

// What the standard library's reader understands is understood the same way.
func TestAReplyIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	part := rapid.SampledFrom([]string{"250", "251", "550", "99", "-", " ", "2.0.0 Ok", "x", "\r\n", "\n", "\r", strings.Repeat("long ", 30)})
	rapid.Check(t, func(t *rapid.T) {
		sent := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "sent"), "")
		code, text, err := textproto.NewReader(bufio.NewReader(strings.NewReader(sent))).ReadResponse(0)
		if err != nil {
			return
		}
		gotCode, gotText, gotErr := heard(sent)
		long := strings.Contains(sent, "long") // of a line over the buffer only the beginning counts
		if gotErr != nil || gotCode != code || gotText != text && !long {
			t.Fatalf("%q: got %d %q %v, want %d %q", sent, gotCode, gotText, gotErr, code, text)
		}
	})
}

// A code without a word is a whole reply (RFC 5321 section 4.2), alone or as
// the last line of several.
func TestACodeAloneIsAReply(t *testing.T) {
	for sent, want := range map[string]string{"250\r\n": "", "250-Ok\r\n250\r\n": "Ok\n", "250-Ok\r\n251 or\r\nno\r\n250 end\r\n": "Ok\n251 or\nno\nend"} {
		if code, text, err := heard(sent); err != nil || code != 250 || text != want {
			t.Errorf("%q: %d %q %v", sent, code, text, err)
		}
	}
	for _, sent := range []string{"", "25\r\n", "2500\r\n", "ok\r\n", "250-Ok\r\n", "2x0 Ok\r\n"} {
		if code, text, err := heard(sent); err == nil {
			t.Errorf("%q was read as %d %q", sent, code, text)
		}
	}
}
