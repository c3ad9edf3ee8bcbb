package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// office is a server over a database of its own, with people who hold tokens.
type office struct {
	t       *testing.T
	base    string
	doc     *openapi3.T
	tokens  map[access.Role]string
	codes   map[access.Role]access.Actor
	lists   intake.Service
	cohorts cohort.Service
	in      string // the incident's id
	db      *pgtest.Database
}

func openOffice(t *testing.T) *office {
	t.Helper()
	db := pgtest.New(t)
	files, people, texts := postgres.ListStore{DB: db.DB}, postgres.CohortStore{DB: db.DB}, postgres.NoticeStore{DB: db.DB}
	staff := identity.Service{Store: postgres.IdentityStore{DB: db.DB}, Reader: postgres.IdentityStore{DB: db.DB}}
	o := &office{t: t, db: db, doc: readDocument(t, document), tokens: map[access.Role]string{}, codes: map[access.Role]access.Actor{},
		lists: intake.Service{Store: files, Uploads: files, Importer: files}, cohorts: cohort.Service{Store: people, People: people}}
	notices := notice.Service{Store: texts, Scene: texts}
	incidents := incident.Service{Store: postgres.IncidentStore{DB: db.DB}}
	app := New(Services{SignIn: staff, Requests: postgres.RequestStore{DB: db.DB}, Incidents: incidents, Myself: staff,
		Lists: o.lists, Cohorts: o.cohorts, Recipients: o.cohorts, Notices: notices, Versions: notices})
	o.listen(app)
	for _, role := range access.Roles {
		o.hire(staff, role)
	}
	i, err := incidents.Open(context.Background(), access.Actor{User: o.codes[access.Ops].User, Role: access.Ops}, incident.Facts{Name: "Breach"})
	if err != nil {
		t.Fatal(err)
	}
	o.in = i.ID.String()
	return o
}

func (o *office) listen(app *fiber.App) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		o.t.Fatal(err)
	}
	go func() { _ = app.Listener(ln) }()
	o.t.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	o.base = "http://" + ln.Addr().String() + Prefix
}

