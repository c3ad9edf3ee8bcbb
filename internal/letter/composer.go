package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

// MaxBytes bounds one message.
const MaxBytes = 1 << 20

// Errors of composing. None of them repeats an address or a value.
var (
	ErrSender   = errors.New("sender identity is not usable")
	ErrPerson   = errors.New("person's address, message id or date is not usable")
	ErrTooLarge = errors.New("message is over its size limit")
	ErrForeign  = errors.New("message carries something that it must not")
	ErrNotBuilt = errors.New("message could not be built")
)

// Sender is the identity that a plan approved.
type Sender struct {
	From     string // a bare address
	FromName string // what mail programs show; may be empty
	ReplyTo  string // a bare address; empty: none
}

// Person is all that differs between two messages of one variant.
type Person struct {
	Address   mailaddr.Address
	MessageID string // without angle brackets, the same on every attempt
	Date      time.Time
	Values    notice.Values
}

// Composer makes the letters of one variant. It is safe for use by several
// goroutines at once.
type Composer struct {
	text          *notice.Text
	form          *form
	from, replyTo *mail.Address
	boundary      string
}

// New makes a composer. It fails with ErrSender when an address of the sender
// is none, or its name holds a control character.
func New(text *notice.Text, s Sender) (*Composer, error) {
	c := &Composer{text: text, boundary: boundary(text.Skeleton())}
	var err error
	if c.from, c.replyTo, err = s.addresses(); err != nil {
		return nil, fmt.Errorf("make composer: %w", err)
	}
	c.form, err = c.newForm(text.Pieces())
	return c, err
}

// addresses gives From, and Reply-To where there is one.
func (s Sender) addresses() (from, replyTo *mail.Address, err error) {
	a, err := mailaddr.Parse(s.From)
	if err != nil || a.NeedsSMTPUTF8() || strings.ContainsFunc(s.FromName, control) || !utf8.ValidString(s.FromName) {
		return nil, nil, fmt.Errorf("%w: from", ErrSender)
	}
	from = &mail.Address{Name: oneLine(s.FromName), Address: a.String()}
	if s.ReplyTo == "" {
		return from, nil, nil
	}
	reply, err := mailaddr.Parse(s.ReplyTo)
	if err != nil || reply.NeedsSMTPUTF8() {
		return nil, nil, fmt.Errorf("%w: reply-to", ErrSender)
	}
	return from, &mail.Address{Address: reply.String()}, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }

// boundary names the variant. It begins with two characters that
// quoted-printable never writes one after the other (RFC 2045 section 6.7), so
// that no text and no value can ever contain it.
func boundary(s notice.Skeleton) string {
	h := sha256.New()
	for _, part := range []string{s.Subject, s.Text, s.HTML} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return "=_" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Compose makes the letter of one person. A value that is missing gives the
// notice's own fault; nothing else of the person is in any error.
func (c *Composer) Compose(p Person) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	v, err := c.text.Fill(p.Values)
	if err == nil {
		err = c.text.Fits(v)
	}
	if err != nil {
		return nil, fmt.Errorf("render notice: %w", err)
	}
	raw := c.form.fill(p, v)
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("compose letter: %w", ErrTooLarge)
	}
	return raw, nil
}

func (p Person) check() error {
	local, host, ok := strings.Cut(p.MessageID, "@")
	id := strings.Trim(p.MessageID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@") == ""
	if p.Address.IsZero() || p.Date.IsZero() || !ok || local == "" || host == "" || !id || strings.Contains(host, "@") || len(p.MessageID) > 200 {
		return fmt.Errorf("compose letter: %w", ErrPerson)
	}
	return nil
}

// build lets go-mail write a whole message.
func (c *Composer) build(p Person, m notice.Message) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(c.boundary))
	msg.FromMailAddress(c.from)
	msg.ToMailAddress(&mail.Address{Address: p.Address.String()})
	if c.replyTo != nil {
		msg.ReplyToMailAddress(c.replyTo)
	}
	msg.SetDateWithValue(p.Date.UTC())
	msg.SetMessageIDWithValue(p.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	// Written here because the library would leave the boundary without quotes.
	msg.SetGenHeader(gomail.HeaderContentType, `multipart/alternative; boundary="`+c.boundary+`"`)
	setSubject(msg, m.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	var out bytes.Buffer
	out.Grow(2 * (len(m.Text) + len(m.HTML)))
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("compose letter: %w", ErrNotBuilt) // the library's words repeat addresses
	}
	return out.Bytes(), nil
}

// setSubject keeps a subject from being read as something else: runs of spaces
// would be folded into an empty line, and what looks like an encoded word
// (RFC 2047) would be decoded, so that it is encoded itself.
func setSubject(msg *gomail.Msg, subject string) {
	subject = oneLine(subject)
	if strings.Contains(subject, "=?") {
		msg.SetGenHeaderPreformatted(gomail.HeaderSubject, encodedWords(subject))
		return
	}
	msg.Subject(subject)
}
