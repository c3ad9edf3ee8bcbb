package dkim_test

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"

	"forthwith/internal/dkim"
)

var date = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// zone is a DNS of the keys of a test.
type zone map[string]string

func (z zone) lookUp(name string) ([]string, error) { return []string{z[name]}, nil }

// verify demands that each of n signatures holds.
func (z zone) verify(t failer, raw []byte, n int) {
	t.Helper()
	got, err := msgauth.VerifyWithOptions(bytes.NewReader(raw), &msgauth.VerifyOptions{LookupTXT: z.lookUp})
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	if len(got) != n {
		t.Fatalf("%d signatures, want %d", len(got), n)
	}
	for _, v := range got {
		if v.Err != nil || v.Domain != "example.com" || !v.Time.Equal(date) {
			t.Fatalf("%v by %s at %s of %q", v.Err, v.Domain, v.Time, raw)
		}
	}
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// keys makes a key of each algorithm and a zone that publishes them.
func keys(t testing.TB) (zone, []*dkim.Key) {
	t.Helper()
	z := zone{}
	var all []*dkim.Key
	for _, a := range []dkim.Algorithm{dkim.Ed25519, dkim.RSA2048} {
		private, err := dkim.Generate(a)
		if err != nil {
			t.Fatal(err)
		}
		k, err := dkim.Open(dkim.Name{Domain: "example.com", Selector: "a-" + string(a), Algorithm: a}, private)
		if err != nil {
			t.Fatal(err)
		}
		z[k.Host()] = dkim.Record(a, k.Public())
		all = append(all, k)
	}
	return z, all
}

const head = "From: Example <notice@example.com>\r\nTo: <ann@example.net>\r\nSubject: =?UTF-8?q?=C3=A9?=\r\n  two \t words\r\nDate: Wed, 04 Mar 2026 05:06:07 +0000\r\n" +
	"Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nX-Other: is not signed\r\nAuto-Submitted: auto-generated\r\n\r\n"

func TestASignatureHoldsForEveryBody(t *testing.T) {
	z, all := keys(t)
	line := rapid.SampledFrom([]string{"", " ", "\t", "a", "a  b", "a \t b ", "  a", "tab\tbed", ".", "..", "é", strings.Repeat("x", 76), "=20", "two words"})
	rapid.Check(t, func(t *rapid.T) {
		body := ""
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			body += line.Draw(t, "line") + "\r\n"
		}
		if rapid.Bool().Draw(t, "open") {
			body = strings.TrimRight(body, "\r\n")
		}
		raw, err := dkim.NewSigner(all...).Sign([]byte(head+body), date)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(raw, []byte(head+body)) {
			t.Fatal("the message was changed")
		}
		z.verify(t, raw, 2)
	})
}

func TestTheSameMessageGivesTheSameBytes(t *testing.T) {
	_, all := keys(t)
	s := dkim.NewSigner(all...)
	first, err := s.Sign([]byte(head+"a\r\n"), date)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Sign([]byte(head+"a\r\n"), date.In(time.FixedZone("", 3600)))
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("%v: %q\n%q", err, first, again)
	}
	unsigned, err := dkim.NewSigner().Sign([]byte(head), date)
	if err != nil || string(unsigned) != head {
		t.Errorf("without keys: %v %q", err, unsigned)
	}
	if _, err := s.Sign([]byte("no message"), date); err == nil {
		t.Error("what is no message was signed")
	}
}

// Headers may be folded, spaced and repeated in any way.
func TestASignatureHoldsForEveryHeader(t *testing.T) {
	z, all := keys(t)
	name := rapid.SampledFrom([]string{"From", "to", "SUBJECT", "Subject", "Date ", "Message-ID\t", "Reply-To", "Content-Type", "X-Other", "Received"})
	value := rapid.SampledFrom([]string{"a", " a", "  a \t b ", "\r\n a", " a\r\n\tb", " a \r\n  b\r\n c", "", " ", "\t", " é", ":", strings.Repeat("x", 300)})
	rapid.Check(t, func(t *rapid.T) {
		raw := "From: <notice@example.com>\r\n"
		for range rapid.IntRange(0, 20).Draw(t, "headers") {
			raw += name.Draw(t, "name") + ":" + value.Draw(t, "value") + "\r\n"
		}
		signed, err := dkim.NewSigner(all...).Sign([]byte(raw+"\r\na\r\n"), date)
		if err != nil {
			t.Fatal(err)
		}
		z.verify(t, signed, 2)
	})
}

