package public

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/genuine"
	"forthwith/internal/phrase"
)

// book is a desk with an answer for four codes and none for all others.
type book struct {
	genuine.Book
	mu    sync.Mutex
	down  error
	asked []string
}

const (
	known   = "7K2M-9QXD-04TB-ZR5H"
	several = "7K2M-9QXD-04TB-ZR5J"
	gone    = "7K2M-9QXD-04TB-ZR5K"
	mended  = "7K2M-9QXD-04TB-ZR5M"
	strange = "0123-4567-89AB-CDEF"
)

func (b *book) Ask(_ context.Context, typed string) (*genuine.Book, int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, typed)
	if b.down != nil {
		return nil, 0, b.down
	}
	return &b.Book, map[string]int{gone: 1, known: 2, several: 3, mended: 4}[typed], nil
}

func newBook() *book {
	day := time.Date(2022, 8, 8, 19, 30, 0, 0, time.UTC)
	subjects := make([]string, 40)
	for i := range subjects {
		subjects[i] = fmt.Sprintf("Larkfield Cloud: a notice to %s, %d", genuine.Withheld, i)
	}
	return &book{Book: genuine.Book{Answers: []genuine.Answer{
		{Word: genuine.Unknown}, {Word: genuine.Withdrawn},
		{Word: genuine.Genuine, Facts: &genuine.Facts{Organisation: "Larkfield <Cloud>", Subjects: []string{"About your account"}, FromName: "Larkfield", From: "notice@example.com", First: day}},
		{Word: genuine.Genuine, Facts: &genuine.Facts{Organisation: "Larkfield Cloud", Subjects: subjects, From: "notice@example.com", First: day.AddDate(0, 0, -7), Last: day}},
		{Word: genuine.Superseded, Facts: &genuine.Facts{Organisation: "Larkfield Cloud", Subjects: []string{"What we told you was wrong"}, From: "notice@example.com", First: day}},
	}}}
}

// rig is the listener on a real socket, and what it logs.
type rig struct {
	*testing.T
	url  string
	desk *book
	log  *bytes.Buffer
}

func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	r := &rig{T: t, desk: newBook(), log: &bytes.Buffer{}}
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	app, ended := New(r.desk, o), make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(10 * time.Second); err != nil {
			t.Error(err)
		}
		<-ended
		slog.SetDefault(was)
	})
	r.url = "http://" + ln.Addr().String()
	return r
}

// unpaced lets a test ask as often as it likes.
var unpaced = Options{Every: time.Nanosecond, Burst: 1_000_000}

type reply struct {
	status int
	header http.Header
	body   string
}

func (r *rig) send(method, path, kind, body string, header ...string) reply {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(all)}
}

const formType, jsonType = "application/x-www-form-urlencoded", "application/json"

func (r *rig) form(code string, header ...string) reply {
	r.Helper()
	return r.send("POST", "/check", formType, url.Values{"code": {code}}.Encode(), header...)
}

func (r *rig) json(code string, header ...string) reply {
	r.Helper()
	body, _ := json.Marshal(map[string]string{"code": code})
	return r.send("POST", "/check", jsonType, string(body), header...)
}

func TestAProgramIsAnsweredWithAWordAndFacts(t *testing.T) {
	r := newRig(t, unpaced)
	for code, want := range map[string]string{
		strange: `{"answer":"unknown"}`, gone: `{"answer":"withdrawn"}`,
		known: `{"answer":"genuine","facts":{"organisation":"Larkfield \u003cCloud\u003e","subjects":["About your account"],"from_name":"Larkfield","from":"notice@example.com","first_day":"2022-08-08","last_day":null,` +
			`"never_asked":["a password, a PIN or a one-time code","card or bank details","a payment, a gift card or any other money","to open an attachment, to install something, or to let somebody onto your device"]}}`,
	} {
		got := r.json(code)
		if got.status != 200 || strings.TrimSpace(got.body) != want || got.header.Get("Content-Type") != jsonType {
			t.Errorf("%s: %d %s", code, got.status, got.body)
		}
	}
}

