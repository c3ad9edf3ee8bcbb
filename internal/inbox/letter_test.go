package inbox

import (
	"strings"
	"testing"
)

func TestALetterIsTakenApart(t *testing.T) {
	raw := strings.ReplaceAll(`From: =?utf-8?q?M=C3=BCller?= <a@example.com>
To: b@example.com
Subject: =?utf-8?b?w4RuZGVydW5n?=
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe=
!
--x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+SGk8L2I+
--x--
`, "\n", "\r\n")
	l, err := Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != "Änderung" || l.Text != "Grüße!" || l.HTML != "<b>Hi</b>" || l.From != "Müller <a@example.com>" || !strings.HasPrefix(l.Header, "From: ") {
		t.Errorf("%+v", l)
	}
}

func TestABrokenLetterIsNoPanic(t *testing.T) {
	for _, raw := range []string{"", "no header", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\ncut", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"} {
		if l, err := Read([]byte(raw)); err == nil && l.HTML != "" {
			t.Errorf("%q gave %+v", raw, l)
		}
	}
}
