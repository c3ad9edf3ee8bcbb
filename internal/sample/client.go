package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"
)

// Person is somebody who works with the stack, and how they sign in.
type Person struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Email      string `json:"email"`
	Password   string `json:"password,omitempty"`
	Token      string `json:"token"`
	TOTPSecret string `json:"totp_secret"`

	mu   sync.Mutex
	step int64 // the last one used
}

// Client speaks the public HTTP API as several people.
type Client struct {
	Base   string
	People []*Person
	HTTP   *http.Client
}

// Problem is an answer of the API that is no success (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fields []struct {
		Name    string `json:"name"`
		Message string `json:"message"`
	} `json:"fields"`
}

// Error is the sentence, and those of the fields.
func (p *Problem) Error() string {
	text := p.Detail
	for _, f := range p.Fields {
		text += "\n  " + f.Name + ": " + f.Message
	}
	return text
}

// As finds a person by role; n tells those of one role apart, from 0.
func (c *Client) As(role string, n int) (*Person, error) {
	for _, p := range c.People {
		if p.Role != role {
			continue
		}
		if n == 0 {
			return p, nil
		}
		n--
	}
	return nil, fmt.Errorf("the credentials hold too few people with the role %s", role)
}

// Call sends one request and reads the answer into out. Where a second factor
// is asked for, it gives one and repeats.
func (c *Client) Call(ctx context.Context, by *Person, method, path string, body, out any) (http.Header, error) {
	header, err := c.send(ctx, by, method, path, body, out)
	var p *Problem
	if errors.As(err, &p) && p.Status == http.StatusPreconditionRequired {
		if err := c.StepUp(ctx, by); err != nil {
			return nil, err
		}
		return c.send(ctx, by, method, path, body, out)
	}
	return header, err
}

// raw is a body that is not JSON.
type raw struct {
	content string
	read    io.Reader
}

// match asks for a change of what was read with this ETag.
type match struct {
	etag string
	body any
}

func (c *Client) send(ctx context.Context, by *Person, method, path string, body, out any) (http.Header, error) {
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+by.Token)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		p := &Problem{Status: res.StatusCode}
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(p); err != nil || p.Detail == "" {
			p.Detail = fmt.Sprintf("%s %s was answered with %d", method, path, res.StatusCode)
		}
		return res.Header, p
	}
	if w, ok := out.(io.Writer); ok {
		_, err = io.Copy(w, res.Body)
	} else if out != nil {
		err = json.NewDecoder(res.Body).Decode(out)
	}
	if err != nil {
		return res.Header, fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	return res.Header, nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	etag := ""
	if m, ok := body.(match); ok {
		etag, body = m.etag, m.body
	}
	content, read := "", io.Reader(nil)
	switch b := body.(type) {
	case nil:
	case raw:
		content, read = b.content, b.read
	default:
		doc, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("write body of %s %s: %w", method, path, err)
		}
		content, read = "application/json", bytes.NewReader(doc)
	}
	if !strings.HasPrefix(path, "/inbox") {
		path = "/api/v1" + path
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Base, "/")+path, read)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if content != "" {
		req.Header.Set("Content-Type", content)
	}
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	return req, nil
}

// StepUp gives a person's second factor. A code counts once, so that the next
// one is waited for where the last was used a moment ago.
func (c *Client) StepUp(ctx context.Context, p *Person) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 5 {
		at, err := p.nextStep(ctx)
		if err != nil {
			return err
		}
		code, err := totp.GenerateCode(p.TOTPSecret, at)
		if err != nil {
			return fmt.Errorf("make code of %s: %w", p.Name, err)
		}
		_, err = c.send(ctx, p, http.MethodPost, "/step-up", map[string]string{"code": code}, nil)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Code != "code_wrong_or_used" {
			return err
		}
	}
	return fmt.Errorf("no code of %s was taken", p.Name)
}

const stepLength = 30 // seconds, RFC 6238 5.2

// nextStep finds the earliest code that is not used yet: of this half minute,
// or of the next, which is taken too.
func (p *Person) nextStep(ctx context.Context) (time.Time, error) {
	for {
		now := time.Now().Unix() / stepLength
		if next := max(now, p.step+1); next <= now+1 {
			p.step = next
			return time.Unix(next*stepLength, 0), nil
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return time.Time{}, err
		}
	}
}

// Upload sends a file as multipart form data.
func (c *Client) Upload(ctx context.Context, by *Person, path, name string, file []byte, mapping map[string]string, out any) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	wanted, err := json.Marshal(mapping)
	if err != nil {
		return fmt.Errorf("write mapping: %w", err)
	}
	for field, value := range map[string]string{"name": name, "mapping": string(wanted)} {
		if err := form.WriteField(field, value); err != nil {
			return fmt.Errorf("write form: %w", err)
		}
	}
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="list.csv"`}, "Content-Type": {"text/csv"}})
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return fmt.Errorf("write form: %w", err)
	}
	_, err = c.Call(ctx, by, http.MethodPost, path, raw{content: form.FormDataContentType(), read: &b}, out)
	return err
}

// Until asks again until a state is reached, reporting progress.
func Until[T any](ctx context.Context, get func() (T, error), done func(T) (bool, error)) (T, error) {
	for {
		v, err := get()
		if err != nil {
			return v, err
		}
		if ok, err := done(v); ok || err != nil {
			return v, err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return v, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