func TestAPersonIsAnsweredInTheirLanguage(t *testing.T) {
	r := newRig(t, unpaced)
	for l, days := range map[phrase.Language][2]string{
		"en": {"since 8 August 2022 (UTC)", "from 1 August 2022 to 8 August 2022 (UTC)"}, "de": {"seit dem 8. August 2022 (UTC)", "vom 1. August 2022 bis zum 8. August 2022 (UTC)"},
		"fr": {"depuis le 8 août 2022 (UTC)", "du 1er août 2022 au 8 août 2022 (UTC)"}, "es": {"desde el 8 de agosto de 2022 (UTC)", "del 1 de agosto de 2022 al 8 de agosto de 2022 (UTC)"},
	} {
		for code, says := range map[string][]string{
			strange: {l.Say("public_unknown", nil), strange}, gone: {l.Say("public_withdrawn", nil), gone},
			mended:  {l.Say("public_superseded", nil), l.Say("public_newer", nil), "What we told you was wrong", l.Day(time.Date(2022, 8, 8, 0, 0, 0, 0, time.UTC))},
			known:   {l.Say("public_genuine", nil), "Larkfield &lt;Cloud&gt;", "About your account", "notice@example.com", days[0], l.Say("public_never_money", nil)},
			several: {l.Say("public_subjects", nil), "a notice to …, 39", l.Say("public_withheld", nil), days[1]},
		} {
			for how, got := range map[string]reply{
				"by the browser": r.form(code, "Accept-Language", string(l)+"-CH,xx;q=0.5"),
				"by the address": r.send("POST", "/check?lang="+string(l), formType, "code="+code, "Accept-Language", "en"),
			} {
				if got.status != 200 || !strings.Contains(got.body, `<html lang="`+string(l)+`"`) || got.header.Get("Content-Language") != string(l) {
					t.Errorf("%s, %s, %s: %d", l, code, how, got.status)
				}
				for _, part := range says {
					if !strings.Contains(got.body, part) && !strings.Contains(got.body, strings.ReplaceAll(part, "'", "&#39;")) {
						t.Errorf("%s, %s, %s: it does not say %q", l, code, how, part)
					}
				}
			}
		}
		if page := r.send("GET", "/?lang="+string(l), "", ""); page.status != 200 || !strings.Contains(page.body, l.Say("public_lead", nil)) {
			t.Errorf("%s: the page is %d", l, page.status)
		}
	}
}