// hire makes a person with a token that holds all the scopes of their role,
// and opens what a second factor opens.
func (o *office) hire(staff identity.Service, role access.Role) {
	o.t.Helper()
	ctx, machine := context.Background(), access.Actor{Role: access.Admin, SteppedUp: true}
	e, err := staff.Enrol(ctx, machine, identity.NewUser{Email: string(role) + "@example.com", Name: string(role), Role: role})
	if err != nil {
		o.t.Fatal(err)
	}
	by := access.Actor{User: e.User.ID, Role: role, SteppedUp: true}
	scopes := []access.Scope{}
	for _, s := range identity.ScopesOf(role) {
		if role != access.Legal || s != access.ScopeLaunch {
			scopes = append(scopes, s)
		}
	}
	_, token, err := staff.CreateToken(ctx, by, identity.NewToken{User: e.User.ID, Name: "test", Scopes: scopes, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		o.t.Fatal(err)
	}
	o.tokens[role], o.codes[role] = token, by
	holder, err := staff.Authenticate(ctx, token)
	if err != nil {
		o.t.Fatal(err)
	}
	o.codes[role] = holder
}

// stepUp opens what needs a second factor, as a code would.
func (o *office) stepUp(role access.Role) {
	o.t.Helper()
	_, err := o.db.As(o.t, postgres.AppRole).Exec(context.Background(), `INSERT INTO step_up (holder, user_no, until)
		SELECT token_hash, user_no, now() + interval '5 minutes' FROM api_token WHERE token_no = $1`, int64(o.codes[role].Token))
	if err != nil {
		o.t.Fatal(err)
	}
}

type written struct {
	*http.Response
	body []byte
	doc  map[string]any
}

// ask sends a request and holds the answer against the document.
func (o *office) ask(role access.Role, method, path, contentType string, body io.Reader, headers ...string) written {
	o.t.Helper()
	in, err := http.NewRequest(method, o.base+path, body)
	if err != nil {
		o.t.Fatal(err)
	}
	in.Header.Set("Authorization", "Bearer "+o.tokens[role])
	if contentType != "" {
		in.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		in.Header.Set(headers[i], headers[i+1])
	}
	out, err := http.DefaultClient.Do(in)
	if err != nil {
		o.t.Fatal(err)
	}
	defer out.Body.Close()
	a := written{Response: out}
	if a.body, err = io.ReadAll(out.Body); err != nil {
		o.t.Fatal(err)
	}
	_ = json.Unmarshal(a.body, &a.doc)
	o.fits(method, path, a)
	return a
}

func (o *office) json(role access.Role, method, path, body string, headers ...string) written {
	o.t.Helper()
	if body == "" {
		return o.ask(role, method, path, "", nil, headers...)
	}
	return o.ask(role, method, path, "application/json", strings.NewReader(body), headers...)
}

// fits holds an written against what the document says about its route.
func (o *office) fits(method, path string, a written) {
	o.t.Helper()
	op := o.operation(method, path)
	if op == nil {
		o.t.Errorf("%s %s is not in the document", method, path)
		return
	}
	said := op.Responses.Status(a.StatusCode)
	if said == nil {
		said = op.Responses.Default()
	}
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	content := said.Value.Content.Get(kind)
	if a.StatusCode == 204 {
		return
	}
	if content == nil {
		o.t.Errorf("%s %s answers %d with %s, which the document does not know", method, path, a.StatusCode, kind)
		return
	}
	if a.doc != nil {
		if err := content.Schema.Value.VisitJSON(map[string]any(a.doc), openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
			o.t.Errorf("%s %s: %v", method, path, err)
		}
	}
	for name, h := range said.Value.Headers {
		if h.Value.Required && a.Header.Get(name) == "" {
			o.t.Errorf("%s %s answers without %s", method, path, name)
		}
	}
}

func (o *office) operation(method, path string) *openapi3.Operation {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for template, item := range o.doc.Paths.Map() {
		want := strings.Split(template, "/")
		same := len(want) == len(parts)
		for i := 0; same && i < len(want); i++ {
			same = want[i] == parts[i] || strings.HasPrefix(want[i], "{")
		}
		if op := item.GetOperation(method); same && op != nil && !strings.Contains(template[strings.LastIndex(template, "/"):], "{") == !looksLikeID(parts[len(parts)-1]) {
			return op
		}
	}
	return nil
}

func looksLikeID(s string) bool { return strings.Contains(s, "_") }

func (o *office) upload(role access.Role, file string, fields ...string) written {
	o.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "people.csv")
	if err != nil {
		o.t.Fatal(err)
	}
	_, _ = part.Write([]byte(file))
	for i := 0; i < len(fields); i += 2 {
		_ = form.WriteField(fields[i], fields[i+1])
	}
	_ = form.Close()
	return o.ask(role, "POST", "/incidents/"+o.in+"/lists", form.FormDataContentType(), &b)
}

const (
	people  = "email,name,state,account\nana@example.com,Ana,CA,a-1\nben@example.org,Ben,NY,b-1\nbroken@,X,CA,\n"
	mapping = `{"email":"email","name":"name","state":"jurisdiction:US","account":"merge:account"}`
)

// imported uploads a list and imports it, as a worker would.
func (o *office) imported(file string) string {
	o.t.Helper()
	a := o.upload(access.Ops, file, "name", "List A", "mapping", mapping)
	if a.StatusCode != 202 {
		o.t.Fatalf("upload: %d %s", a.StatusCode, a.body)
	}
	no := a.doc["id"].(string)
	parsed, err := id.ParseList(no)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.lists.Import(context.Background(), parsed); err != nil {
		o.t.Fatal(err)
	}
	return no
}

