package inbox

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient"
)

const childDir = "INBOX_TEST_CHILD"

// TestMain lets the test binary be an inbox that can be killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	b, err := Open(dir)
	if err != nil {
		panic(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr().(*net.TCPAddr).Port)
	_ = b.Serve(context.Background(), ln)
}

func TestKeepsTheBytesAndSaysWhoGotThem(t *testing.T) {
	b := box(t, t.TempDir())
	c := connect(t, serve(t, b))
	raw := letter("<one@example.com>", ".dot\r\n..two")
	r := send(t, c, "ann@example.com", raw)
	if r.Verdict() != outcome.Took || r.QueueID != "I000000001" {
		t.Fatalf("got %+v", r)
	}
	sum := sha256.Sum256([]byte(raw))
	got, err := b.Entries(0, 10)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	e := got[0]
	if e.Number != 1 || e.MessageID != "one@example.com" || e.Recipient != "ann@example.com" || e.SHA256 != hex.EncodeToString(sum[:]) || e.ReceivedAt.IsZero() {
		t.Errorf("got %+v", e)
	}
	if kept, err := b.Message(1); err != nil || string(kept) != raw {
		t.Errorf("kept %q %v", kept, err)
	}
}

func TestEntriesGoOnAfterACursor(t *testing.T) {
	b := box(t, t.TempDir())
	for i := range 25 {
		keep(t, b, fmt.Sprintf("p%d@example.com", i))
	}
	var seen []string
	for after := int64(0); ; {
		page, err := b.Entries(after, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			seen = append(seen, e.Recipient)
		}
		after = page[len(page)-1].Number
	}
	if len(seen) != 25 || seen[0] != "p0@example.com" || seen[24] != "p24@example.com" {
		t.Errorf("saw %v", seen)
	}
	for _, bad := range []struct {
		after int64
		limit int
	}{{-1, 10}, {25, 10}, {99, 10}, {0, 0}} {
		if page, err := b.Entries(bad.after, bad.limit); err != nil || len(page) != 0 {
			t.Errorf("after %d limit %d: %v %v", bad.after, bad.limit, page, err)
		}
	}
	if _, err := b.Message(26); fault.KindOf(err) != fault.NotFound {
		t.Errorf("message 26: %v", err)
	}
}

func TestARecordCutShortIsRemovedAndTheRestStays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "box")
		if err != nil {
			rt.Fatal(err)
		}
		b := box(t, dir)
		for i := range 5 {
			keep(t, b, fmt.Sprintf("p%d@example.com", i))
		}
		var ends []int64
		for n := int64(1); n <= 5; n++ {
			at, err := b.offset(n)
			if err != nil {
				rt.Fatal(err)
			}
			h, err := readHead(b.log, at)
			if err != nil {
				rt.Fatal(err)
			}
			ends = append(ends, h.next(at))
		}
		if err := b.Close(); err != nil {
			rt.Fatal(err)
		}
		cut := rapid.Int64Range(0, ends[4]).Draw(rt, "cut")
		if err := os.Truncate(filepath.Join(dir, "messages"), cut); err != nil {
			rt.Fatal(err)
		}
		switch rapid.IntRange(0, 2).Draw(rt, "index") {
		case 1:
			_ = os.Remove(filepath.Join(dir, "index"))
		case 2:
			_ = os.WriteFile(filepath.Join(dir, "index"), []byte("not an index at all, of any length"), 0o600)
		}
		whole := int64(0)
		for _, end := range ends {
			if end <= cut {
				whole++
			}
		}
		b = box(t, dir)
		defer b.Close()
		if b.Count() != whole {
			rt.Fatalf("cut at %d: %d entries, want %d", cut, b.Count(), whole)
		}
		keep(t, b, "next@example.com")
		list, err := b.Entries(0, 10)
		if err != nil || int64(len(list)) != whole+1 || list[whole].Recipient != "next@example.com" || list[whole].Number != whole+1 {
			rt.Fatalf("got %v %v", list, err)
		}
	})
}

func TestATailThatTheDiskDidNotKeepIsRemoved(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"a flipped byte in the last message": func(raw []byte) []byte { raw[len(raw)-1] ^= 1; return raw },
		"zeros where the last message was":   func(raw []byte) []byte { clear(raw[len(raw)-10:]); return raw },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := box(t, dir)
			keep(t, b, "ann@example.com")
			keep(t, b, "bob@example.com")
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "messages")
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			if b = box(t, dir); b.Count() != 1 {
				t.Errorf("%d entries", b.Count())
			}
		})
	}
}

