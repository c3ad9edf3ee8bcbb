package web

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
)

// raw asks as a browser does, without undoing what the answer is packed in.
func (b *browser) raw(path, encodings string) (http.Header, []byte) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encodings)
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.Header, body
}

func TestAPageIsSmallOnTheWire(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("cem", access.Ops))
	_, plain := b.raw("/incidents/new", "identity")
	header, packed := b.raw("/incidents/new", "gzip, br")
	if header.Get("Content-Encoding") != "gzip" || !strings.Contains(header.Get("Vary"), "Accept-Encoding") || 2*len(packed) > len(plain) {
		t.Fatalf("%d bytes came as %d: %v", len(plain), len(packed), header)
	}
	zip, err := gzip.NewReader(strings.NewReader(string(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := io.ReadAll(zip); err != nil || !strings.HasPrefix(string(page), "<!doctype html>") {
		t.Errorf("the page is %.60q, %v", page, err)
	}
}

// A page that is compressed must not hold a constant secret beside what others
// can make it say.
func TestTheTokenOfAFormDiffersInEachAnswer(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("cem", access.Ops))
	one, two := fields(b.get("/incidents/new").body), fields(b.get("/incidents/new").body)
	if one.Get("csrf") == two.Get("csrf") || one.Get("csrf")[:43] == two.Get("csrf")[:43] || one.Get("csrf")[43:] == two.Get("csrf")[43:] {
		t.Errorf("two pages carry %q and %q", one.Get("csrf"), two.Get("csrf"))
	}
	for _, form := range []url.Values{one, two} {
		if got := b.post("/incidents", form); got.status == http.StatusForbidden {
			t.Errorf("its own token was refused: %s", text(got.body))
		}
	}
}
