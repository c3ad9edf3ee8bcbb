package api

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

const (
	people  = "email,name,state,account\nana@example.com,Ana,CA,a-1\nben@example.org,Ben,NY,b-1\nbroken@,X,CA,\n"
	mapping = `{"email":"email","name":"name","state":"jurisdiction:US","account":"merge:account"}`
)

// upload sends a form as a browser does: pairs of names and values in their
// order, of which the one named file is the file.
func (r *rig) upload(role access.Role, incident string, parts ...string) answer {
	r.t.Helper()
	body, kind := multipartForm(r.t, parts...)
	return r.as(role, "POST", "/incidents/"+incident+"/lists", body, "Content-Type", kind)
}

func multipartForm(t *testing.T, parts ...string) (body, contentType string) {
	t.Helper()
	var b strings.Builder
	form := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		open := form.CreateFormField
		if parts[i] == fileField {
			open = func(name string) (io.Writer, error) { return form.CreateFormFile(name, "people.csv") }
		}
		part, err := open(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(parts[i+1]))
	}
	_ = form.Close()
	return b.String(), form.FormDataContentType()
}

// imported uploads a list and imports it, as a worker would.
func (r *rig) imported(incident, file string) string {
	r.t.Helper()
	list := r.must(r.upload(access.Ops, incident, "file", file, "name", "List A", "mapping", mapping), 202, "upload").text("id")
	r.importNow(list)
	return list
}

func (r *rig) importNow(list string) {
	r.t.Helper()
	no, err := id.ParseList(list)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.lists().Import(r.t.Context(), no); err != nil {
		r.t.Fatal(err)
	}
}

// lists is what a worker calls.
func (r *rig) lists() intake.Service {
	files := postgres.ListStore{DB: r.db.DB}
	return intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files, Files: files, Books: books}
}

// listen opens a port for a test that needs the wire, and gives its address.
func (r *rig) listen() string {
	r.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	go func() { _ = r.app.Listener(ln) }()
	r.t.Cleanup(func() { _ = r.app.ShutdownWithTimeout(time.Second) })
	return ln.Addr().String()
}

