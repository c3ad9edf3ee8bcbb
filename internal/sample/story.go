package sample

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// Story carries one incident through the API.
type Story struct {
	Client *Client
	Tell   Teller
	Policy string // for unclear deliveries; empty: hold
	Texts  []Text // in place of the broad notice's
	Speed  Speed  // of a relay that is made; zero: the sample's
	Inbox  string // host:port of the capture inbox, for a relay where there is none

	incident string
	sender   string
	relay    string
	version  map[string]string // by cohort name
	cohort   map[string]string
}

// Teller hears what happens. Progress may be called often.
type Teller interface {
	Step(text string)
	Progress(text string, done, total int64)
}

// Campaign is what the API tells of one.
type Campaign struct {
	ID       string           `json:"id"`
	State    string           `json:"state"`
	Counts   map[string]int64 `json:"counts"`
	PlanHash string           `json:"plan_sha256"`
}

// Prepare opens the incident, imports both lists, freezes both cohorts, and
// has both notices written by one person and approved by another.
func (s *Story) Prepare(ctx context.Context, name string, lists Lists) error {
	s.version, s.cohort = map[string]string{}, map[string]string{}
	for _, step := range []func(context.Context, string, Lists) error{s.organisation, s.open, s.importLists, s.freeze, s.write, s.identity} {
		if err := step(ctx, name, lists); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) organisation(ctx context.Context, _ string, _ Lists) error {
	admin, err := s.Client.As("admin", 0)
	if err != nil {
		return err
	}
	var now struct {
		Name string `json:"name"`
	}
	header, err := s.Client.Call(ctx, admin, http.MethodGet, "/organisation", nil, &now)
	if err != nil || now.Name != "" {
		return err
	}
	s.Tell.Step("The admin says who sends: " + company)
	_, err = s.Client.Call(ctx, admin, http.MethodPatch, "/organisation", match{header.Get("ETag"), map[string]any{
		"name":     company,
		"contacts": map[string]string{"email": "help@larkfield.test", "phone": "+1 555 0100", "url": "https://larkfield.test/notice", "postal": "1 Lark Field, Example City"},
		"dpo":      map[string]string{"name": "Hal Quist", "email": "privacy@larkfield.test"},
	}}, nil)
	return err
}

const company = "Larkfield Cloud"

func (s *Story) open(ctx context.Context, name string, _ Lists) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	s.Tell.Step("Ops opens the incident ‘" + name + "’")
	var made struct {
		ID string `json:"id"`
	}
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/incidents", map[string]any{
		"name": name, "summary": "The company that sends e-mail for us was broken into; addresses of customers may have been seen.",
		"events":     map[string]string{"discovery": "2026-08-08", "awareness": "2026-08-08T19:30:00Z"},
		"conditions": []string{}, "data_types": []string{"e-mail address", "account name"},
		"texts": map[string]string{"incident.measures": "We have moved all mail to another provider, replaced every key that the old one held, and are watching for misuse."},
	}, &made)
	s.incident = made.ID
	return err
}

// What the columns of the two lists are used as.
var (
	customerColumns = map[string]string{"E-Mail": "email", "Name": "name", "Account": "merge:account", "Jurisdiction": "jurisdiction", "Locale": "locale",
		"Plan": "attribute:plan", "Customer since": "attribute:since:date"}
	resetColumns = map[string]string{"email": "email", "reset_at": "merge:reset_at", "account_secured": "attribute:account_secured"}
)

type listState struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Rows     int64  `json:"rows"`
	Accepted int64  `json:"accepted"`
	Rejected int64  `json:"rejected"`
	New      int64  `json:"new_recipients"`
	Known    int64  `json:"known_recipients"`
	Repeats  int64  `json:"repeats"`
}

func (s *Story) importLists(ctx context.Context, _ string, lists Lists) error {
	a, err := s.importOne(ctx, "Customers", lists.Customers, customerColumns)
	if err != nil {
		return err
	}
	b, err := s.importOne(ctx, "Password resets", lists.Resets, resetColumns)
	s.cohort["Customers"], s.cohort["Password resets"] = a, b // list ids, until the cohorts take their place
	return err
}

