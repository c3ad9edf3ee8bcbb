package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// planRig is an incident with a frozen cohort, an approved text, a sender and a
// relay: everything that a campaign needs.
type planRig struct {
	t        *testing.T
	db       *pgtest.Database
	app      *pgx.Conn
	owner    *pgx.Conn
	store    postgres.CampaignStore
	service  campaign.Service
	checker  campaign.Checker
	ada, bo  access.Actor // legal: approves, writes
	cem, gil access.Actor // ops: builds, launches
	eli      access.Actor // admin
	incident id.Incident
	cohort   int64
	version  int64
	sender   int64
	relay    int64

	unanswered bool // what is asked about texts is left open
}

func newPlanRig(t *testing.T, people int) *planRig {
	t.Helper()
	db := pgtest.New(t)
	r := &planRig{t: t, db: db, app: db.As(t, postgres.AppRole), owner: db.As(t, postgres.OwnerRole), store: postgres.CampaignStore{DB: db.DB}}
	r.service = campaign.Service{Store: r.store, Plans: r.store, Counter: r.store}
	r.checker = campaign.Checker{Store: r.store, Bench: r.store, Gates: cohort.Gates{Store: postgres.GateStore{DB: db.DB}}}
	r.ada, r.bo = r.user("ada", access.Legal), r.user("bo", access.Legal)
	r.cem, r.gil, r.eli = r.user("cem", access.Ops), r.user("gil", access.Ops), r.user("eli", access.Admin)
	incidents := incident.Service{Store: postgres.IncidentStore{DB: db.DB}}
	in, err := incidents.Open(context.Background(), r.cem, incident.Facts{Name: "Mail provider breach", Texts: map[string]string{"incident.measures": "We moved."}})
	if err != nil {
		t.Fatal(err)
	}
	r.incident = in.ID
	if _, err := incidents.SetOrganisation(context.Background(), r.eli, 0, incident.Organisation{Name: "Larkfield Cloud", Contacts: map[string]string{"email": "help@example.com"}}); err != nil {
		t.Fatal(err)
	}
	r.exec("SELECT begin_people($1)", int64(r.incident))
	r.exec("SELECT attach_people($1)", int64(r.incident))
	r.people(people)
	r.listed(1, people)
	r.text("Dear reader,\n\n{{incident.measures}} Write to {{contact.email}}. Code {{notice.code}}.")
	r.identity()
	return r
}

func (r *planRig) number(sql string, args ...any) int64 {
	r.t.Helper()
	var n int64
	if err := r.app.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (r *planRig) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.app.Exec(context.Background(), sql, args...); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
}

func (r *planRig) user(name string, role access.Role) access.Actor {
	no := r.number("INSERT INTO user_account (email, name, role) VALUES ($1 || '@example.com', $1, $2) RETURNING user_no", name, string(role))
	return access.Actor{User: id.User(no), Role: role, SteppedUp: true}
}

// people writes recipients as an import does, and a frozen cohort of them. The
// last one has no address.
func (r *planRig) people(n int) {
	r.t.Helper()
	keys, err := r.db.Incident(context.Background(), int64(r.incident))
	if err != nil {
		r.t.Fatal(err)
	}
	in := r.db.Installation()
	for i := 1; i < n; i++ {
		a, err := mailaddr.Parse(fmt.Sprintf("p%d@example.com", i))
		if err != nil {
			r.t.Fatal(err)
		}
		index := keys.AddressIndex(a.GroupingKey())
		sealed, err := keys.SealAddress(index, a.String())
		if err != nil {
			r.t.Fatal(err)
		}
		proof := keys.PersonDigest(a.GroupingKey())
		r.exec(`INSERT INTO recipient (incident_no, recipient_no, address, address_index, domain_key, jurisdictions, locale, proof_digest)
			VALUES ($1, $2, $3, $4, $5, '{US-CA}', 'en', $6)`, int64(r.incident), i, sealed, index, in.DomainKey(a.Domain()), proof[:])
	}
	proof := keys.RowDigest(1, int64(n))
	r.exec("INSERT INTO recipient (incident_no, recipient_no, proof_digest) VALUES ($1, $2, $3)", int64(r.incident), n, proof[:])
	r.cohort = r.number(`INSERT INTO cohort (incident_no, name, kind, precedence, rule, lists, created_by) VALUES ($1, 'All', 'first', 10, '{"list":"lst_1"}', '{1}', $2) RETURNING cohort_no`, int64(r.incident), int64(r.cem.User))
	r.memberTable(r.cohort)
	r.exec("INSERT INTO cohort_member (incident_no, cohort_no, seq, recipient_no) SELECT $1, $2, n, n FROM generate_series(1, $3::bigint) n", int64(r.incident), r.cohort, n)
	r.exec("UPDATE cohort SET state = 'frozen', size = $2, resolved_size = $2, root = sha256('root'), frozen_at = now() WHERE cohort_no = $1", r.cohort, n)
}

// memberTable makes the table of a cohort's members.
func (r *planRig) memberTable(cohort int64) {
	r.t.Helper()
	r.exec("SELECT begin_members($1, $2)", int64(r.incident), cohort)
	r.exec("SELECT attach_members($1, $2)", int64(r.incident), cohort)
}

