package letter

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"mime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/delivery"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// guardOf reads what a composer makes, for links to acme.example.
func guardOf(t fataler, c *Composer, s Sender) *Guard {
	g, err := NewGuard([]*notice.Text{c.text}, s, []string{"acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// finished is a letter as the worker hands it over.
func finished(p Person, raw []byte) delivery.Letter {
	return delivery.Letter{To: p.Address.String(), Date: p.Date, Raw: raw, Hash: sha256.Sum256(raw), MessageID: p.MessageID, Values: p.Values}
}

// passes composes a letter that the guard must let through.
func passes(t fataler, c *Composer, s Sender, p Person) []byte {
	raw, err := c.Compose(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := guardOf(t, c, s).Check(finished(p, raw)); err != nil {
		t.Fatalf("%v:\n%s", err, raw)
	}
	return raw
}

const guardedText = "Dear {{merge.a}},\n\nwe lost data. Write to desk@acme.example, or see [our page]({{contact.url}}) and [the questions](https://acme.example/q?x=1&y=2), [mail](mailto:desk@acme.example).\n"

// guarded is a letter, the guard of its plan, and its person.
func guarded(t fataler) (*Guard, Person, []byte) {
	c := composer(t, "Your account", guardedText)
	p := person(t, "ada@example.com", "Zoë <& Co>")
	p.Values["contact.url"] = []string{"https://acme.example/help"}
	return guardOf(t, c, identity), p, passes(t, c, identity, p)
}

func TestTheGuardStopsWhatIsNotApproved(t *testing.T) {
	g, p, good := guarded(t)
	swap := func(a, b string) []byte { return bytes.Replace(good, []byte(a), []byte(b), 1) }
	b := g.variants[0].contentType[strings.Index(g.variants[0].contentType, `"`)+1:][:34]
	cases := map[string][]byte{
		"another recipient":               swap("To: <ada@example.com>", "To: <bob@example.com>"),
		"two recipients":                  swap("To: <ada@example.com>", "To: <ada@example.com>, <bob@example.com>"),
		"a second To":                     swap("To: <ada@example.com>", "To: <ada@example.com>\r\nTo: <bob@example.com>"),
		"the same To twice":               swap("To: <ada@example.com>", "To: <ada@example.com>\r\nTo: <ada@example.com>"),
		"no To":                           swap("To: <ada@example.com>\r\n", ""),
		"a copy":                          swap("To: <ada", "Cc: <bob@example.com>\r\nTo: <ada"),
		"a hidden copy":                   swap("To: <ada", "Bcc: <bob@example.com>\r\nTo: <ada"),
		"a message sent on":               swap("To: <ada", "Resent-To: <bob@example.com>\r\nTo: <ada"),
		"another From":                    swap("<notice@acme.example>", "<notice@evil.example>"),
		"another name in From":            swap("=?utf-8?b?QWNtZS", "=?utf-8?b?QWNtYS"),
		"two From":                        swap("<notice@acme.example>", "<notice@acme.example>, <x@evil.example>"),
		"another Reply-To":                swap("<help@acme.example>", "<help@evil.example>"),
		"no Reply-To":                     swap("Reply-To: <help@acme.example>\r\n", ""),
		"another Message-ID":              swap("<k3.9f@", "<k3.9g@"),
		"two Message-IDs":                 swap("To: <ada", "Message-ID: <k3.9f@acme.example>\r\nTo: <ada"),
		"no Message-ID":                   swap("Message-ID:", "X-ID:"),
		"another date":                    swap("09 Aug", "10 Aug"),
		"another subject":                 swap("Your account", "My account"),
		"a program's name":                swap("MIME-Version", "X-Mailer"),
		"another version of MIME":         swap("MIME-Version: 1.0", "MIME-Version: 1.1"),
		"sent by hand":                    swap("auto-generated", "no"),
		"a way to unsubscribe":            swap("Subject:", "List-Unsubscribe: <https://x.example>\r\nSubject:"),
		"a header that is none":           swap("To: <ada", "nothing\r\nTo: <ada"),
		"a line of spaces":                swap("Your account", "Your account\r\n  \r\n y"),
		"no end of the headers":           good[:40],
		"nothing":                         {},
		"other words of the text":         swap("we lost data", "we found data"),
		"words that are missing":          swap("we lost data. ", ""),
		"words before the text":           swap("Dear ", "Hello! Dear "),
		"words behind the text":           swap("</html>", "</html>x"),
		"words behind the plain part":     swap("\r\n\r\n--"+b+"\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html", "\r\nx\r\n--"+b+"\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html"),
		"the value of another person":     swap("Dear Zo=C3=AB", "Dear Bob"),
		"an address that nobody approved": swap("desk@acme.example", "bob@example.com"),
		"another recipient in the text":   swap("we lost data.", "we lost data of bob@example.com."),
		"another recipient, hidden":       swap("we lost data.", "we lost data of bob=40example.com."),
		"another fixed link":              swap("https://acme.example/q", "https://evil.example/q"),
		"a third part":                    swap("\r\n--"+b+"--", "\r\n--"+b+"\r\nContent-Type: text/plain\r\n\r\nx\r\n--"+b+"--"),
		"words before the first part":     swap("\r\n\r\n\r\n--", "\r\n\r\nx\r\n--"),
		"words behind the last part":      append(bytes.Clone(good), "x\r\n"...),
		"another encoding":                swap("quoted-printable", "base64"),
		"another boundary":                swap(`boundary="=_`, `boundary="=-`),
		"a bare line feed":                swap(",\r\n", ",\n"),
		"a bare carriage return":          swap("Dear ", "De\rar "),
		"an end of the message":           swap("we lost data", "\r\n.\r\nwe lost data"),
		"eight bits":                      swap("Zo=C3=AB", "Zo\xc3\xab"),
		"half an escape":                  swap("Zo=C3=AB", "Zo=C"),
		"an escape of no digit":           swap("Zo=C3", "Zo=cX"),
		"cut short":                       good[:len(good)-2],
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(raw, good) {
				t.Fatal("the case changes nothing")
			}
			err := g.Check(finished(p, raw))
			if !errors.Is(err, ErrForeign) {
				t.Fatalf("it passed: %v", err)
			}
			if strings.ContainsAny(err.Error(), "@<") {
				t.Errorf("the error repeats the letter: %v", err)
			}
		})
	}
}

func TestTheGuardStopsWhatIsTooLarge(t *testing.T) {
	g, p, good := guarded(t)
	if err := g.Check(finished(p, append(bytes.Clone(good), make([]byte, MaxBytes)...))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// Between two encoded words a mail program drops whatever is white: a line of
// it would end the headers for one that is careless.
func TestTheGuardStopsALineOfSpacesInASubject(t *testing.T) {
	c := composer(t, strings.Repeat("Über Ihr Konto ", 6), "Dear {{merge.a}}.\n")
	p := person(t, "ada@example.com", "Ada")
	good := passes(t, c, identity, p)
	at := bytes.Index(good, []byte("?=\r\n =?UTF-8"))
	bad := append(append(bytes.Clone(good[:at+2]), "\r\n "...), good[at+2:]...)
	if at < 0 || guardOf(t, c, identity).Check(finished(p, bad)) == nil {
		t.Errorf("it passes:\n%s", bad)
	}
}

func TestOnlyWhatAnEncoderWritesIsDecoded(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\r\nb": "a\n", "a=\r\nb\r\n": "ab\n", "=3D=C3=AB": "=ë", "=\r\n": "\xff", "a=": "\xff", "a=\r\n=": "\xff",
		"a\nb": "\xff", "a\rb": "\xff", "a\r": "\xff", "=3d": "\xff", "=3": "\xff", "=GG": "\xff", "\xc3\xab": "\xff", strings.Repeat("x", 77): "\xff"} {
		got, _, ok := unquotedLine(nil, []byte(in))
		if ok != (want != "\xff") || ok && string(got) != want {
			t.Errorf("%q gives %q, %v", in, got, ok)
		}
	}
}

// What a letter is held against may be wrong as well: another envelope, id,
// date, values or text than its bytes have.
func TestTheGuardHoldsALetterAgainstItsOwnPerson(t *testing.T) {
	g, p, good := guarded(t)
	for name, change := range map[string]func(*delivery.Letter){
		"another envelope recipient": func(l *delivery.Letter) { l.To = "bob@example.com" },
		"an envelope of two":         func(l *delivery.Letter) { l.To = "ada@example.com>, <bob@example.com" },
		"another message id":         func(l *delivery.Letter) { l.MessageID = "x@acme.example" },
		"another date":               func(l *delivery.Letter) { l.Date = l.Date.Add(time.Second) },
		"values of another": func(l *delivery.Letter) {
			l.Values = notice.Values{"merge.a": {"Bob"}, "contact.url": p.Values["contact.url"]}
		},
		"no values":        func(l *delivery.Letter) { l.Values = nil },
		"no such text":     func(l *delivery.Letter) { l.Variant = 1 },
		"a text below all": func(l *delivery.Letter) { l.Variant = -1 },
	} {
		l := finished(p, good)
		change(&l)
		if err := g.Check(l); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every link is looked at, also one that comes from a value.
func TestTheGuardStopsALinkToAnotherHost(t *testing.T) {
	c := composer(t, "x", "See [our page]({{contact.url}}).\n")
	for url, ok := range map[string]bool{
		"https://acme.example": true, "https://acme.example/x?y#z": true, "https://ACME.example/x": true,
		"https://evil.example/": false, "https://acme.example.evil.example/": false, "https://acme.example@evil.example/": false, "https://acme.example:8080/": false,
		"https://xacme.example/": false, "http://acme.example/": false, "//acme.example/": false, "https:///acme.example/": false, "https://evil.example/?https://acme.example/": false,
	} {
		p := person(t, "ada@example.com")
		p.Values["contact.url"] = []string{url}
		raw, err := c.Compose(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := guardOf(t, c, identity).Check(finished(p, raw)); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A fixed link is held against the plan's hosts too, though the text was
// approved with it.
func TestTheGuardStopsAFixedLinkToAnotherHost(t *testing.T) {
	for url, ok := range map[string]bool{"https://acme.example/x": true, "mailto:desk@evil.example": true, "https://evil.example/x": false} {
		c := composer(t, "x", "See [our page]("+url+").\n\nDear {{merge.a}}.\n")
		p := person(t, "ada@example.com", "Ada")
		raw, err := c.Compose(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := guardOf(t, c, identity).Check(finished(p, raw)); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A value is a person's own, also where it looks like an address or a link.
func TestAPersonsOwnValuesPass(t *testing.T) {
	c := composer(t, "For {{merge.a}}", "Dear {{merge.a}},\n\n{{merge.a}} {{merge.a}}\n")
	for _, v := range []string{"bob@example.com", "https://evil.example", `<a href="https://evil.example">`, "=40", "a+b's", "甲斐", strings.Repeat("é", 80), "=?utf-8?q?x?="} {
		passes(t, c, identity, person(t, "ada@example.com", v))
	}
}

// drawLetter composes a letter of random words, sender, person and values.
func drawLetter(t *rapid.T) (*Guard, delivery.Letter) {
	words := rapid.SampledFrom([]string{"Dear", "{{merge.a}}", "{{list merge.b}}", "we", "é", "=", ".", "--", "a\tb", strings.Repeat("x", 80), "{", "[page]({{contact.url}})", "[q](https://acme.example/q?a=b&c=d)",
		"<https://acme.example/>", "[m](mailto:desk@acme.example)", "\n\n", "\n\n- ", "\n\n# ", "*no*", "`code`", "{{notice.code}}", strings.Repeat("word ", 30), "\n\n| {{merge.a}} | b |\n|-|-|\n| c | d |\n\n"})
	values := rapid.OneOf(rapid.String(), rapid.StringMatching("[-=_.?a \t<>@:&é]{1,90}"), rapid.SampledFrom([]string{"bob@example.com", "https://evil.example/?a=b", "=?utf-8?q?x?=", ".", "\u202elive"}))
	s := Sender{From: "notice@acme.example", FromName: rapid.SampledFrom([]string{"", "Acme", strings.Repeat("Acme und Söhne ", 9), `"x", <y>`}).Draw(t, "from"), ReplyTo: rapid.SampledFrom([]string{"", "help@acme.example"}).Draw(t, "reply")}
	skeleton, err := notice.Source{Locale: "en", Subject: strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"About", "{{merge.a}}", "=?x?=", "Zoë", strings.Repeat("w", 70)}), 1, 4).Draw(t, "subject"), " "),
		Body: strings.Join(rapid.SliceOfN(words, 1, 25).Draw(t, "body"), " ")}.Compile()
	if err != nil {
		t.Skip("not every heap of words is a text")
	}
	text, err := skeleton.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(text, s)
	if err != nil {
		t.Fatal(err)
	}
	p := Person{Address: drawAddress(t), MessageID: rapid.StringMatching("[a-z0-9]{1,90}").Draw(t, "id") + "@acme.example", Date: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0),
		Values: notice.Values{"merge.a": {values.Draw(t, "a")}, "merge.b": {values.Draw(t, "b"), values.Draw(t, "c")}, "contact.url": {"https://acme.example/help"}, "notice.code": {"AB12-CD34"}}}
	raw, err := c.Compose(p)
	if err != nil {
		t.Skip("not every value fits")
	}
	return guardOf(t, c, s), finished(p, raw)
}

func TestEveryLetterThatIsComposedPassesTheGuard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, l := drawLetter(t)
		if err := g.Check(l); err != nil {
			t.Fatalf("%v:\n%s", err, l.Raw)
		}
	})
}

// One byte that is not the same is found wherever it stands. Only a subject
// may be written differently and say the same: there a mail program is the
// judge.
func TestOneChangedByteIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, l := drawLetter(t)
		good := l.Raw
		l.Raw = bytes.Clone(good)
		at := rapid.IntRange(0, len(good)-1).Draw(t, "at")
		l.Raw[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if g.Check(l) == nil && !sameButForSubject(t, good, l.Raw) {
			t.Fatalf("byte %d, %q instead of %q, passes:\n%s", at, l.Raw[at], good[at], good)
		}
	})
}

func sameButForSubject(t fataler, a, b []byte) bool {
	subject := func(raw []byte) (says string, without []byte) {
		from := bytes.Index(raw, []byte("Subject:"))
		end := bytes.Index(raw, []byte("\r\nFrom:"))
		if from < 0 || end < from {
			return "", raw
		}
		h, _, _ := parts(t, raw)
		says, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
		if err != nil {
			t.Fatal(err)
		}
		return says, append(bytes.Clone(raw[:from]), raw[end:]...)
	}
	saysA, restA := subject(a)
	saysB, restB := subject(b)
	return saysA == saysB && bytes.Equal(restA, restB)
}

// A letter in which another one's bytes were written is found, wherever the
// seam runs.
func TestALetterWithThePartOfAnotherIsFound(t *testing.T) {
	g, p, first := guarded(t)
	c := composer(t, "Your account", guardedText)
	other := p
	other.Values = notice.Values{"merge.a": {"Bob"}, "contact.url": p.Values["contact.url"]}
	other.MessageID = "zz.9f@acme.example"
	other.Address, _ = mailaddr.Parse("bob@example.com")
	second := passes(t, c, identity, other)
	for seam := range second {
		mixed := append(bytes.Clone(second[:seam]), first[min(seam, len(first)):]...)
		if !bytes.Equal(mixed, first) && g.Check(finished(p, mixed)) == nil {
			t.Fatalf("a seam at byte %d is not found", seam)
		}
	}
}

// FuzzGuard looks for bytes that the guard cannot read without a panic, and for
// some that it passes though they are not the letter.
func FuzzGuard(f *testing.F) {
	g, p, good := guarded(f)
	f.Add(good)
	f.Add([]byte("To: x\r\n y\r\n\r\n"))
	f.Add([]byte(":\r\n\r\n"))
	f.Add([]byte("\r\n "))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if g.Check(finished(p, raw)) == nil && !sameButForSubject(t, good, raw) {
			t.Errorf("passes: %q", raw)
		}
	})
}

// benchmarked is a letter of about 6 kB in two parts.
func benchmarked(b *testing.B, subject string) (*Guard, delivery.Letter) {
	c := composer(b, subject, "Dear {{merge.a}},\n\n"+strings.Repeat("We are writing because the company that sends e-mail for us was broken into. Your address may have been seen.\n\n", 16)+"See [our page]({{contact.url}}).\n")
	p := person(b, "ada@example.com", "Ada Lovelace")
	p.Values["contact.url"] = []string{"https://acme.example/help"}
	return guardOf(b, c, identity), finished(p, passes(b, c, identity, p))
}

// BenchmarkGuard is one whole check with the hash that follows it before DATA.
func BenchmarkGuard(b *testing.B) {
	for name, subject := range map[string]string{"one subject": "About your account", "a subject of each": "For {{merge.a}}"} {
		b.Run(name, func(b *testing.B) {
			g, l := benchmarked(b, subject)
			b.SetBytes(int64(len(l.Raw)))
			b.ReportAllocs()
			for b.Loop() {
				if g.Check(l) != nil || sha256.Sum256(l.Raw) != l.Hash {
					b.Fatal("it does not pass")
				}
			}
		})
	}
}
