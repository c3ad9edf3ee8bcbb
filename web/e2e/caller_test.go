package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"
)

// caller is a person without a browser: it keeps cookies, sends forms as they
// were parsed, and can send what no browser would.
type caller struct {
	t      *testing.T
	client *http.Client
}

// replied is what a request was answered with.
type replied struct {
	status   int
	body     string
	location string
	header   http.Header
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &caller{t, &http.Client{Jar: jar, CheckRedirect: stay, Timeout: 4 * step}}
}

// throughTheDoor is a caller who has followed the link of the sample.
func throughTheDoor(t *testing.T) *caller {
	t.Helper()
	c := newCaller(t)
	c.get("/signin?sample=" + up.Door)
	return c
}

func (c *caller) send(method, path, kind string, body io.Reader) replied {
	c.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, up.URL+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		c.t.Fatal(err)
	}
	return replied{res.StatusCode, string(raw), res.Header.Get("Location"), res.Header}
}

func (c *caller) get(path string) replied {
	c.t.Helper()
	return c.send(http.MethodGet, path, "", nil)
}

// post sends a form to its action, as its own encoding says.
func (c *caller) post(f webForm, values url.Values) replied {
	c.t.Helper()
	if !f.upload {
		return c.send(http.MethodPost, f.action, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range f.fields {
		if err := field.part(w, values); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.send(http.MethodPost, f.action, w.FormDataContentType(), &b)
}

// part writes a field of an upload; that of a file is "name\ncontent".
func (f webField) part(w *multipart.Writer, values url.Values) error {
	value := values.Get(f.name)
	if f.kind != "file" {
		return w.WriteField(f.name, value)
	}
	name, content, _ := strings.Cut(value, "\n")
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + f.name + `"; filename="` + name + `"`}, "Content-Type": {"text/csv"}})
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	return err
}

// submit fills the form of a page that has an action, and sends it.
func (c *caller) submit(page, action string, typed map[string]string) replied {
	c.t.Helper()
	shown := c.get(page)
	f, ok := formTo(formsOf(shown.body), action)
	if !ok {
		c.t.Fatalf("%s, answered with %d, has no form to %s: %.2000s", page, shown.status, action, shown.body)
	}
	values := f.values()
	for name, v := range typed {
		values.Set(name, v)
	}
	return c.post(f, values)
}

// does submits a form that has to succeed, and gives where it leads.
func (c *caller) does(page, action string, typed map[string]string) string {
	c.t.Helper()
	got := c.submit(page, action, typed)
	if got.status != http.StatusSeeOther {
		c.t.Fatalf("%s was answered with %d: %s", action, got.status, refusal(got.body))
	}
	return got.location
}

// await asks for a page until it says something.
func (c *caller) await(path, words string) replied {
	c.t.Helper()
	return c.until(path, func(body string) bool { return strings.Contains(body, words) })
}

// awaitNot asks for a page until it says something no more.
func (c *caller) awaitNot(path, words string) {
	c.t.Helper()
	c.until(path, func(body string) bool { return !strings.Contains(body, words) })
}

// between is how long somebody who waits for something lets it be: who asks
// without end takes the processor from what they wait for.
const between = 100 * time.Millisecond

func (c *caller) until(path string, is func(body string) bool) replied {
	c.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); <-time.After(between) {
		if got := c.get(path); is(got.body) {
			return got
		}
	}
	c.t.Fatalf("what was awaited never came true at %s: %s", path, c.get(path).body)
	return replied{}
}