func (s *Story) importOne(ctx context.Context, name string, file []byte, mapping map[string]string) (string, error) {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return "", err
	}
	var made listState
	if err := s.Client.Upload(ctx, ops, "/incidents/"+s.incident+"/lists", name, file, mapping, &made); err != nil {
		return "", err
	}
	got, err := Until(ctx, func() (listState, error) {
		var l listState
		_, err := s.Client.Call(ctx, ops, http.MethodGet, "/lists/"+made.ID, nil, &l)
		return l, err
	}, func(l listState) (bool, error) {
		if l.State == "failed" || l.State == "cancelled" {
			return false, fmt.Errorf("the import of ‘%s’ ended as %s", name, l.State)
		}
		return l.State == "imported", nil
	})
	if err != nil {
		return "", err
	}
	s.Tell.Step(fmt.Sprintf("List ‘%s’: %d rows = %d new people + %d known + %d repeats + %d refused", name, got.Rows, got.New, got.Known, got.Repeats, got.Rejected))
	return got.ID, nil
}

type cohortState struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Size     int64  `json:"size"`
	Resolved int64  `json:"resolved_size"`
	LostTo   []struct {
		Size int64 `json:"size"`
	} `json:"lost_to"`
	Excluded int64 `json:"excluded"`
}

func (s *Story) freeze(ctx context.Context, _ string, _ Lists) error {
	lists := s.cohort
	s.cohort = map[string]string{}
	for _, c := range []struct {
		name, list string
		precedence int
	}{{Reset, lists["Password resets"], 10}, {Exposed, lists["Customers"], 20}} {
		if err := s.freezeOne(ctx, c.name, c.list, c.precedence); err != nil {
			return err
		}
	}
	return nil
}

// The two cohorts of the sample: the narrow one comes first.
const (
	Reset   = "Password reset"
	Exposed = "Address exposed"
)

func (s *Story) freezeOne(ctx context.Context, name, list string, precedence int) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	var made cohortState
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/incidents/"+s.incident+"/cohorts",
		map[string]any{"name": name, "kind": "first", "precedence": precedence, "rule": map[string]string{"list": list}}, &made)
	if err != nil {
		return err
	}
	if _, err := s.Client.Call(ctx, ops, http.MethodPost, "/cohorts/"+made.ID+"/freeze", nil, nil); err != nil {
		return err
	}
	got, err := Until(ctx, func() (cohortState, error) {
		var c cohortState
		_, err := s.Client.Call(ctx, ops, http.MethodGet, "/cohorts/"+made.ID, nil, &c)
		return c, err
	}, func(c cohortState) (bool, error) { return c.State == "frozen", nil })
	if err != nil {
		return err
	}
	var lost int64
	for _, l := range got.LostTo {
		lost += l.Size
	}
	s.Tell.Step(fmt.Sprintf("Cohort ‘%s’ is frozen: %d match = %d told here + %d told something narrower + %d excluded", name, got.Size, got.Resolved, lost, got.Excluded))
	s.cohort[name] = got.ID
	return nil
}

type version struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	State  string `json:"state"`
}

func (s *Story) write(ctx context.Context, _ string, _ Lists) error {
	for _, n := range []struct {
		cohort string
		texts  []Text
	}{{Reset, reset}, {Exposed, s.broad()}} {
		if err := s.writeOne(ctx, n.cohort, n.texts); err != nil {
			return err
		}
	}
	return nil
}

