package sample

import (
	"context"
	"net/http"
	"time"

	"forthwith/internal/phrase"
)

// Story carries one incident through the API.
type Story struct {
	Client *Client
	Tell   Teller
	Policy string             // for unclear deliveries; empty: hold
	Texts  []Text             // in place of the broad notice's
	Speed  Speed              // of a relay that is made; zero: the sample's
	At     *time.Time         // when a campaign is to begin; nil: at once
	Login  Login              // to a relay that is made; zero: none, in plain text
	Inbox  string             // host:port of the capture inbox, for a relay where there is none
	Keys   []string           // algorithms of the DKIM keys that sign; none: notices go out unsigned
	Domain map[string]float64 // bounds of a campaign's messages a second to domains
	Next   []string           // host:port of relays that campaigns name after it

	incident string
	sender   string
	relays   []string
	version  map[string]string // by cohort name
	cohort   map[string]string
}

// Incident is the id of the incident, once it is there.
func (s *Story) Incident() string { return s.incident }

// Sender is the id of the sender identity, once it is there.
func (s *Story) Sender() string { return s.sender }

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

func (s *Story) open(ctx context.Context, name string, _ Lists) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	s.say("story_incident", map[string]any{"name": name})
	var made struct {
		ID string `json:"id"`
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Truncate(time.Hour) // the law's clock runs, and nothing is late
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/incidents", map[string]any{
		"name": name, "summary": "The company that sends e-mail for us was broken into; addresses of customers may have been seen.",
		"events":     map[string]string{"discovery": yesterday.Format(time.DateOnly), "awareness": yesterday.Format(time.RFC3339)},
		"conditions": []string{}, "data_types": []string{"e-mail address", "account name"},
		"texts": map[string]string{"incident.measures": "We have moved all mail to another provider, replaced every key that the old one held, and are watching for misuse."},
		"translations": map[string]map[string]string{
			"de": {"incident.measures": "Wir verschicken alle E-Mails jetzt über einen anderen Anbieter, haben jeden Schlüssel des alten ersetzt und achten auf Missbrauch."},
			"es": {"incident.measures": "Hemos pasado todo el correo a otro proveedor, hemos cambiado todas las claves que tenía el anterior y vigilamos posibles abusos."},
			"fr": {"incident.measures": "Nous avons confié tous nos e-mails à un autre prestataire, remplacé toutes les clés que l’ancien détenait et surveillons tout abus."},
		},
	}, &made)
	s.incident = made.ID
	return err
}

// Upload gives the incident one more list, and does not wait for its import.
func (s *Story) Upload(ctx context.Context, name string, file []byte, columns map[string]string) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	return s.Client.Upload(ctx, ops, "/incidents/"+s.incident+"/lists", name, file, columns, nil)
}

// Begin opens an incident, and forgets what was made in another.
func (s *Story) Begin(ctx context.Context, name string) error {
	s.version, s.cohort = map[string]string{}, map[string]string{}
	return s.open(ctx, name, Lists{})
}

// Import opens an incident of its own and imports one customer list into it.
func (s *Story) Import(ctx context.Context, name string, file []byte) error {
	if err := s.Begin(ctx, name); err != nil {
		return err
	}
	return s.Add(ctx, "Customers", file)
}

// Add imports one more customer list into the incident.
func (s *Story) Add(ctx context.Context, name string, file []byte) error {
	_, err := s.importOne(ctx, name, file, customerColumns)
	return err
}

// say tells a sentence of the catalogue.
func (s *Story) say(code string, values map[string]any) { s.Tell.Step(phrase.Say(code, values)) }
