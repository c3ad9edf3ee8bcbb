package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/internal/smtpclient"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	for _, page := range []string{"text/html", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(page, openapi3filter.RegisteredBodyDecoder("text/plain"))
	}
	os.Exit(m.Run())
}

// rig is the whole API over a database of its own, with one person of each
// role. Every answer that passes through it is held against the document.
type rig struct {
	t      *testing.T
	app    *fiber.App
	db     *pgtest.Database
	staff  identity.Service
	people map[access.Role]person
	router routers.Router
}

type person struct {
	id    id.User
	token string
	no    id.Token
}

// terminal may do what an admin with a fresh second factor may.
var terminal = access.Actor{Worker: "terminal", Role: access.Admin, SteppedUp: true}

func newRig(t *testing.T) *rig {
	t.Helper()
	db := pgtest.New(t)
	store := postgres.IdentityStore{DB: db.DB}
	r := &rig{t: t, db: db, staff: identity.Service{Store: store, Reader: store}, people: map[access.Role]person{}, router: strictRouter(t)}
	r.app = New(rigServices(db, r.staff))
	for _, role := range access.Roles {
		r.people[role] = r.hire(string(role), role, identity.ScopesOf(role)...)
	}
	return r
}

func rigServices(db *pgtest.Database, staff identity.Service) Services {
	incidents := incident.Service{Store: postgres.IncidentStore{DB: db.DB}}
	store := postgres.CampaignStore{DB: db.DB}
	campaigns := campaign.Service{Store: store, Plans: store, Counter: store}
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: db.DB}}
	files := postgres.ListStore{DB: db.DB}
	lists := intake.Service{Store: files, Uploads: files, Importer: files}
	cohorts := cohort.Service{Store: postgres.CohortStore{DB: db.DB}, People: postgres.CohortStore{DB: db.DB}}
	notices := notice.Service{Store: postgres.NoticeStore{DB: db.DB}, Scene: postgres.NoticeStore{DB: db.DB}}
	return Services{
		Lists: lists, Cohorts: cohorts, Recipients: cohorts, Notices: notices, Versions: notices,
		SignIn: staff, Requests: postgres.RequestStore{DB: db.DB}, Health: alwaysWell{db},
		Myself: staff, Users: staff, Tokens: staff, Organisations: incidents, Incidents: incidents,
		Relays:  relay.Service{Store: postgres.RelayStore{DB: db.DB}, Guard: smtpclient.Guard{}},
		Senders: sender.Service{Store: postgres.SenderStore{DB: db.DB}}, Ledger: ledger.Service{Log: postgres.LedgerStore{DB: db.DB}},
		Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Live: campaigns,
		Deliveries: reports, Reports: reports, Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: db.DB}},
	}
}

type alwaysWell struct{ *pgtest.Database }

func (alwaysWell) Degraded(context.Context) []string { return []string{"redis"} }

// hire makes a person with a token of some scopes.
func (r *rig) hire(name string, role access.Role, scopes ...access.Scope) person {
	r.t.Helper()
	u, _, err := r.staff.Invite(r.t.Context(), terminal, identity.NewUser{Email: name + "@example.com", Name: name, Role: role})
	if err != nil {
		r.t.Fatal(err)
	}
	made, secret, err := r.staff.CreateToken(r.t.Context(), terminal, identity.NewToken{User: u.ID, Scopes: scopes})
	if err != nil {
		r.t.Fatal(err)
	}
	return person{u.ID, secret, made.ID}
}

// stepUp opens a person's token for five minutes.
func (r *rig) stepUp(p person) {
	r.t.Helper()
	_, err := r.db.As(r.t, postgres.AppRole).Exec(r.t.Context(), `INSERT INTO step_up (holder, user_no, until)
		SELECT token_hash, user_no, clock_timestamp() + interval '5 minutes' FROM api_token WHERE token_no = $1`, int64(p.no))
	if err != nil {
		r.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    []byte
	doc    map[string]any
}

func (a answer) code() string {
	code, _ := a.doc["code"].(string)
	return code
}

func (a answer) text(name string) string {
	text, _ := a.doc[name].(string)
	return text
}

func (a answer) items() []map[string]any {
	var out []map[string]any
	items, _ := a.doc["items"].([]any)
	for _, i := range items {
		out = append(out, i.(map[string]any))
	}
	return out
}

// as sends a request in the name of a role's person.
func (r *rig) as(role access.Role, method, path string, body any, headers ...string) answer {
	r.t.Helper()
	return r.call(r.people[role].token, method, path, body, headers...)
}

// call sends a request, and holds its answer against the document. A body is
// marshalled, but for text, which is sent as it is.
func (r *rig) call(token, method, path string, body any, headers ...string) answer {
	r.t.Helper()
	in := httptest.NewRequest(method, Prefix+path, bytes.NewReader(marshal(r.t, body)))
	in.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		in.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		in.Header.Set(headers[i], headers[i+1])
	}
	out, err := r.app.Test(in, -1)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{status: out.StatusCode, header: out.Header}
	if a.raw, err = io.ReadAll(out.Body); err != nil {
		r.t.Fatal(err)
	}
	_ = json.Unmarshal(a.raw, &a.doc)
	r.hold(in, a)
	return a
}

func marshal(t *testing.T, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(b)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// hold fails the test where an answer is not what the document says.
func (r *rig) hold(in *http.Request, a answer) {
	r.t.Helper()
	if in.Method == http.MethodHead {
		return
	}
	route, params, err := r.router.FindRoute(in)
	if err != nil {
		if a.status != 404 && a.status != 405 {
			r.t.Errorf("%s %s is not in the document and answered %d", in.Method, in.URL.Path, a.status)
		}
		return
	}
	asked := &openapi3filter.RequestValidationInput{Request: in, PathParams: params, Route: route}
	given := &openapi3filter.ResponseValidationInput{RequestValidationInput: asked, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.raw)), Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateResponse(r.t.Context(), given); err != nil {
		r.t.Errorf("%s %s, %d: not as the document says: %v", in.Method, in.URL.Path, a.status, err)
	}
}

// strictRouter reads the document with every object closed, so that an answer
// with a field that the document does not tell is found.
func strictRouter(t testing.TB) routers.Router {
	t.Helper()
	var tree any
	if err := json.Unmarshal(document, &tree); err != nil {
		t.Fatal(err)
	}
	closeObjects(tree)
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(readDocument(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func closeObjects(node any) {
	switch n := node.(type) {
	case map[string]any:
		_, properties := n["properties"].(map[string]any)
		if _, said := n["additionalProperties"]; properties && !said {
			n["additionalProperties"] = false
		}
		for _, inner := range n {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range n {
			closeObjects(inner)
		}
	}
}
