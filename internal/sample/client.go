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
)

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
		if f.Message == p.Detail {
			continue
		}
		text += "\n  " + f.Name + ": " + f.Message
	}
	return text
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
