package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"forthwith/internal/sample"
)

// browser is one person, signed in.
type browser struct {
	client *http.Client
	base   string
}

// visited is a page as it came.
type visited struct {
	url    string // after redirects
	wire   int    // bytes of the body, packed as it was
	html   string // empty where it is no page
	server time.Duration
}

// signIn goes through the pages of sign-in with password and code.
func signIn(ctx context.Context, base string, p *sample.Person) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{&http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}, base}
	page, err := b.visit(ctx, "/signin")
	if err != nil {
		return nil, err
	}
	form := hiddenOf(page.html)
	form.Set("email", p.Email)
	form.Set("password", p.Password)
	if page, err = b.send(ctx, http.MethodPost, "/signin", form); err != nil {
		return nil, err
	}
	form = hiddenOf(page.html)
	code, err := p.Code(ctx)
	if err != nil {
		return nil, err
	}
	form.Set("code", code)
	if page, err = b.send(ctx, http.MethodPost, "/signin/code", form); err == nil && page.url != base+"/" {
		err = fmt.Errorf("%s was not signed in: %s", p.Name, page.url)
	}
	return b, err
}

func (b *browser) visit(ctx context.Context, path string) (visited, error) {
	return b.send(ctx, http.MethodGet, path, nil)
}

func (b *browser) send(ctx context.Context, method, path string, form url.Values) (visited, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return visited{}, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	begun := time.Now()
	res, err := b.client.Do(req)
	if err != nil {
		return visited{}, err
	}
	defer res.Body.Close()
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return visited{url: res.Request.URL.String()}, nil // a file or a stream: not read
	}
	body, err := io.ReadAll(res.Body)
	v := visited{url: res.Request.URL.String(), wire: len(body), server: time.Since(begun)}
	if err == nil && res.StatusCode >= 500 {
		err = fmt.Errorf("%s %s was answered with %d", method, path, res.StatusCode)
	}
	if err != nil {
		return v, err
	}
	v.html, err = unpacked(res.Header, body)
	return v, err
}

func unpacked(h http.Header, body []byte) (string, error) {
	if h.Get("Content-Encoding") != "gzip" {
		return string(body), nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(zip)
	return string(raw), err
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z0-9_.]+)" value="([^"]*)">`)

func hiddenOf(page string) url.Values {
	out := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], m[2])
	}
	return out
}
