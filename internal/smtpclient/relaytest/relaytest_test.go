package relaytest

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestUndoesDotStuffingAndHashes(t *testing.T) {
	s := relay(t, Config{})
	c := dial(t, s)
	c.transaction("ann@example.com")
	c.put("Subject: x\r\n\r\n..dot\r\nlone\n.\nstill\r\n.\r\n")
	c.want("250")
	const raw = "Subject: x\r\n\r\n.dot\r\nlone\n.\nstill\r\n"
	sum := sha256.Sum256([]byte(raw))
	m := s.Accepted("ANN@example.com")
	if len(m) != 1 || string(m[0].Raw) != raw || m[0].SHA256 != hex.EncodeToString(sum[:]) || !m[0].BareLF {
		t.Errorf("got %+v", m)
	}
	if m[0].Header("subject") != "x" {
		t.Errorf("header %q", m[0].Header("subject"))
	}
}

func TestRulesTakeHoldWhereTheySay(t *testing.T) {
	cases := map[string]struct {
		rule     Rule
		step     func(c *client)
		accepted int
	}{
		"a recipient is refused, others are not": {For("no@example.com", Rcpt, Action{Code: 550, Enhanced: "5.1.1"}), func(c *client) {
			c.cmd("MAIL FROM:<a@example.com>", "250")
			c.cmd("RCPT TO:<no@example.com>", "550 5.1.1")
			c.cmd("RCPT TO:<yes@example.com>", "250")
			c.cmd("DATA", "354")
			c.cmd("x\r\n.", "250")
		}, 1},
		"the second message is put off": {Nth(2, Dot, Action{Code: 451}), func(c *client) {
			c.send("ann@example.com", "250")
			c.send("bob@example.com", "451")
			c.send("cem@example.com", "250")
		}, 2},
		"closed after the dot, kept": {Rule{At: Dot, Do: Action{End: CloseMute}}, func(c *client) {
			c.transaction("ann@example.com")
			c.put("x\r\n.\r\n")
			c.ended(io.EOF)
		}, 1},
		"reset after the dot, kept": {Rule{At: Dot, Do: Action{End: ResetMute}}, func(c *client) {
			c.transaction("ann@example.com")
			c.put("x\r\n.\r\n")
			c.ended(syscall.ECONNRESET)
		}, 1},
		"accepted, then reset": {Rule{At: Dot, Do: Action{End: ThenReset}}, func(c *client) {
			c.transaction("ann@example.com")
			c.put("x\r\n.\r\n")
		}, 1},
		"accepted and thrown away": {Rule{At: Dot, Do: Action{Discard: true}}, func(c *client) { c.send("ann@example.com", "250") }, 0},
		"dropped inside the body": {Rule{At: Body, Do: Action{End: CloseMute, Bytes: 3}}, func(c *client) {
			c.transaction("ann@example.com")
			c.put("line one\r\nline two\r\n.\r\n")
			c.ended(nil)
		}, 0},
		"a late reply": {Rule{At: Dot, Do: Action{Delay: time.Minute}}, func(c *client) { c.send("ann@example.com", "250") }, 1},
		"a match of its own": {Rule{At: Mail, Match: func(t Transaction) bool { return t.N == 1 }, Do: Action{Code: 421, End: ThenClose}}, func(c *client) {
			c.send("ann@example.com", "250")
			c.cmd("MAIL FROM:<a@example.com>", "421")
			c.ended(io.EOF)
		}, 1},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			s := relay(t, Config{Pace: 1000})
			s.On(k.rule)
			k.step(dial(t, s))
			wait(t, "the messages are counted", func() bool {
				n := 0
				for _, m := range s.Messages() {
					if m.Accepted {
						n++
					}
				}
				return n == k.accepted
			})
		})
	}
}

func TestRulesCanBeEndedAtRunTime(t *testing.T) {
	s := relay(t, Config{})
	c := dial(t, s)
	off := s.On(Rule{At: Mail, Do: Action{Code: 451}})
	c.cmd("MAIL FROM:<a@example.com>", "451")
	off()
	c.cmd("RSET", "250")
	c.send("ann@example.com", "250")
}