// listed makes a list of which the first n people have a row.
func (r *planRig) listed(list, n int) {
	r.t.Helper()
	r.exec("INSERT INTO list (incident_no, name, state, sha256, bytes, dialect, columns, mapping, uploaded_by) VALUES ($1, 'List', 'imported', decode(repeat($2, 32), 'hex'), 1, '{}', '[\"email\"]', '{\"email\": \"email\"}', $3)",
		int64(r.incident), fmt.Sprintf("%02x", list), int64(r.cem.User))
	r.exec("INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes) SELECT $1, $2, n, n, n, '', '{}' FROM generate_series(1, $3::bigint) n", int64(r.incident), list, n)
}

// text makes an approved version, written by bo and approved by ada.
func (r *planRig) text(body string) {
	r.t.Helper()
	r.variants(notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "{{org.name}}: a notice", Body: body})
}

func (r *planRig) variants(of ...notice.Source) {
	r.t.Helper()
	no := r.number("INSERT INTO notice (incident_no, name, created_by) VALUES ($1, 'Exposed ' || (SELECT count(*) FROM notice), $2) RETURNING notice_no", int64(r.incident), int64(r.bo.User))
	draft := notice.Draft{DefaultLocale: "en", Variants: of}
	_, raw, sum, err := draft.Compile(id.Notice(no), 1)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() {
		if !r.unanswered {
			r.answerAll()
		}
	}()
	r.version = r.number("INSERT INTO version (notice_no, no, sha256, document, created_by) VALUES ($1, 1, $2, $3, $4) RETURNING version_no", no, sum[:], raw, int64(r.bo.User))
	r.exec("INSERT INTO version_author (notice_no, user_no, version_no) VALUES ($1, $2, $3)", no, int64(r.bo.User), r.version)
	r.exec("INSERT INTO approval (kind, target, version_no, approver, method) VALUES ('version', $1, $2, $3, 'totp')", sum[:], r.version, int64(r.ada.User))
}

// answerAll answers whatever is asked about the version, which is about no law.
func (r *planRig) answerAll() {
	r.t.Helper()
	ctx, store := context.Background(), postgres.NoticeStore{DB: r.db.DB}
	notices := notice.Service{Store: store, Scene: store}
	v, err := store.Version(ctx, id.Version(r.version))
	if err != nil {
		r.t.Fatal(err)
	}
	found, err := notices.Lint(ctx, r.ada, v, id.Cohort(r.cohort))
	if err != nil {
		r.t.Fatal(err)
	}
	var keys []string
	for _, f := range found {
		if f.Key != "" {
			keys = append(keys, f.Key)
		}
	}
	if len(keys) == 0 {
		return
	}
	if _, err := notices.Answer(ctx, r.ada, v.ID, keys, "This is about no law."); err != nil {
		r.t.Fatal(err)
	}
}

func (r *planRig) identity() {
	r.sender = r.number("INSERT INTO sender (name) VALUES ('Desk') RETURNING sender_no")
	r.exec(`INSERT INTO sender_revision (sender_no, revision, from_address, from_name, reply_to, bounce_domain, link_hosts, made_by)
		VALUES ($1, 1, 'notice@example.com', 'Larkfield', 'help@example.com', 'bounce.example.com', '{example.com}', $2)`, r.sender, int64(r.eli.User))
	r.relay = r.number("INSERT INTO relay (name) VALUES ('A') RETURNING relay_no")
	r.relayRevision(1, "relay.example.com")
}

func (r *planRig) relayRevision(revision int, host string) {
	r.exec(`INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, max_rate_per_second, max_connections, made_by)
		VALUES ($1, $2, $3, 587, 'starttls', 'none', 100, 4, $4)`, r.relay, revision, host, int64(r.eli.User))
	r.exec("UPDATE relay SET revision = $2 WHERE relay_no = $1", r.relay, revision)
}

// settings are those of a campaign to everybody.
func (r *planRig) settings() campaign.Settings {
	return campaign.Settings{Name: "Tell them", Cohort: id.Cohort(r.cohort), Version: id.Version(r.version),
		Sender: id.Sender(r.sender), Relays: []id.Relay{id.Relay(r.relay)}, MaxRatePerSecond: 50}
}

// checked makes a campaign and runs its checks.
func (r *planRig) checked() campaign.Campaign { return r.checkedAs(r.settings()) }

func (r *planRig) checkedAs(s campaign.Settings) campaign.Campaign {
	r.t.Helper()
	c, err := r.service.Create(context.Background(), r.cem, r.incident, s)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.check(c.ID)
}

func (r *planRig) check(no id.Campaign) campaign.Campaign {
	r.t.Helper()
	ctx := context.Background()
	if _, err := r.service.StartPreflight(ctx, r.cem, no); err != nil {
		r.t.Fatal(err)
	}
	if err := r.checker.Run(ctx, no); err != nil {
		r.t.Fatal(err)
	}
	return r.get(no)
}

func (r *planRig) get(no id.Campaign) campaign.Campaign {
	r.t.Helper()
	c, err := r.store.Campaign(context.Background(), no)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// approved makes a campaign whose plan is approved.
func (r *planRig) approved() campaign.Campaign { return r.approvedAs(r.settings()) }

func (r *planRig) approvedAs(s campaign.Settings) campaign.Campaign {
	r.t.Helper()
	c := r.checkedAs(s)
	c, err := r.service.Approve(context.Background(), r.ada, c.ID, c.PlanHash, "fine")
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *planRig) launch(c campaign.Campaign, by access.Actor) error {
	_, err := r.service.Launch(context.Background(), by, c.ID, campaign.Launch{PlanHash: c.PlanHash, Confirmed: c.Preflight.Counts.ToSend})
	return err
}