// A line is longer than 76 characters only where a domain is.
func TestASignatureIsFolded(t *testing.T) {
	for _, domain := range []string{"a.example", strings.Repeat("b", 40) + ".example", strings.Repeat("c", 60) + ".example", strings.Repeat("d.", 60) + "example"} {
		for _, a := range []dkim.Algorithm{dkim.Ed25519, dkim.RSA2048} {
			private, err := dkim.Generate(a)
			if err != nil {
				t.Fatal(err)
			}
			k, err := dkim.Open(dkim.Name{Domain: domain, Selector: "notice-2026", Algorithm: a}, private)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := dkim.NewSigner(k).Sign([]byte(head+"a\r\n"), date)
			if err != nil {
				t.Fatal(err)
			}
			signature := strings.TrimSuffix(string(raw), head+"a\r\n")
			for line := range strings.SplitSeq(signature, "\r\n") {
				if len(line) > max(76, len(" d="+domain+";")) || line != "" && strings.TrimSpace(line) == "" {
					t.Errorf("a line of %d characters: %q", len(line), line)
				}
			}
		}
	}
}

// One signer serves many goroutines, and each gets its own message back.
func TestASignerIsSharedByManyGoroutines(t *testing.T) {
	z, all := keys(t)
	s := dkim.NewSigner(all...)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			body := strings.Repeat(strconv.Itoa(i)+" words\r\n", 50)
			for range 20 {
				raw, err := s.Sign([]byte(head+body), date)
				if err != nil || !bytes.HasSuffix(raw, []byte(body)) {
					t.Errorf("%v, or another's message", err)
					return
				}
				got, err := msgauth.VerifyWithOptions(bytes.NewReader(raw), &msgauth.VerifyOptions{LookupTXT: z.lookUp})
				if err != nil || len(got) != 2 || got[0].Err != nil || got[1].Err != nil {
					t.Errorf("%v: %+v", err, got)
				}
			}
		})
	}
	group.Wait()
}

// What is changed or added on the way must break every signature.
func TestAChangeOnTheWayIsSeen(t *testing.T) {
	z, all := keys(t)
	raw, err := dkim.NewSigner(all...).Sign([]byte(head+"Dear reader\r\n"), date)
	if err != nil {
		t.Fatal(err)
	}
	z.verify(t, raw, 2)
	for _, change := range [][2]string{
		{"Dear reader", "Dear  reader!"}, {"<ann@example.net>", "<bob@example.net>"}, {"two", "three"}, {"05:06:07", "05:06:08"}, {"<1@", "<2@"}, {"auto-generated", "no"},
		{"MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\nReply-To: <x@example.org>\r\n"}, {"From: ", "From: <x@example.org>\r\nFrom: "}, {"Subject: ", "Subject: urgent\r\nSubject: "},
		{"charset=utf-8", "charset=utf-7"},
	} {
		got, err := msgauth.VerifyWithOptions(strings.NewReader(strings.Replace(string(raw), change[0], change[1], 1)), &msgauth.VerifyOptions{LookupTXT: z.lookUp})
		if err != nil || len(got) != 2 || got[0].Err == nil || got[1].Err == nil {
			t.Errorf("%q for %q is not seen: %v %v", change[1], change[0], err, got)
		}
	}
}

func TestAKeyIsOfItsAlgorithm(t *testing.T) {
	private, err := dkim.Generate(dkim.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dkim.Open(dkim.Name{Algorithm: dkim.RSA2048}, private); err == nil {
		t.Error("an Ed25519 key opens as RSA")
	}
	if _, err := dkim.Open(dkim.Name{Algorithm: dkim.Ed25519}, private[1:]); err == nil {
		t.Error("a broken key opens")
	}
	if _, err := dkim.Generate("dsa"); err == nil {
		t.Error("an unknown algorithm makes a key")
	}
}

func FuzzSign(f *testing.F) {
	_, all := keys(f)
	s := dkim.NewSigner(all[0])
	f.Add([]byte(head + "a \t\r\n\r\n"))
	f.Add([]byte("From\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := s.Sign(raw, date)
		if err == nil && !bytes.HasSuffix(out, raw) {
			t.Error("the message was changed")
		}
	})
}

func BenchmarkSign(b *testing.B) {
	_, all := keys(b)
	raw := []byte(head + strings.Repeat("Some words of a notice that is about as long as notices are.=\r\n", 90))
	for _, k := range all {
		b.Run(string(k.Algorithm), func(b *testing.B) {
			s := dkim.NewSigner(k)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign(raw, date); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