// TestTheSameBytesButForTheAnswer holds whole answers against each other: those
// to codes of one answer are the same but for the code, and all have the same
// status, headers and length.
func TestTheSameBytesButForTheAnswer(t *testing.T) {
	r := newRig(t, unpaced)
	plain := func(got reply, code string) (string, http.Header) {
		h := maps.Clone(got.header)
		for _, name := range []string{"X-Request-Id", "Date"} {
			h.Del(name)
		}
		return strings.ReplaceAll(got.body, code, "CODE"), h
	}
	for name, ask := range map[string]func(string, ...string) reply{"a page": r.form, "a document": r.json} {
		want := ask(strange)
		_, headers := plain(want, strange)
		bodies := map[string]string{}
		for i := range 400 {
			code := []string{strange, known, gone, several, mended, fmt.Sprintf("%04d-AAAA-BBBB-CCCC", i)}[i%6]
			got := ask(code)
			body, h := plain(got, code)
			if got.status != want.status || len(got.body) != len(want.body) || !maps.EqualFunc(h, headers, func(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Fatalf("%s for %s: %d, %d bytes, %v; for another %d, %d bytes, %v", name, code, got.status, len(got.body), h, want.status, len(want.body), headers)
			}
			kind := code
			if i%6 == 5 {
				kind = strange
			}
			if before, ok := bodies[kind]; ok && before != body {
				t.Fatalf("%s for %s differs between two codes", name, code)
			}
			bodies[kind] = body
		}
	}
}

func TestANetworkThatAsksTooOftenWaits(t *testing.T) {
	r := newRig(t, Options{Every: time.Hour, Burst: 5})
	for i := range 5 {
		if got := r.json(known); got.status != 200 {
			t.Fatalf("question %d: %d", i, got.status)
		}
	}
	for name, got := range map[string]reply{"a program": r.json(known), "a person": r.form(known), "nonsense": r.send("POST", "/check", "", "")} {
		if got.status != 429 || got.header.Get("Retry-After") != "3600" || strings.Contains(got.body, "genuine") && name == "a program" {
			t.Errorf("%s: %d, Retry-After %q, %s", name, got.status, got.header.Get("Retry-After"), got.body)
		}
	}
	if len(r.desk.asked) != 5 {
		t.Errorf("%d codes were looked up", len(r.desk.asked))
	}
	if got := r.send("GET", "/", "", ""); got.status != 200 {
		t.Errorf("the page itself: %d", got.status)
	}
}

func TestWhoeverStandsBehindAProxyHasTheirOwnPace(t *testing.T) {
	for _, c := range []struct {
		trusted  bool
		statuses [3]int
	}{{true, [3]int{200, 429, 200}}, {false, [3]int{200, 429, 429}}} {
		o := Options{Every: time.Hour, Burst: 1}
		if c.trusted {
			o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}
		r := newRig(t, o)
		for i, from := range []string{"203.0.113.1", "203.0.113.200", "198.51.100.1"} {
			if got := r.json(known, "X-Forwarded-For", from); got.status != c.statuses[i] {
				t.Errorf("trusted %v, %s: %d, want %d", c.trusted, from, got.status, c.statuses[i])
			}
		}
	}
}

func TestWhatIsDownGivesNoAnswer(t *testing.T) {
	r := newRig(t, unpaced)
	for _, err := range []error{fault.New(fault.Unavailable, "database_down", nil), fmt.Errorf("broken")} {
		r.desk.down = err
		for name, got := range map[string]reply{"a program": r.json(known), "a person": r.form(known)} {
			if got.status != 503 && got.status != 500 || strings.Contains(got.body, "know this code") || strings.Contains(got.body, `"answer"`) || got.header.Get("Retry-After") == "" && got.status == 503 {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
	}
}

func TestNothingThatSomebodyTypedIsLogged(t *testing.T) {
	r := newRig(t, unpaced)
	r.form(known)
	r.json(strange)
	r.send("GET", "/check?code="+known, "", "")
	r.send("GET", "/"+known, "", "")
	r.send("POST", "/check?code="+known, "", "code="+known)
	r.send("POST", "/check", jsonType, `{"code":"`+known+`","who":"`+strange+`"}`)
	r.send("POST", "/check", formType, "code="+strings.Repeat(known, 1000))
	r.desk.down = fmt.Errorf("broken")
	r.form(known)
	if r.log.Len() == 0 {
		t.Fatal("nothing is logged: the search is blind")
	}
	for _, part := range []string{known, strange, "127.0.0.1", strings.ReplaceAll(known, "-", "")} {
		if strings.Contains(r.log.String(), part) {
			t.Errorf("the log holds %s: %s", part, r.log)
		}
	}
}

func TestWhatIsNoQuestionIsRefused(t *testing.T) {
	r := newRig(t, unpaced)
	for _, c := range []struct {
		name, method, path, kind, body string
		status                         int
	}{
		{"no type", "POST", "/check", "", "code=x", 415}, {"another type", "POST", "/check", "text/plain", "x", 415}, {"a file", "POST", "/check", "multipart/form-data; boundary=x", "--x--", 415},
		{"no code", "POST", "/check", formType, "", 422}, {"spaces", "POST", "/check", formType, "code=++", 422}, {"no code, JSON", "POST", "/check", jsonType, "{}", 422},
		{"broken JSON", "POST", "/check", jsonType, `{"code"`, 400}, {"more JSON", "POST", "/check", jsonType, `{"code":"x"} 1`, 400}, {"another name", "POST", "/check", jsonType, `{"code":"x","person":"y"}`, 400},
		{"a number", "POST", "/check", jsonType, `{"code":7}`, 400}, {"a broken form", "POST", "/check", formType, "code=%zz", 400},
		{"much too long", "POST", "/check", formType, "code=" + strings.Repeat("A", 5000), 413},
		{"by GET", "GET", "/check", "", "", 405}, {"elsewhere", "GET", "/api/v1/me", "", "", 404}, {"a session's page", "GET", "/signin", "", "", 404},
	} {
		got := r.send(c.method, c.path, c.kind, c.body)
		if got.status != c.status {
			t.Errorf("%s: %d, want %d", c.name, got.status, c.status)
		}
		want := "text/html; charset=utf-8"
		if c.kind == jsonType {
			want = "application/problem+json"
		}
		if got.header.Get("Content-Type") != want {
			t.Errorf("%s: %s", c.name, got.header.Get("Content-Type"))
		}
	}
	if len(r.desk.asked) != 0 {
		t.Errorf("looked up: %q", r.desk.asked)
	}
}

func TestThePageIsCareful(t *testing.T) {
	r := newRig(t, Options{Every: time.Nanosecond, Burst: 1000, HTTPS: true})
	hostile := `"><script>alert(1)</script>{{.}}` + "\u202e\xff"
	for name, got := range map[string]reply{"the page": r.send("GET", "/", "", ""), "an answer": r.form(known), "a hostile one": r.form(hostile), "a refusal": r.form("")} {
		for header, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000", "Set-Cookie": "", "Server": ""} {
			if got.header.Get(header) != want {
				t.Errorf("%s: %s is %q", name, header, got.header.Get(header))
			}
		}
		if regexp.MustCompile(`(?i)<script|<style|\son\w+=|style=|https?://`).MatchString(got.body) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if got := r.form(hostile); !strings.Contains(got.body, "&lt;script&gt;") || !strings.Contains(got.body, "{{.}}") {
		t.Errorf("what was typed is lost: %s", got.body)
	}
	sheet := regexp.MustCompile(`href="(/static/[^"]+\.css)"`).FindStringSubmatch(r.send("GET", "/", "", "").body)
	if got := r.send("GET", sheet[1], "", "", "Accept-Encoding", "gzip"); got.status != 200 || got.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the style: %d", got.status)
	}
}