// writeOne has a text written by the second lawyer and approved by the first.
func (s *Story) writeOne(ctx context.Context, name string, texts []Text) error {
	author, err := s.Client.As("legal", 1)
	if err != nil {
		return err
	}
	approver, err := s.Client.As("legal", 0)
	if err != nil {
		return err
	}
	var made struct {
		ID string `json:"id"`
	}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/incidents/"+s.incident+"/notices", map[string]string{"name": name}, &made); err != nil {
		return err
	}
	var v version
	for i := range texts {
		if texts[i].Jurisdictions == nil {
			texts[i].Jurisdictions = []string{}
		}
	}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/notices/"+made.ID+"/versions", map[string]any{"default_locale": "en", "variants": texts}, &v); err != nil {
		return err
	}
	seen := map[string]string{"sha256": v.SHA256}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/versions/"+v.ID+"/submit", seen, nil); err != nil {
		return err
	}
	if _, err := s.Client.Call(ctx, approver, http.MethodPost, "/versions/"+v.ID+"/approve", seen, nil); err != nil {
		return err
	}
	s.version[name] = v.ID
	s.Tell.Step(fmt.Sprintf("Notice ‘%s’: %s wrote it, %s approved exactly %s…", name, author.Name, approver.Name, v.SHA256[:12]))
	return nil
}

// identity finds the sender identity and the relay, or makes the sender.
func (s *Story) identity(ctx context.Context, _ string, _ Lists) error {
	admin, err := s.Client.As("admin", 0)
	if err != nil {
		return err
	}
	var relays, senders struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if _, err := s.Client.Call(ctx, admin, http.MethodGet, "/relays", nil, &relays); err != nil {
		return err
	}
	if len(relays.Items) > 0 {
		s.relay = relays.Items[0].ID
	} else if s.relay, err = s.inboxRelay(ctx, admin); err != nil {
		return err
	}
	if _, err := s.Client.Call(ctx, admin, http.MethodGet, "/senders", nil, &senders); err != nil {
		return err
	}
	if len(senders.Items) > 0 {
		s.sender = senders.Items[0].ID
		return nil
	}
	var made struct {
		ID string `json:"id"`
	}
	_, err = s.Client.Call(ctx, admin, http.MethodPost, "/senders", map[string]any{"name": company, "from": "notice@larkfield.test", "from_name": company,
		"reply_to": "help@larkfield.test", "bounce_domain": "bounce.larkfield.test", "link_hosts": []string{"larkfield.test"}}, &made)
	s.sender = made.ID
	return err
}

// inboxRelay makes the capture inbox the relay.
func (s *Story) inboxRelay(ctx context.Context, admin *Person) (string, error) {
	host, text, err := net.SplitHostPort(s.Inbox)
	if err != nil {
		return "", fmt.Errorf("there is no relay to send through: an admin adds one")
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", fmt.Errorf("read port of the capture inbox: %w", err)
	}
	var made struct {
		ID string `json:"id"`
	}
	_, err = s.Client.Call(ctx, admin, http.MethodPost, "/relays", map[string]any{"name": "Capture inbox", "host": host, "port": port, "tls": "none", "auth": "none",
		"max_rate_per_second": s.Speed.perSecond(), "max_connections": s.Speed.connections()}, &made)
	return made.ID, err
}

// Upload gives the incident one more list of addresses, and does not wait for
// its import.
func (s *Story) Upload(ctx context.Context, name string, file []byte) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	return s.Client.Upload(ctx, ops, "/incidents/"+s.incident+"/lists", name, file, resetColumns, nil)
}

// Speed is how fast a relay takes mail.
type Speed struct {
	PerSecond   float64
	Connections int
}

func (s Speed) perSecond() float64 {
	if s.PerSecond == 0 {
		return 5000
	}
	return s.PerSecond
}

func (s Speed) connections() int {
	if s.Connections == 0 {
		return 16
	}
	return s.Connections
}

func (s *Story) broad() []Text {
	if s.Texts != nil {
		return s.Texts
	}
	return exposed
}

// Import opens an incident of its own and imports one customer list into it.
func (s *Story) Import(ctx context.Context, name string, file []byte) error {
	s.version, s.cohort = map[string]string{}, map[string]string{}
	if err := s.open(ctx, name, Lists{}); err != nil {
		return err
	}
	_, err := s.importOne(ctx, "Customers", file, customerColumns)
	return err
}
