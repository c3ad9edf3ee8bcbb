package web

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/codes"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/notice"
	"forthwith/internal/obligation"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/internal/smtpclient"
	"forthwith/internal/suppression"
	"forthwith/internal/watch"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// terminal may do what an admin with a fresh second factor may.
var terminal = access.Actor{Worker: "terminal", Role: access.Admin, SteppedUp: true}

// rig is the pages over a database of their own, on a real socket.
type rig struct {
	t     *testing.T
	db    *pgtest.Database
	staff identity.Service
	app   *fiber.App
	url   string
	host  string
}

func newRig(t *testing.T, change ...func(*Services, *Options)) *rig {
	t.Helper()
	db := pgtest.New(t)
	store := postgres.IdentityStore{DB: db.DB}
	r := &rig{t: t, db: db, staff: identity.Service{Store: store, Reader: store, Open: store}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.host, r.url = ln.Addr().String(), "http://"+ln.Addr().String()
	s, o := rigServices(db, r.staff), Options{Host: r.host}
	for _, c := range change {
		c(&s, &o)
	}
	r.app = httpguard.NewApp(func(c *fiber.Ctx, err error) error { return c.Status(500).SendString(err.Error()) })
	Mount(r.app, s, o)
	ended := make(chan error, 1)
	go func() { ended <- r.app.Listener(ln) }()
	t.Cleanup(func() {
		if err := r.app.ShutdownWithTimeout(10 * time.Second); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return r
}

func rigServices(db *pgtest.Database, staff identity.Service) Services {
	campaigns := campaign.Service{Store: postgres.CampaignStore{DB: db.DB}, Plans: postgres.CampaignStore{DB: db.DB}, Counter: postgres.CampaignStore{DB: db.DB}}
	incidents := incident.Service{Store: postgres.IncidentStore{DB: db.DB}, Rules: postgres.RuleStore{DB: db.DB}}
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: db.DB}}
	cohorts := cohort.Service{Store: postgres.CohortStore{DB: db.DB}, People: postgres.CohortStore{DB: db.DB}}
	notices := notice.Service{Store: postgres.NoticeStore{DB: db.DB}, Scene: postgres.NoticeStore{DB: db.DB}}
	relays := relay.Service{Store: postgres.RelayStore{DB: db.DB}, Guard: smtpclient.Guard{}}
	senders := sender.Service{Store: postgres.SenderStore{DB: db.DB}, Names: &told{texts: map[string][]string{"_dmarc.example.com": {"v=DMARC1; p=reject"}, "example.com": {"v=spf1 -all"}}}}
	return Services{
		Staff: staff, Account: staff, Passwords: postgres.IdentityStore{DB: db.DB}, Requests: postgres.RequestStore{DB: db.DB}, Users: staff,
		Overview: overview.Service{Store: postgres.OverviewStore{DB: db.DB}}, Keeper: postgres.KeepStore{DB: db.DB},
		Incidents: incidents, RuleSets: obligation.RuleSets{Store: postgres.RuleStore{DB: db.DB}}, Obligations: obligation.Service{Store: postgres.ObligationStore{DB: db.DB}, Rules: postgres.RuleStore{DB: db.DB}}, Organisations: incidents, Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Amendments: campaign.Amendments{Store: postgres.CampaignStore{DB: db.DB}, Campaigns: postgres.CampaignStore{DB: db.DB}}, Tests: campaign.Tester{Store: postgres.CampaignStore{DB: db.DB}},
		Choices:    Choices{Cohorts: cohorts, Notices: notices, Senders: senders, Relays: relays},
		Deliveries: reports, Reports: reports, Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: db.DB}},
		Ledger: ledger.Service{Log: postgres.LedgerStore{DB: db.DB}}, Lookup: evidence.Desk{Finder: postgres.EvidenceStore{DB: db.DB}},
		Relays: relays, Alerts: watch.Service{Store: postgres.AlertStore{DB: db.DB}}, Senders: senders, Cohorts: cohorts, Suppressed: suppression.Desk{Store: postgres.SuppressionStore{DB: db.DB}}, Suppressions: suppression.Service{Store: postgres.SuppressionStore{DB: db.DB}}, Exclusions: cohort.Exclusions{Store: postgres.ExclusionStore{DB: db.DB}}, Gates: cohort.Gates{Store: postgres.GateStore{DB: db.DB}}, Domains: intake.Domains{Store: postgres.DomainStore{DB: db.DB}}, Codes: codes.Service{Store: postgres.CodeStore{DB: db.DB}},
		Notices: notices, Drafts: notices, Texts: notices, Verdicts: notices, Answering: notices, Comments: notices, Quoting: notices, Readers: cohorts,
		Lists: intake.Service{Store: postgres.ListStore{DB: db.DB}, Uploads: postgres.ListStore{DB: db.DB}, Importer: postgres.ListStore{DB: db.DB}, Withdrawals: postgres.ListStore{DB: db.DB}, Comparison: postgres.ListStore{DB: db.DB}},
	}
}