func TestSilenceLastsUntilTheClientGoes(t *testing.T) {
	s := relay(t, Config{})
	s.On(Rule{At: Dot, Do: Action{End: SilenceMute}})
	c := dial(t, s)
	c.transaction("ann@example.com")
	c.put("x\r\n.\r\n")
	wait(t, "the message is in", func() bool { return len(s.Accepted("ann@example.com")) == 1 })
	if m := s.Messages()[0]; m.Replied {
		t.Error("a silent relay claims to have replied")
	}
	_ = c.conn.Close()
	wait(t, "the connection is gone", func() bool { return s.OpenConnections() == 0 })
}

func TestBannerDripsByteByByte(t *testing.T) {
	s := relay(t, Config{Pace: 100})
	s.On(Rule{At: Banner, Do: Action{PerByte: time.Second}})
	began := time.Now()
	c := dial(t, s)
	if took := time.Since(began); took < 20*10*time.Millisecond {
		t.Errorf("the banner came in %v", took)
	}
	c.send("ann@example.com", "250")
}

func TestStartTLSAndAuth(t *testing.T) {
	ca, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := ca.Issue("relay.test", false)
	if err != nil {
		t.Fatal(err)
	}
	s := relay(t, Config{TLS: cfg, Mechanisms: []string{"PLAIN"}, Username: "u", Password: "p", RequireAuth: true})
	c := dial(t, s)
	c.cmd("EHLO x", "250")
	c.cmd("STARTTLS", "220")
	tc := tls.Client(c.conn, &tls.Config{RootCAs: ca.Pool, ServerName: "relay.test"})
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.conn, c.r = tc, bufio.NewReader(tc)
	c.cmd("MAIL FROM:<a@example.com>", "530")
	c.cmd("AUTH PLAIN AHUAeA==", "535")
	c.cmd("AUTH PLAIN AHUAcA==", "235")
	c.send("ann@example.com", "250")
	for _, e := range s.Events() {
		if e.Phase == Auth && !e.TLS {
			t.Error("AUTH was recorded without TLS")
		}
	}
}

func TestTheFileTellsWhatMemoryTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record")
	s := relay(t, Config{RecordFile: path})
	c := dial(t, s)
	c.send("ann@example.com", "250")
	c.cmd("QUIT", "221")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var l struct{ Kind string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		kinds[l.Kind]++
	}
	if kinds["message"] != 1 || kinds["replied"] != 1 || kinds["event"] != len(s.Events()) {
		t.Errorf("the file holds %v", kinds)
	}
}

func TestADownRelayComesBackOnItsPort(t *testing.T) {
	s := relay(t, Config{})
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = c.Close()
		t.Error("a paused relay was reached")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	dial(t, s).send("ann@example.com", "250")
}

// BenchmarkSink tells what the sink itself can take.
func BenchmarkSink(b *testing.B) {
	s, err := Start(Config{Sink: true, Pipelining: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	body := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 84) + ".\r\n"
	var wg sync.WaitGroup
	const conns = 16
	for range conns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.Dial("tcp", s.Addr())
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			buf := make([]byte, 512)
			hear := func() { _, _ = c.Read(buf) }
			hear()
			for range b.N / conns {
				_, _ = io.WriteString(c, "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
				hear()
				_, _ = io.WriteString(c, body)
				hear()
			}
		}()
	}
	wg.Wait()
	b.ReportMetric(float64(s.Tally().Messages)/b.Elapsed().Seconds(), "messages/s")
}

type client struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func relay(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := &client{t: t, conn: conn, r: bufio.NewReader(conn)}
	c.want("220")
	return c
}

func (c *client) put(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) want(prefix string) {
	c.t.Helper()
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatal(err)
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, prefix) {
			c.t.Fatalf("got %q, want %s", line, prefix)
		}
		return
	}
}

func (c *client) cmd(line, want string) { c.t.Helper(); c.put(line + "\r\n"); c.want(want) }

func (c *client) transaction(to string) {
	c.t.Helper()
	c.cmd("MAIL FROM:<a@example.com>", "250")
	c.cmd(fmt.Sprintf("RCPT TO:<%s>", to), "250")
	c.cmd("DATA", "354")
}

func (c *client) send(to, want string) {
	c.t.Helper()
	c.transaction(to)
	c.cmd("x\r\n.", want)
}

func (c *client) ended(want error) {
	c.t.Helper()
	_, err := c.r.ReadByte()
	if err == nil || want != nil && !errors.Is(err, want) {
		c.t.Errorf("the connection ended with %v, want %v", err, want)
	}
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !done() {
		select {
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}
