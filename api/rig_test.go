package api

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/codes"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/notice"
	"forthwith/internal/obligation"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/internal/smtpclient"
	"forthwith/internal/spreadsheet"
	"forthwith/internal/suppression"
	"forthwith/internal/watch"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	// A file of refused rows keeps them as ragged as they are.
	for _, page := range []string{"text/html", "text/csv", "text/calendar", "message/rfc822", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(page, openapi3filter.RegisteredBodyDecoder("text/plain"))
	}
	if len(os.Args) == 2 && os.Args[1] == spreadsheet.Command {
		os.Exit(spreadsheet.Serve(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// books reads workbooks in children that are this program.
var books = spreadsheet.New()

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
	incidents := incident.Service{Store: postgres.IncidentStore{DB: db.DB}, Rules: postgres.RuleStore{DB: db.DB}}
	store := postgres.CampaignStore{DB: db.DB}
	campaigns := campaign.Service{Store: store, Plans: store, Counter: store}
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: db.DB}}
	files := postgres.ListStore{DB: db.DB}
	lists := intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files, Files: files, Books: books}
	cohorts := cohort.Service{Store: postgres.CohortStore{DB: db.DB}, People: postgres.CohortStore{DB: db.DB}}
	notices := notice.Service{Store: postgres.NoticeStore{DB: db.DB}, Scene: postgres.NoticeStore{DB: db.DB}}
	return Services{
		Lists: lists, Cohorts: cohorts, Suppressions: suppression.Service{Store: postgres.SuppressionStore{DB: db.DB}}, Suppressed: suppression.Desk{Store: postgres.SuppressionStore{DB: db.DB}}, Recipients: cohorts, Domains: intake.Domains{Store: postgres.DomainStore{DB: db.DB}}, Exclusions: cohort.Exclusions{Store: postgres.ExclusionStore{DB: db.DB}}, Gates: cohort.Gates{Store: postgres.GateStore{DB: db.DB}}, Codes: codes.Service{Store: postgres.CodeStore{DB: db.DB}}, Notices: notices, Versions: notices, Comments: notices, Matrices: Matrices{Versions: notices, Cohorts: cohorts},
		SignIn: staff, Requests: postgres.RequestStore{DB: db.DB}, Health: alwaysWell{db},
		Myself: staff, Users: staff, Tokens: staff, Organisations: incidents, Incidents: incidents, RuleSets: obligation.RuleSets{Store: postgres.RuleStore{DB: db.DB}}, Obligations: obligation.Service{Store: postgres.ObligationStore{DB: db.DB}, Rules: postgres.RuleStore{DB: db.DB}},
		Alerts:  watch.Service{Store: postgres.AlertStore{DB: db.DB}},
		Relays:  relay.Service{Store: postgres.RelayStore{DB: db.DB}, Guard: smtpclient.Guard{}},
		Senders: sender.Service{Store: postgres.SenderStore{DB: db.DB}}, Ledger: ledger.Service{Log: postgres.LedgerStore{DB: db.DB}},
		Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Amendments: campaign.Amendments{Store: store, Campaigns: store}, Live: campaigns, Tests: campaign.Tester{Store: postgres.CampaignStore{DB: db.DB}},
		Deliveries: reports, Reports: reports, Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: db.DB}},
		Lookup: evidence.Desk{Finder: postgres.EvidenceStore{DB: db.DB}},
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

// incident opens one, and gives its id.
func (r *rig) incident() string {
	r.t.Helper()
	return r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail"}), 201, "incident").text("id")
}
