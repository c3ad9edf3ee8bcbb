package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/intake"
)

// sendList uploads a file with the page's form.
func (b *browser) sendList(path, file string) answered {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormField("csrf")
	if err == nil {
		_, err = part.Write([]byte(fields(b.get(path).body).Get("csrf")))
	}
	if err == nil {
		part, err = w.CreateFormFile("file", "people.csv")
	}
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err == nil {
		err = w.Close()
	}
	req, newErr := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	if err != nil || newErr != nil {
		b.t.Fatal(err, newErr)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(req)
}

// The page says how large a file may be, takes one of exactly so many bytes, and
// names the limit where it refuses one.
func TestTheLimitOfAFileIsTheOneThatWasSet(t *testing.T) {
	r := newRig(t, func(s *Services, _ *Options) {
		lists := s.Lists.(intake.Service)
		lists.MostFile = 3 << 20
		s.Lists = lists
	})
	cem := r.hire("cem", access.Ops)
	in, _ := r.imported(access.Actor{User: cem.User.ID, Role: access.Ops}, fourPeople, fourMapping)
	b, path := r.signedIn(cem), incidentURL(in)+"/lists"
	if page := text(b.get(path).body); !strings.Contains(page, "up to 3 MiB unpacked (XLSX up to 64 MiB)") {
		t.Errorf("the page: %s", page)
	}
	row := "ana@example.com," + strings.Repeat("x", 1023-len("ana@example.com,")) + "\n"
	file := "email,note\n" + strings.Repeat(row, 3<<10-1)
	file += strings.Repeat("y", 3<<20-len(file))
	if got := b.sendList(path, file); got.status != http.StatusSeeOther {
		t.Errorf("%d bytes: %d %s", len(file), got.status, text(got.body))
	}
	if got := b.sendList(path, file+"y"); !strings.Contains(text(got.body), "over 3 MiB") {
		t.Errorf("a byte more: %d %s", got.status, text(got.body))
	}
}
