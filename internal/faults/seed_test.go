package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/smtpclient"
	"forthwith/internal/smtpclient/relaytest"
)

// rig is a campaign on seeded rows, a scripted relay, and engines that send it.
type rig struct {
	t        *testing.T
	db       *pgtest.Database
	app      *pgx.Conn
	relay    *relaytest.Server
	second   *relaytest.Server // nil: there is only one
	secondNo int64
	campaign int64
	incident int64
	people   int
	pace     float64
	store    postgres.DeliveryStore
	gaveUp   atomic.Bool // an engine found that the record refuses what it learnt
}

func newRig(t *testing.T, people int, policy string, cfg relaytest.Config) *rig {
	t.Helper()
	r := bareRig(t, people, cfg)
	r.seed(policy)
	return r
}

func bareRig(t *testing.T, people int, cfg relaytest.Config) *rig {
	t.Helper()
	relay, err := relaytest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	db := pgtest.New(t)
	return &rig{t: t, db: db, app: db.As(t, postgres.AppRole), relay: relay, people: people, pace: pace, store: postgres.DeliveryStore{DB: db.DB}}
}

// newPair is a rig whose plan names a second relay after the first.
func newPair(t *testing.T, people int) *rig {
	t.Helper()
	second, err := relaytest.Start(relaytest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	r := bareRig(t, people, relaytest.Config{})
	r.number("INSERT INTO relay (name) VALUES ('first') RETURNING relay_no")
	r.second, r.secondNo = second, r.number("INSERT INTO relay (name) VALUES ('second') RETURNING relay_no")
	r.seed("hold")
	return r
}

func (r *rig) number(sql string, args ...any) int64 {
	r.t.Helper()
	var n int64
	if err := r.app.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (r *rig) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.app.Exec(context.Background(), sql, args...); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
}

// owner changes what the application may not.
func (r *rig) owner(sql string) {
	r.t.Helper()
	if _, err := r.db.As(r.t, postgres.OwnerRole).Exec(context.Background(), sql); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
}

// seed walks the rows that the database demands before anything may be sent.
func (r *rig) seed(policy string) {
	r.t.Helper()
	nth := fmt.Sprint(r.campaign) // of the campaign before, so that names differ
	user := func(name, role string) int64 {
		name += nth
		return r.number("INSERT INTO user_account (email, name, role) VALUES ($1 || '@example.com', $1, $2) RETURNING user_no", name, role)
	}
	cem, ada, bo := user("cem", "ops"), user("ada", "legal"), user("gil", "ops")
	in, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.Open(context.Background(),
		access.Actor{Role: access.Ops, User: 1}, incident.Facts{Name: "Mail provider breach " + nth})
	if err != nil {
		r.t.Fatal(err)
	}
	r.incident = int64(in.ID)
	cohort := r.number(`INSERT INTO cohort (incident_no, name, kind, precedence, rule, created_by) VALUES ($1, 'All', 'first', 1, '{}', $2) RETURNING cohort_no`, r.incident, cem)
	notice := r.number("INSERT INTO notice (incident_no, name, created_by) VALUES ($1, 'Exposed', $2) RETURNING notice_no", r.incident, cem)
	text, plan := []byte("text"+nth), []byte("plan"+nth)
	version := r.number("INSERT INTO version (notice_no, no, sha256, document, created_by) VALUES ($1, 1, sha256($2), $2, $3) RETURNING version_no", notice, text, cem)
	r.exec("INSERT INTO version_author (notice_no, user_no, version_no) VALUES ($1, $2, $3)", notice, cem, version)
	r.exec("INSERT INTO approval (kind, target, version_no, approver, method) VALUES ('version', sha256($1), $2, $3, 'totp')", text, version, ada)
	sender := r.number("INSERT INTO sender (name) VALUES ('Desk' || $1) RETURNING sender_no", nth)
	relays := []int64{1, r.secondNo}
	if r.second == nil {
		relays = []int64{r.number("INSERT INTO relay (name) VALUES ('A' || $1) RETURNING relay_no", nth)}
	}
	r.campaign = r.number(`INSERT INTO campaign (incident_no, name, cohort_no, version_no, sender_no, relays, max_rate_per_second, on_indeterminate, created_by)
		VALUES ($1, 'Tell', $2, $3, $4, $5::bigint[], 1e6, $6, $7) RETURNING campaign_no`, r.incident, cohort, version, sender, relays, policy, cem)
	r.exec("SELECT make_campaign_partitions($1)", r.campaign)
	r.exec("INSERT INTO plan (sha256, campaign_no, plan_no, document, counts, made_by, made_at) VALUES (sha256($3), $1, 1, $3, '{}', $2, now())", r.campaign, cem, plan)
	r.exec(`INSERT INTO delivery (campaign_no, seq, recipient_no, plan_no, variant_no, domain_key, leaf, status)
		SELECT $1, n, n, 1, 0, gen_random_uuid(), sha256('leaf'), 'pending' FROM generate_series(1, $2::bigint) n`, r.campaign, r.people)
	r.exec(`INSERT INTO batch (campaign_no, batch_no, block_no, from_seq, to_seq)
		SELECT $1, nextval('batch_number'), n / 512, n + 1, least(n + 512, $2::bigint) FROM generate_series(0, $2::bigint - 1, 512) n`, r.campaign, r.people)
	r.exec("UPDATE campaign SET state = 'preflighting' WHERE campaign_no = $1", r.campaign)
	r.exec("UPDATE campaign SET state = 'ready', plan_no = 1, plan_sha256 = sha256($2) WHERE campaign_no = $1", r.campaign, plan)
	r.exec("INSERT INTO approval (kind, target, campaign_no, approver, method) VALUES ('plan', sha256($3), $1, $2, 'totp')", r.campaign, ada, plan)
	r.exec("UPDATE campaign SET state = 'approved' WHERE campaign_no = $1", r.campaign)
	r.exec("INSERT INTO launch (campaign_no, plan_no, plan_sha256, confirmed, launched_by) VALUES ($1, 1, sha256($4), $2, $3)", r.campaign, r.people, bo, plan)
	r.exec("UPDATE campaign SET state = 'scheduled' WHERE campaign_no = $1", r.campaign)
	r.exec("UPDATE campaign SET state = 'sending', started_at = now() WHERE campaign_no = $1", r.campaign)
	r.exec("SELECT analyze_campaign($1)", r.campaign)
}

// plainComposer makes a short letter of its own for each person.
type plainComposer struct{}

func (plainComposer) Compose(_ context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	return handed(plainLetters(claimed, now), nil), nil
}

// handed gives letters that are made, and then those that are not.
func handed(letters []delivery.Letter, unmade []delivery.Unmade) iter.Seq2[delivery.Letter, *delivery.Unmade] {
	return func(yield func(delivery.Letter, *delivery.Unmade) bool) {
		for _, l := range letters {
			if !yield(l, nil) {
				return
			}
		}
		for i := range unmade {
			if !yield(delivery.Letter{}, &unmade[i]) {
				return
			}
		}
	}
}

func plainLetters(claimed []delivery.Claimed, now time.Time) []delivery.Letter {
	letters := make([]delivery.Letter, 0, len(claimed))
	for _, c := range claimed {
		date := now.UTC().Truncate(time.Second)
		if c.First != nil {
			date = c.First.Date
		}
		raw := fmt.Appendf(nil, "From: desk@example.com\r\nTo: %s\r\nMessage-ID: <m%d@example.com>\r\nDate: %s\r\nSubject: Notice\r\n\r\nYour marker is [m%d].\r\n",
			address(c.Seq), c.Seq, date.Format(time.RFC1123Z), c.Seq)
		letters = append(letters, delivery.Letter{Claimed: c, From: "b@example.com", To: address(c.Seq), Date: date, Raw: raw, Hash: sha256.Sum256(raw)})
	}
	return letters
}

func address(seq int64) string { return fmt.Sprintf("p%d@example.com", seq) }

type unlimited struct{}

func (unlimited) Try(delivery.Allowance) bool { return true }
func (unlimited) Ask(context.Context, delivery.Allowance) (delivery.Answer, error) {
	return delivery.Answer{Granted: true}, nil
}
func (unlimited) Enter(context.Context, delivery.Domain, int) (string, bool, error) {
	return "a place", true, nil
}
func (unlimited) Leave(context.Context, string)                  {}
func (unlimited) Wait(context.Context, delivery.Allowance) error { return nil }

func (r *rig) job(connections int) delivery.Job {
	return delivery.Job{Campaign: r.campaign, Incident: r.incident, Rate: 1e6, ResendOnce: r.policy() == "resend_once", ExpireAfter: 48 * time.Hour,
		Relays: []delivery.Relay{{No: 1, Revision: 1, MaxRate: 1e6, MaxConnections: connections}}, Composer: plainComposer{}, Guard: trusting{r}}
}

// trusting lets every letter pass: the plain ones follow no approved text.
type trusting struct{ r *rig }

func (trusting) Check(delivery.Letter) error { return nil }

func (g trusting) Alarm(ctx context.Context) error {
	return g.r.campaigns().Alarm(ctx, id.Campaign(g.r.campaign))
}

func (r *rig) policy() string {
	var p string
	if err := r.app.QueryRow(context.Background(), "SELECT on_indeterminate FROM campaign WHERE campaign_no = $1", r.campaign).Scan(&p); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// pace divides every wait of the program and of the relay.
const pace = 600

func (r *rig) engine(name string) *delivery.Engine { return r.enginePaced(name, r.pace) }

func (r *rig) enginePaced(name string, pace float64) *delivery.Engine {
	r.t.Helper()
	w, err := r.store.Enlist(context.Background(), name, time.Minute)
	if err != nil {
		r.t.Fatal(err)
	}
	wire := smtpclient.Wire{Settings: func(_ context.Context, relay delivery.Relay) (smtpclient.Relay, error) {
		port := r.relay.Port()
		if r.second != nil && relay.No == r.secondNo {
			port = r.second.Port()
		}
		return smtpclient.Relay{Host: "127.0.0.1", Port: port, TLS: smtpclient.Plain, Hello: "forthwith.test", Pace: pace,
			Guard: smtpclient.Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []int{port}}}, nil
	}}
	return &delivery.Engine{Store: r.store, Wire: wire, Limiter: unlimited{}, Worker: w, Pace: pace, Log: slog.New(slog.DiscardHandler), GiveUp: func() { r.gaveUp.Store(true) }}
}
