package httpguard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
)

// serve runs a server on a real socket: what a connection carries after a
// refused body is seen nowhere else.
func serve(t *testing.T, register func(app *fiber.App)) string {
	t.Helper()
	app := NewApp(func(c *fiber.Ctx, err error) error {
		Close(c)
		status := fiber.StatusInternalServerError
		var routing *fiber.Error
		switch {
		case errors.As(err, &routing):
			status = routing.Code
		case fault.KindOf(err) == fault.TooLarge:
			status = fiber.StatusRequestEntityTooLarge
		case fault.KindOf(err) == fault.Forbidden:
			status = fiber.StatusForbidden
		}
		return c.Status(status).SendString("refused")
	})
	register(app)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(10 * time.Second); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return ln.Addr().String()
}

// talk sends bytes on one connection and gives the status of every answer on it.
func talk(t *testing.T, addr, request string) []int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the server may stop reading
	in := bufio.NewReader(conn)
	var got []int
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return got
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		got = append(got, res.StatusCode)
		if res.Close {
			return got
		}
	}
}

func TestABodyNobodyReadIsNeverTakenForRequests(t *testing.T) {
	asked := 0
	addr := serve(t, func(app *fiber.App) {
		app.Post("/upload", func(*fiber.Ctx) error { return fault.New(fault.Forbidden, "role_may_not", nil) })
		app.Get("/secret", func(c *fiber.Ctx) error { asked++; return c.SendString("x") })
	})
	inside := strings.Repeat("GET /secret HTTP/1.1\r\nHost: a\r\n\r\n", 20000)
	for name, request := range map[string]string{
		"with its length": fmt.Sprintf("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(inside), inside),
		"in chunks":       fmt.Sprintf("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(inside), inside),
	} {
		if got := talk(t, addr, request); len(got) != 1 || got[0] != 403 {
			t.Errorf("%s: answers %v", name, got)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests were smuggled", asked)
	}
}

func TestABodyOverTheLimitIsNotRead(t *testing.T) {
	addr := serve(t, func(app *fiber.App) {
		app.Post("/", func(c *fiber.Ctx) error {
			_, err := Body(c, 1000)
			return err
		})
	})
	at := func(n int) string { return strings.Repeat("x", n) }
	cases := []struct {
		name, request string
		status        int
	}{
		{"at the limit", "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" + at(1000), 200},
		{"one over it", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + at(1001), 413},
		{"over it in chunks", fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", 5000000, at(5000000)), 413},
		{"announced and sent in part", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000000\r\n\r\n" + at(64<<10), 413},
	}
	for _, c := range cases {
		if got := talk(t, addr, c.request); len(got) != 1 || got[0] != c.status {
			t.Errorf("%s: answers %v, want %d", c.name, got, c.status)
		}
	}
}

func TestOneConnectionServesMany(t *testing.T) {
	addr := serve(t, func(app *fiber.App) {
		app.Post("/", func(c *fiber.Ctx) error {
			body, err := Body(c, 1000)
			if err != nil {
				return err
			}
			return c.Send(body)
		})
	})
	one := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
	last := "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
	if got := talk(t, addr, one+one+last); fmt.Sprint(got) != "[200 200 200]" {
		t.Errorf("answers %v", got)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	addr := serve(t, func(app *fiber.App) { app.Get("/", func(c *fiber.Ctx) error { return c.SendString("x") }) })
	for _, path := range []string{"/", "/nothing"} {
		res, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
			if res.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, res.Header.Get(name))
			}
		}
		if res.Header.Get(RequestHeader) == "" || res.Header.Get("Server") != "" {
			t.Errorf("%s: request id %q, server %q", path, res.Header.Get(RequestHeader), res.Header.Get("Server"))
		}
	}
}

// Whoever sends a form that is too large sees why: a connection that is cut off
// while somebody sends loses the answer.
func TestARefusedFormIsReadToItsEnd(t *testing.T) {
	addr := serve(t, func(app *fiber.App) {
		app.Post("/", func(c *fiber.Ctx) error { _, err := Body(c, 1<<10); return err })
	})
	for range 20 {
		res, err := http.Post("http://"+addr+"/", "application/x-www-form-urlencoded", strings.NewReader(strings.Repeat("x", 5<<20)))
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestEntityTooLarge || string(said) != "refused" || err != nil {
			t.Fatalf("%d %q, %v", res.StatusCode, said, err)
		}
		_ = res.Body.Close()
	}
}
