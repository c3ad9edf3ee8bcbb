package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"forthwith/internal/genuine"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
	"forthwith/internal/stage"
	"forthwith/web/public"
)

const (
	timedCodes  = 100_000 // half of them known
	guesses     = 1_000_000
	differMost  = 2 // percent between the medians of known and unknown codes
	guessingFor = 8 // connections
)

// benchGenuine asks the public page, on a socket and over the database of a
// campaign under way: for known and unknown codes in turn, of which neither may
// take longer, and for a million guesses.
func benchGenuine(ctx context.Context, s size) ([]result, error) {
	w, _, end, err := oneWorker(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	c, err := halfway(ctx, w, s.people)
	if err != nil {
		return nil, err
	}
	no, err := id.ParseCampaign(c.ID)
	if err != nil {
		return nil, err
	}
	var people int64
	if err := w.SQL.QueryRow(ctx, "SELECT count(*) FROM code").Scan(&people); err != nil {
		return nil, err
	}
	at, stop, err := publicPage(w)
	if err != nil {
		return nil, err
	}
	defer stop()
	codes := w.DB.Installation()
	differ := 0.0
	for _, kind := range []string{"application/x-www-form-urlencoded", "application/json"} {
		known, strange := make([]string, timedCodes), make([]string, timedCodes)
		for i := range known {
			known[i], strange[i] = codes.Code(int64(no), int64(i)%people+1), guess()
		}
		percent, err := timeCodes(at, kind, known, strange)
		if err != nil {
			return nil, err
		}
		differ = max(differ, percent)
	}
	hits, err := guessCodes(ctx, at)
	if err != nil {
		return nil, err
	}
	return []result{of("genuine_timing", "percent", differ, differMost), of("genuine_guesses", "hits", float64(hits), 1)}, nil
}

// publicPage serves the page as an API process does, but lets one network ask as
// often as it likes.
func publicPage(w *stage.World) (addr string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	app := public.New(genuine.NewDesk(postgres.GenuineStore{DB: w.DB}, w.DB.Installation()), public.Options{Every: time.Nanosecond, Burst: math.MaxInt32})
	go func() { _ = app.Listener(ln) }()
	return ln.Addr().String(), func() { _ = app.ShutdownWithTimeout(time.Second) }, nil
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

// guess is a code that nobody made.
func guess() string {
	var bits [10]byte
	rand.Read(bits[:])
	return crockford.EncodeToString(bits[:])
}

// asking is one connection to the page.
type asking struct {
	conn net.Conn
	in   *bufio.Reader
	kind string
}

func askAt(addr, kind string) (*asking, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &asking{conn, bufio.NewReaderSize(conn, 64<<10), kind}, nil
}

// ask gives an answer and how long it took, to its last byte.
func (a *asking) ask(code string) (body []byte, took time.Duration, err error) {
	question := "code=" + code
	if a.kind == "application/json" {
		question = `{"code":"` + code + `"}`
	}
	begun := time.Now()
	if _, err = fmt.Fprintf(a.conn, "POST /check HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", a.kind, len(question), question); err != nil {
		return nil, 0, err
	}
	res, err := http.ReadResponse(a.in, nil)
	if err != nil {
		return nil, 0, err
	}
	body, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the page answers %s", res.Status)
	}
	return body, time.Since(begun), err
}

// unknown tells whether an answer says that nobody knows the code.
func unknown(body []byte) bool {
	return bytes.Contains(body, []byte(`"unknown"`)) || bytes.Contains(body, []byte("We do not know this code"))
}

// timeCodes asks for known and unknown codes in turn, each first every other
// time, and gives by how many percent the medians differ.
func timeCodes(addr, kind string, known, strange []string) (float64, error) {
	a, err := askAt(addr, kind)
	if err != nil {
		return 0, err
	}
	defer a.conn.Close()
	took := map[bool][]float64{}
	length := 0
	for i := range timedCodes + timedCodes/10 {
		is := (i%2 == 0) == (i/2%2 == 0)
		code := strange[i/2]
		if is {
			code = known[i/2]
		}
		body, t, err := a.ask(code)
		if err != nil {
			return 0, err
		}
		if unknown(body) == is || length != 0 && len(body) != length {
			return 0, fmt.Errorf("code %d is answered wrongly, with %d bytes", i, len(body))
		}
		if length = len(body); i >= timedCodes/10 { // the first are no more than a warm-up
			took[is] = append(took[is], t.Seconds()*1e6)
		}
	}
	ours, others := median(took[true]), median(took[false])
	fmt.Printf("genuine_timing: %s: known %.1f µs, unknown %.1f µs, medians of %d, %d bytes each\n", kind, ours, others, timedCodes/2, length)
	return 100 * math.Abs(ours/others-1), nil
}

// guessCodes guesses over several connections, and counts what is not unknown.
func guessCodes(ctx context.Context, addr string) (int64, error) {
	var hits atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, guessingFor)
	begun := time.Now()
	for n := range guessingFor {
		all.Go(func() {
			a, err := askAt(addr, "application/json")
			for i := 0; err == nil && i < guesses/guessingFor; i++ {
				var body []byte
				if body, _, err = a.ask(guess()); err == nil && !unknown(body) {
					hits.Add(1)
				}
				err = errors.Join(err, ctx.Err())
			}
			failed[n] = err
		})
	}
	all.Wait()
	fmt.Printf("genuine_guesses: %d guesses, %d hits, %.0f a second\n", guesses, hits.Load(), guesses/time.Since(begun).Seconds())
	return hits.Load(), errors.Join(failed...)
}