func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var took []string
	var wg sync.WaitGroup
	enough := make(chan struct{})
	once := sync.OnceFunc(func() { close(enough) })
	for w := range 8 {
		c := connect(t, port)
		wg.Go(func() {
			for i := 0; ; i++ {
				to := fmt.Sprintf("w%d-%d@example.com", w, i)
				r, err := c.Envelope(context.Background(), "", to)
				if err != nil || !smtpclient.Proceed(r) {
					return
				}
				if r, err = c.Deliver(context.Background(), []byte(letter("<"+to+">", "x"))); err != nil || r.Verdict() != outcome.Took {
					return
				}
				mu.Lock()
				if took = append(took, to); len(took) == 200 {
					once()
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	_ = child.Wait()
	b := box(t, dir)
	all, err := b.Entries(0, int(b.Count()))
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, e := range all {
		kept[e.Recipient]++
	}
	for _, to := range took {
		if kept[to] != 1 {
			t.Errorf("%s was answered and is there %d times", to, kept[to])
		}
	}
}

func TestAMessageBeyondTheLimitIsRefused(t *testing.T) {
	b := box(t, t.TempDir())
	c := connect(t, serve(t, b))
	r := send(t, c, "ann@example.com", strings.Repeat(strings.Repeat("x", 70)+"\r\n", maxMessage/70))
	if r.Code != 552 || b.Count() != 0 {
		t.Errorf("got %+v, %d kept", r, b.Count())
	}
	if r := send(t, c, "ann@example.com", letter("<a@example.com>", "x")); r.Verdict() != outcome.Took {
		t.Errorf("the connection is spoilt: %+v", r)
	}
}

func TestASecondInboxOnTheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	box(t, dir)
	if _, err := Open(dir); !fault.Is(err, "inbox_in_use") {
		t.Errorf("got %v", err)
	}
}

func TestStopsAlthoughConnectionsAreKeptOpen(t *testing.T) {
	b := box(t, t.TempDir())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, ln) }()
	connect(t, ln.Addr().(*net.TCPAddr).Port)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFindsTheMessageID(t *testing.T) {
	for raw, want := range map[string]string{
		"Message-ID: <a@b.test>\r\n\r\n":                   "a@b.test",
		"subject: x\r\nmessage-id:\r\n <a@b.test>\r\n\r\n": "a@b.test",
		"Subject: x\r\n\r\nMessage-ID: <body@b.test>\r\n":  "",
		"no header at all":                                 "",
	} {
		if got := messageID([]byte(raw)); got != want {
			t.Errorf("%q gave %q", raw, got)
		}
	}
}

func FuzzCheckedNeverReadsBeyondTheFile(f *testing.F) {
	good, err := appendRecord(nil, Entry{Number: 1, Recipient: "ann@example.com"}, []byte("x\r\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(append(good, good[:20]...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		size := int64(len(raw))
		for at := int64(0); at < size; {
			h, err := checked(bytes.NewReader(raw), at, size)
			if err != nil {
				return
			}
			next := h.next(at)
			if next <= at || next > size {
				t.Fatalf("from %d to %d of %d", at, next, size)
			}
			at = next
		}
	})
}

func box(t *testing.T, dir string) *Box {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func serve(t *testing.T, b *Box) (port int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().(*net.TCPAddr).Port
}

func connect(t *testing.T, port int) *smtpclient.Conn {
	t.Helper()
	c, err := smtpclient.Dial(t.Context(), smtpclient.Relay{
		Host: "127.0.0.1", Port: port, TLS: smtpclient.Plain, Hello: "forthwith.test",
		Guard: smtpclient.Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []int{port}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c *smtpclient.Conn, to, raw string) outcome.Reply {
	t.Helper()
	r, err := c.Envelope(t.Context(), "bounce@example.com", to)
	if err == nil && smtpclient.Proceed(r) {
		r, err = c.Deliver(t.Context(), []byte(raw))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func keep(t *testing.T, b *Box, to string) {
	t.Helper()
	if _, err := b.Put(context.Background(), []string{to}, []byte(letter("<"+to+">", "x"))); err != nil {
		t.Fatal(err)
	}
}

func letter(id, body string) string {
	return "Message-ID: " + id + "\r\nSubject: x\r\n\r\n" + body + "\r\n"
}
