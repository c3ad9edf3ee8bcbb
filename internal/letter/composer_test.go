package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

var identity = Sender{From: "notice@acme.example", FromName: "Acme GmbH & Söhne", ReplyTo: "help@acme.example"}

func composer(t interface{ Fatal(...any) }, subject, body string) *Composer {
	s, err := notice.Source{Locale: "en", Subject: subject, Body: body}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(text, identity)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func person(t interface{ Fatal(...any) }, address string, values ...string) Person {
	a, err := mailaddr.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return Person{Address: a, MessageID: "k3.9f@acme.example", Date: time.Date(2022, 8, 9, 22, 8, 0, 0, time.FixedZone("", 7200)),
		Values: notice.Values{"merge.a": values}}
}

// parts reads a letter back as a mail program does.
func parts(t interface{ Fatal(...any) }, raw []byte) (h mail.Header, text, html string) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	var got []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatal("another encoding")
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	if len(got) != 2 {
		t.Fatal("parts:", len(got))
	}
	return m.Header, got[0], got[1]
}

func TestALetterSaysWhatTheNoticeSays(t *testing.T) {
	c := composer(t, "For {{merge.a}}", "Dear {{merge.a}},\n\nwe lost data.\n")
	raw, err := c.Compose(person(t, "Ada@example.com", "Zoë"))
	if err != nil {
		t.Fatal(err)
	}
	h, text, html := parts(t, raw)
	want := map[string]string{
		"To": "<Ada@example.com>", "Reply-To": "<help@acme.example>", "Message-Id": "<k3.9f@acme.example>",
		"Date": "Tue, 09 Aug 2022 20:08:00 +0000", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
	}
	for name, v := range want {
		if h.Get(name) != v {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	from, errFrom := mail.ParseAddress(h.Get("From"))
	if err != nil || errFrom != nil || subject != "For Zoë" || from.Name != identity.FromName || from.Address != identity.From {
		t.Errorf("subject %q, from %v", subject, from)
	}
	if len(h) != 9 {
		t.Errorf("headers: %v", h)
	}
	m, _ := c.text.Render(notice.Values{"merge.a": {"Zoë"}})
	if diff := cmp.Diff(strings.TrimRight(m.Text, "\n"), strings.TrimRight(text, "\n")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(m.HTML, strings.TrimRight(html, "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestNoValueAddsAHeaderAPartOrARecipient(t *testing.T) {
	c := composer(t, "For {{merge.a}}", "{{merge.a}}\n\n- {{merge.a}}\n")
	b := c.boundary
	fixed := []string{"a\r\nBcc: x@example.com", "--" + b, "--" + b + "--", "\r\n.\r\nQUIT", "=?utf-8?q?x?=", "a\n.\nb", "=_x", strings.Repeat("word ", 30),
		strings.Repeat(" ", 150) + "x" + strings.Repeat(" ", 150) + "y", "trailing ", "a\tb", strings.Repeat("é", 150), "=", "From x", "\u2028b"}
	for _, v := range fixed {
		holdLetter(t, c, v)
	}
	rapid.Check(t, func(t *rapid.T) {
		holdLetter(t, c, rapid.OneOf(rapid.String(), rapid.StringMatching("[-=_.?a \r\n<>@:é]{1,60}")).Draw(t, "value"))
	})
}

func holdLetter(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, c *Composer, value string) {
	raw, err := c.Compose(person(t, "ada@example.com", value))
	if err != nil {
		if !fault.Is(err, "value_missing") && !fault.Is(err, "subject_too_long") {
			t.Fatalf("%+q: %v", value, err)
		}
		return
	}
	h, text, _ := parts(t, raw)
	m, _ := c.text.Render(notice.Values{"merge.a": {value}})
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || subject != strings.Join(strings.Fields(m.Subject), " ") {
		t.Fatalf("subject %q of %q, %v", subject, m.Subject, err)
	}
	if len(h) != 9 || strings.TrimRight(text, "\n") != strings.TrimRight(m.Text, "\n") {
		t.Fatalf("%+q changed the letter: %q", value, text)
	}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if len(line) > 998 {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
}

func TestTheSameLetterInAnotherProcess(t *testing.T) {
	raw, err := composer(t, "For {{merge.a}}", "Dear {{merge.a}}").Compose(person(t, "甲斐@example.com", "Zoë"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	if os.Getenv("LETTER_CHILD") != "" {
		_, _ = os.Stdout.WriteString("sum=" + hex.EncodeToString(sum[:]) + "\n")
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheSameLetterInAnotherProcess$")
	cmd.Env = append(os.Environ(), "LETTER_CHILD=1", "TZ=Asia/Tokyo")
	out, err := cmd.Output()
	if err != nil || !bytes.Contains(out, []byte("sum="+hex.EncodeToString(sum[:]))) {
		t.Errorf("another process made other bytes: %s %v", out, err)
	}
}

func TestOneBoundaryForAVariant(t *testing.T) {
	a, b := composer(t, "x", "{{merge.a}}"), composer(t, "x", "{{merge.a}}.")
	if a.boundary == b.boundary || a.boundary != composer(t, "x", "{{merge.a}}").boundary {
		t.Error("the boundary does not name the variant")
	}
}

func TestASenderThatIsNoneIsRefused(t *testing.T) {
	text := composer(t, "x", "y").text
	for name, s := range map[string]Sender{
		"no from":               {},
		"a list":                {From: "a@example.com, b@example.com"},
		"a line end":            {From: "a@example.com", FromName: "A\r\nBcc: x@example.com"},
		"a reply-to that is no": {From: "a@example.com", ReplyTo: "nobody"},
	} {
		if _, err := New(text, s); !errors.Is(err, ErrSender) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPersonWhoIsNotWholeIsRefused(t *testing.T) {
	c := composer(t, "x", "{{merge.a}}")
	for name, change := range map[string]func(*Person){
		"no address":            func(p *Person) { p.Address = mailaddr.Address{} },
		"no date":               func(p *Person) { p.Date = time.Time{} },
		"no message id":         func(p *Person) { p.MessageID = "" },
		"a message id of lines": func(p *Person) { p.MessageID = "a@b\r\nx" },
		"a message id of two":   func(p *Person) { p.MessageID = "a@b@c" },
	} {
		p := person(t, "ada@example.com", "x")
		change(&p)
		if _, err := c.Compose(p); !errors.Is(err, ErrPerson) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.Compose(person(t, "ada@example.com"))
	if !fault.Is(err, "value_missing") || strings.Contains(err.Error(), "ada") {
		t.Errorf("got %v", err)
	}
}

func TestLongAddressesAndNamesPassTheGuard(t *testing.T) {
	c := composer(t, "x", "{{merge.a}}")
	long := strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + ".example"
	passes(t, c, identity, person(t, long, "x"))
	for _, name := range []string{"", "Acme", "A  B   C", strings.Repeat("Acme und Söhne ", 12), strings.Repeat("Acme and Sons ", 12), `He said "hi" \\ (x), <y>`, "=?utf-8?q?x?="} {
		s := identity
		s.FromName = name
		c, err := New(c.text, s)
		if err != nil {
			t.Fatal(err)
		}
		h, _, _ := parts(t, passes(t, c, s, person(t, "ada@example.com", "x")))
		if got, err := mail.ParseAddress(h.Get("From")); err != nil || got.Name != strings.Join(strings.Fields(name), " ") {
			t.Errorf("%q became %v, %v", name, got, err)
		}
	}
}

func TestAMarkerOfOnePersonIsInNoOtherLetter(t *testing.T) {
	c := composer(t, "For {{merge.a}}", "Dear {{merge.a}}")
	first, err := c.Compose(person(t, "ada@example.com", "MARKER1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Compose(person(t, "bo@example.com", "MARKER2"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(second, []byte("MARKER1")) || bytes.Contains(second, []byte("ada@")) || !bytes.Contains(first, []byte("MARKER1")) {
		t.Error("a letter carries another person's data")
	}
}

func BenchmarkCompose(b *testing.B) {
	c := composer(b, "About your account", "Dear {{merge.a}},\n\n"+strings.Repeat("Some more words of a notice that people read.\n\n", 40))
	p := person(b, "ada@example.com", "Ada Lovelace")
	b.ReportAllocs()
	for b.Loop() {
		raw, err := c.Compose(p)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(raw)))
	}
}