// browser keeps cookies and follows nothing.
type browser struct {
	*rig
	client *http.Client
	header http.Header // sent with every request
}

func (r *rig) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{r, &http.Client{Jar: jar, CheckRedirect: stay, Timeout: 20 * time.Second}, http.Header{}}
}

// answer is what a request was answered with.
type answered struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (b *browser) send(req *http.Request) answered {
	b.t.Helper()
	for name, values := range b.header {
		req.Header[name] = values
	}
	if host := b.header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answered{res.StatusCode, string(body), res.Header.Get("Location"), res.Header}
}

func (b *browser) get(path string) answered {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(req)
}

func (b *browser) post(path string, form url.Values) answered {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(req)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z0-9_.]+)" value="([^"]*)">`)

// fields gives the hidden fields of a page, as its form would send them.
func fields(page string) url.Values {
	out := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], m[2])
	}
	return out
}

// submit fills a page's form and sends it.
func (b *browser) submit(path, action string, typed url.Values) answered {
	b.t.Helper()
	form := fields(b.get(path).body)
	for name, values := range typed {
		form[name] = values
	}
	return b.post(action, form)
}

// hire makes a person who can sign in.
func (r *rig) hire(name string, role access.Role) identity.Enrolment {
	r.t.Helper()
	e, err := r.staff.Enrol(r.t.Context(), terminal, identity.NewUser{Email: name + "@example.com", Name: name, Role: role})
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// code gives a code of some steps ahead. It keeps away from the end of a step,
// where a code would grow old on its way.
func (r *rig) code(e identity.Enrolment, steps int) string {
	r.t.Helper()
	now, err := r.db.Now(r.t.Context())
	for err == nil && now.Second()%30 > 26 {
		now, err = r.db.Now(r.t.Context())
	}
	if err != nil {
		r.t.Fatal(err)
	}
	code, err := identity.Code(e.TOTPSecret, now.Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// signedIn gives a browser in which somebody signed in with both factors.
func (r *rig) signedIn(e identity.Enrolment) *browser {
	r.t.Helper()
	return r.signedInAt(e, 0)
}

// signedInAt uses the code of some steps ahead: each counts once.
func (r *rig) signedInAt(e identity.Enrolment, steps int) *browser {
	r.t.Helper()
	b := r.browser()
	page := b.submit("/signin", "/signin", url.Values{"email": {e.User.Email}, "password": {e.Password}})
	if page.status != 200 {
		r.t.Fatalf("the password was answered with %d: %s", page.status, page.body)
	}
	form := fields(page.body)
	form.Set("code", r.code(e, steps))
	if got := b.post("/signin/code", form); got.status != 303 {
		r.t.Fatalf("the code was answered with %d: %s", got.status, got.body)
	}
	return b
}

// text gives a page without its tags.
func text(page string) string {
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}