func TestAListGoesFromUploadToRefusedRows(t *testing.T) {
	o := openOffice(t)
	no := o.imported(people)
	a := o.json(access.Auditor, "GET", "/lists/"+no, "")
	if a.doc["state"] != "imported" || a.doc["rows"] != 3.0 || a.doc["new_recipients"] != 2.0 || a.doc["rejected"] != 1.0 || a.doc["progress"] != a.doc["total"] {
		t.Errorf("the list is %s", a.body)
	}
	a = o.json(access.Ops, "GET", "/lists/"+no+"/rejects.csv", "")
	rows, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "4" || rows[1][3] != "broken@" {
		t.Errorf("rejects are %q: %v", a.body, err)
	}
	if a = o.json(access.Legal, "GET", "/incidents/"+o.in+"/lists?limit=1", ""); len(a.doc["items"].([]any)) != 1 {
		t.Errorf("lists are %s", a.body)
	}
	if a = o.upload(access.Ops, people, "mapping", mapping); a.StatusCode != 409 || a.doc["code"] != "list_same_file" {
		t.Errorf("the same file: %d %s", a.StatusCode, a.body)
	}
}

func TestAListIsConfirmedAfterALookAtIt(t *testing.T) {
	o := openOffice(t)
	a := o.upload(access.Ops, "E-Mail;Ort\nana@example.com;Rom\n", "name", "Export")
	path := "/lists/" + a.doc["id"].(string)
	if a.StatusCode != 202 || a.Header.Get("Location") != Prefix+path || a.doc["state"] != "awaiting_confirmation" {
		t.Fatalf("uploaded: %d %s", a.StatusCode, a.body)
	}
	if a = o.json(access.Ops, "GET", path+"/preview?delimiter=%3B", ""); a.StatusCode != 200 || a.doc["seen"] != 1.0 {
		t.Errorf("preview: %d %s", a.StatusCode, a.body)
	}
	if a = o.json(access.Ops, "POST", path+"/confirm", `{"mapping":{"Ort":"name"}}`); a.StatusCode != 422 || a.doc["code"] != "no_address_column" {
		t.Errorf("no address: %d %s", a.StatusCode, a.body)
	}
	if a = o.json(access.Ops, "POST", path+"/confirm", `{"header_row":1,"mapping":{"E-Mail":"email","Ort":"ignore"}}`); a.StatusCode != 202 || a.doc["state"] != "importing" {
		t.Errorf("confirmed: %d %s", a.StatusCode, a.body)
	}
	if a = o.json(access.Ops, "POST", path+"/cancel", ""); a.StatusCode != 200 || a.doc["state"] != "cancelled" {
		t.Errorf("cancelled: %d %s", a.StatusCode, a.body)
	}
	if a = o.json(access.Ops, "DELETE", path, ""); a.StatusCode != 409 {
		t.Errorf("cancelled twice: %d %s", a.StatusCode, a.body)
	}
}

func TestARefusedUploadSaysWhyAndKeepsNothing(t *testing.T) {
	o := openOffice(t)
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
		a := o.upload(c.role, c.file, c.fields...)
		if a.StatusCode != c.status || a.doc["code"] != c.code {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	if a := o.ask(access.Ops, "POST", "/incidents/"+o.in+"/lists", "text/csv", strings.NewReader(people)); a.StatusCode != 415 || a.doc["code"] != "body_not_form" {
		t.Errorf("no form: %d %s", a.StatusCode, a.body)
	}
	if a := o.json(access.Ops, "GET", "/incidents/"+o.in+"/lists", ""); len(a.doc["items"].([]any)) != 0 {
		t.Errorf("kept: %s", a.body)
	}
}

// TestAnUploadWithoutATokenIsRefusedBeforeItsBody sends the beginning of a
// large upload only, as much as the server reads ahead: the written must come
// without the rest.
func TestAnUploadWithoutATokenIsRefusedBeforeItsBody(t *testing.T) {
	o := openOffice(t)
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(o.base, "http://"), Prefix))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "POST %s/incidents/%s/lists HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n\r\n%s", Prefix, o.in, strings.Repeat("x", httpguard.JSONLimit))
	out, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if out.StatusCode != 401 || !out.Close {
		t.Errorf("got %s, closing: %t", out.Status, out.Close)
	}
}