func TestAListGoesFromUploadToRefusedRows(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	no := r.imported(in, people)
	a := r.as(access.Auditor, "GET", "/lists/"+no, nil)
	if a.doc["state"] != "imported" || a.doc["rows"] != 3.0 || a.doc["new_recipients"] != 2.0 || a.doc["rejected"] != 1.0 || a.doc["progress"] != a.doc["total"] {
		t.Errorf("the list is %s", a.raw)
	}
	a = r.as(access.Ops, "GET", "/lists/"+no+"/rejects.csv", nil)
	rows, err := csv.NewReader(bytes.NewReader(a.raw)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "4" || rows[1][3] != "broken@" {
		t.Errorf("rejects are %q: %v", a.raw, err)
	}
	if a = r.as(access.Legal, "GET", "/incidents/"+in+"/lists?limit=1", nil); len(a.items()) != 1 {
		t.Errorf("lists are %s", a.raw)
	}
	if a = r.upload(access.Ops, in, "file", people, "mapping", mapping); a.status != 409 || a.doc["code"] != "list_same_file" {
		t.Errorf("the same file: %d %s", a.status, a.raw)
	}
}

func TestAListIsConfirmedAfterALookAtIt(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	a := r.upload(access.Ops, in, "file", "E-Mail;Ort\nana@example.com;Rom\n", "name", "Export")
	path := "/lists/" + a.doc["id"].(string)
	if a.status != 202 || a.header.Get("Location") != Prefix+path || a.doc["state"] != "awaiting_confirmation" {
		t.Fatalf("uploaded: %d %s", a.status, a.raw)
	}
	if a = r.as(access.Ops, "GET", path+"/preview?delimiter=%3B", nil); a.status != 200 || a.doc["seen"] != 1.0 {
		t.Errorf("preview: %d %s", a.status, a.raw)
	}
	if a = r.as(access.Ops, "POST", path+"/confirm", `{"mapping":{"Ort":"name"}}`); a.status != 422 || a.doc["code"] != "no_address_column" {
		t.Errorf("no address: %d %s", a.status, a.raw)
	}
	if a = r.as(access.Ops, "POST", path+"/confirm", `{"header_row":1,"mapping":{"E-Mail":"email","Ort":"ignore"}}`); a.status != 202 || a.doc["state"] != "importing" {
		t.Errorf("confirmed: %d %s", a.status, a.raw)
	}
	if a = r.as(access.Ops, "POST", path+"/cancel", nil); a.status != 200 || a.doc["state"] != "cancelled" {
		t.Errorf("cancelled: %d %s", a.status, a.raw)
	}
	if a = r.as(access.Ops, "DELETE", path, nil); a.status != 409 {
		t.Errorf("cancelled twice: %d %s", a.status, a.raw)
	}
}

func TestARefusedUploadSaysWhyAndKeepsNothing(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	for name, c := range map[string]struct {
		role   access.Role
		file   string
		fields []string
		status int
		code   string
	}{
		"a picture":                 {access.Ops, "\x89PNG\r\n\x1a\n", nil, 415, "file_is_other"},
		"an empty file":             {access.Ops, "", nil, 422, "file_empty"},
		"a header only":             {access.Ops, "email\n", nil, 422, "file_empty"},
		"no column of addresses":    {access.Ops, "a,b\n1,2\n", nil, 422, "no_address_column"},
		"a header twice":            {access.Ops, "email,email\na@example.com,b@example.com\n", nil, 422, "header_twice"},
		"two addresses":             {access.Ops, "a,b\nx@example.com,y@example.com\n", []string{"mapping", `{"a":"email","b":"email"}`}, 422, "target_twice"},
		"an unknown part":           {access.Ops, people, []string{"nam", "x"}, 422, "unknown_field"},
		"a part twice":              {access.Ops, people, []string{"name", "x", "name", "y"}, 422, "field_twice"},
		"a mapping that is no JSON": {access.Ops, people, []string{"mapping", "{"}, 422, "field_wrong_type"},
		"a mapping of numbers":      {access.Ops, people, []string{"mapping", `{"email":1}`}, 422, "field_wrong_type"},
		"legal":                     {access.Legal, people, nil, 403, "role_may_not"},
		"support":                   {access.Support, people, nil, 403, "role_may_not"},
	} {
		a := r.upload(c.role, in, append([]string{"file", c.file}, c.fields...)...)
		if a.status != c.status || a.doc["code"] != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a := r.as(access.Ops, "POST", "/incidents/"+in+"/lists", people, "Content-Type", "text/csv"); a.status != 415 || a.doc["code"] != "body_not_form" {
		t.Errorf("no form: %d %s", a.status, a.raw)
	}
	if a := r.as(access.Ops, "GET", "/incidents/"+in+"/lists", nil); len(a.items()) != 0 {
		t.Errorf("kept: %s", a.raw)
	}
}

// TestAnUploadWithoutATokenIsRefusedBeforeItsBody sends the beginning of a
// large upload only, as much as the server reads ahead: the answer must come
// without the rest.
func TestAnUploadWithoutATokenIsRefusedBeforeItsBody(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	conn, err := net.Dial("tcp", r.listen())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "POST %s/incidents/%s/lists HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n\r\n%s", Prefix, in, strings.Repeat("x", httpguard.JSONLimit))
	out, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if out.StatusCode != 401 || !out.Close {
		t.Errorf("got %s, closing: %t", out.Status, out.Close)
	}
}

func TestBadFilesGetOneSentence(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	for name, content := range map[string]string{
		"an empty file": "", "a picture": "\x89PNG\r\n\x1a\n\x00\x00", "no address column": "a,b\n1,2\n", "two columns of one name": "email,email\na@example.com,b@example.com\n",
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			a := r.upload(access.Ops, in, "name", "A", "file", content)
			if a.status < 400 {
				return // kept for a person to say what it is
			}
			if a.status >= 500 || !phrase.Has(a.code()) || strings.Contains(a.text("detail"), a.code()) {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		})
	}
	r.t = t
	waiting := r.must(r.upload(access.Ops, in, "name", "A", "file", threePeople), 202, "without a mapping")
	path := "/lists/" + waiting.text("id")
	r.must(r.as(access.Ops, "GET", path+"/preview?encoding=windows-1252", nil), 200, "preview")
	r.must(r.as(access.Ops, "POST", path+"/confirm", map[string]any{"mapping": map[string]string{"nothing": "email"}}), 422, "a column that is not there")
	r.followed(r.as(access.Ops, "POST", path+"/confirm", map[string]any{"mapping": map[string]string{"email": "email", "name": "name", "state": "ignore"}}), path)
	r.must(r.as(access.Ops, "POST", path+"/cancel", nil), 200, "cancel")
}