func TestACohortGoesFromRuleToRoot(t *testing.T) {
	o := openOffice(t)
	list := o.imported(people)
	rule := `{"list":"` + list + `"}`
	a := o.json(access.Legal, "POST", "/incidents/"+o.in+"/cohorts/size", `{"rule":`+rule+`}`)
	if a.StatusCode != 200 || a.doc["size"] != 2.0 {
		t.Errorf("size: %d %s", a.StatusCode, a.body)
	}
	a = o.json(access.Ops, "POST", "/incidents/"+o.in+"/cohorts", `{"name":"Exposed","kind":"first","precedence":20,"rule":`+rule+`}`)
	if a.StatusCode != 201 || a.doc["root_hash"] != "" || a.doc["resolved_size"] != 2.0 {
		t.Fatalf("made: %d %s", a.StatusCode, a.body)
	}
	path, tag := "/cohorts/"+a.doc["id"].(string), a.Header.Get("ETag")
	if b := o.json(access.Ops, "PATCH", path, `{"name":"All"}`); b.StatusCode != 428 && b.StatusCode != 412 {
		t.Errorf("without If-Match: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Ops, "PATCH", path, `{"name":"All","precedence":30}`, "If-Match", tag); b.StatusCode != 200 || b.doc["name"] != "All" {
		t.Errorf("changed: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Ops, "PATCH", path, `{"name":"Old"}`, "If-Match", tag); b.StatusCode != 412 {
		t.Errorf("an old tag: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Ops, "POST", "/incidents/"+o.in+"/cohorts", `{"name":"X","precedence":1,"rule":{"lst":1}}`); b.StatusCode != 422 || b.doc["code"] != "rule_unknown_key" {
		t.Errorf("a wrong rule: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Ops, "POST", path+"/freeze", ""); b.StatusCode != 202 || b.doc["state"] != "freezing" {
		t.Fatalf("freeze: %d %s", b.StatusCode, b.body)
	}
	no, _ := id.ParseCohort(strings.TrimPrefix(path, "/cohorts/"))
	if err := o.cohorts.FreezeNow(context.Background(), no); err != nil {
		t.Fatal(err)
	}
	a = o.json(access.Auditor, "GET", path, "")
	if a.doc["state"] != "frozen" || len(a.doc["root_hash"].(string)) != 64 || a.doc["sentence"] == "" {
		t.Errorf("frozen: %s", a.body)
	}
	if b := o.json(access.Ops, "DELETE", path, ""); b.StatusCode != 409 {
		t.Errorf("deleted: %d %s", b.StatusCode, b.body)
	}
	o.json(access.Ops, "GET", "/incidents/"+o.in+"/overlaps", "")
	o.json(access.Ops, "GET", "/incidents/"+o.in+"/cohorts", "")
	a = o.json(access.Auditor, "GET", "/incidents/"+o.in+"/recipients?limit=1&cohort="+no.String(), "")
	items := a.doc["items"].([]any)
	if len(items) != 1 || a.doc["next_cursor"] == nil || strings.Contains(string(a.body), "ana@example.com") {
		t.Fatalf("people: %s", a.body)
	}
	if a = o.json(access.Auditor, "GET", "/recipients/"+items[0].(map[string]any)["id"].(string), ""); a.StatusCode != 200 || a.doc["placement"] == nil || strings.Contains(string(a.body), "ana@example.com") {
		t.Errorf("one person: %s", a.body)
	}
	if a = o.json(access.Admin, "GET", "/incidents/"+o.in+"/recipients", ""); a.StatusCode != 403 {
		t.Errorf("an admin sees people: %d", a.StatusCode)
	}
}

func TestATextIsWrittenReadAndApprovedByDifferentPeople(t *testing.T) {
	o := openOffice(t)
	o.imported(people)
	a := o.json(access.Ops, "POST", "/incidents/"+o.in+"/notices", `{"name":"Addresses exposed"}`)
	if a.StatusCode != 201 {
		t.Fatalf("made: %d %s", a.StatusCode, a.body)
	}
	versions := "/notices/" + a.doc["id"].(string) + "/versions"
	text := func(body string) string {
		raw, _ := json.Marshal(map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "jurisdictions": []string{}, "subject": "About your account", "body": body}}})
		return string(raw)
	}
	a = o.json(access.Ops, "POST", versions, text("Dear {{recipient.name}},\n\n{{merge.acount}}"))
	if lint := a.doc["lint"].([]any); a.StatusCode != 201 || len(lint) != 1 {
		t.Fatalf("a wrong column: %d %s", a.StatusCode, a.body)
	}
	wrong := fmt.Sprintf(`{"sha256":%q}`, a.doc["sha256"])
	if b := o.json(access.Ops, "POST", "/versions/"+a.doc["id"].(string)+"/submit", wrong); b.StatusCode != 422 || b.doc["code"] != "field_no_column" {
		t.Errorf("submitted: %d %s", b.StatusCode, b.body)
	}
	a = o.json(access.Ops, "POST", versions, text("Dear {{recipient.name}},\n\nyour account {{merge.account}} is affected."))
	path, seen := "/versions/"+a.doc["id"].(string), fmt.Sprintf(`{"sha256":%q,"comment":"as agreed"}`, a.doc["sha256"])
	if b := o.json(access.Ops, "POST", path+"/submit", seen); b.StatusCode != 200 || b.doc["state"] != "in_review" {
		t.Fatalf("submitted: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Legal, "POST", path+"/approve", seen); b.StatusCode != 428 {
		t.Errorf("without a second factor: %d %s", b.StatusCode, b.body)
	}
	o.stepUp(access.Legal)
	if b := o.json(access.Legal, "POST", path+"/approve", fmt.Sprintf(`{"sha256":%q}`, strings.Repeat("0", 63)+"1")); b.StatusCode != 412 {
		t.Errorf("another hash: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Legal, "POST", path+"/approve", `{}`); b.StatusCode != 422 {
		t.Errorf("no hash: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Ops, "POST", path+"/approve", seen); b.StatusCode != 403 {
		t.Errorf("ops: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Legal, "POST", path+"/approve", seen); b.StatusCode != 200 || b.doc["state"] != "approved" {
		t.Fatalf("approved: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Auditor, "GET", path, ""); b.doc["state"] != "approved" || len(b.doc["events"].([]any)) != 2 {
		t.Errorf("read: %s", b.body)
	}
	person := "?recipient=rcp_" + strings.TrimPrefix(o.in, "inc_") + "-1"
	for format, want := range map[string]string{"": "application/json", "&format=html": "text/html; charset=utf-8", "&format=text": "text/plain; charset=utf-8"} {
		b := o.json(access.Legal, "GET", path+"/preview"+person+format, "")
		if b.StatusCode != 200 || b.Header.Get("Content-Type") != want || !strings.Contains(string(b.body), "a-1") {
			t.Errorf("preview%s: %d %s %.80s", format, b.StatusCode, b.Header.Get("Content-Type"), b.body)
		}
	}
	if b := o.json(access.Legal, "POST", path+"/withdraw", seen); b.StatusCode != 200 || b.doc["state"] != "withdrawn" {
		t.Errorf("withdrawn: %d %s", b.StatusCode, b.body)
	}
	if b := o.json(access.Legal, "GET", "/incidents/"+o.in+"/notices", ""); b.StatusCode != 200 {
		t.Errorf("notices: %d %s", b.StatusCode, b.body)
	}
}
