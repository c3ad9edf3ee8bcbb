package campaign

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/relay"
)

// Plan is everything that a launch will do. Its canonical JSON (RFC 8785) has
// one SHA-256, which legal approves and ops launches. It carries campaign,
// number and time, so that no two plans share a hash.
type Plan struct {
	Format           string                       `json:"format"`
	Campaign         id.Campaign                  `json:"campaign"`
	No               int                          `json:"plan_no"`
	PreflightAt      time.Time                    `json:"preflight_at"`
	Corrects         id.Campaign                  `json:"corrects,omitempty"`
	Incident         id.Incident                  `json:"incident"`
	FactsVersion     int                          `json:"facts_version"`
	Organisation     int                          `json:"organisation_version"`
	Facts            map[string]string            `json:"facts"`
	FactsIn          map[string]map[string]string `json:"facts_in,omitempty"` // what a language states otherwise
	Cohort           PlannedCohort                `json:"cohort"`
	Lists            []id.List                    `json:"lists"` // whose rows fill the text in, whatever is imported later
	Gates            []PlannedGate                `json:"gates"` // who passes them is no part of the plan: that may change at any time
	Version          PlannedVersion               `json:"version"`
	Text             notice.Document              `json:"text"`
	Rules            PlannedRules                 `json:"rules"` // under which it was checked; others that come into use later leave the plan as it is
	Sender           PlannedSender                `json:"sender"`
	Relays           []PlannedRelay               `json:"relays"`
	MaxRatePerSecond float64                      `json:"max_rate_per_second"`
	ScheduleAt       *time.Time                   `json:"schedule_at"`
	ExpireAfter      int64                        `json:"expire_after_seconds"`
	OnIndeterminate  Policy                       `json:"on_indeterminate"`
	MaxPerDomain     PerDomain                    `json:"max_per_domain"`
	MaxConcurrency   PerDomain                    `json:"max_concurrency_per_domain"`
	Ramp             []RampStep                   `json:"ramp"`
	StopAbove        *float64                     `json:"stop_above_percent"`
	SendWindow       *Window                      `json:"send_window"`
	ManifestRoot     canon.Hash                   `json:"manifest_root"`
	ToSend           int64                        `json:"to_send"` // those with them for whom a gate is shut
	Unaddressed      int64                        `json:"unaddressed"`
	Excluded         int64                        `json:"excluded"`
	Suppressed       int64                        `json:"suppressed"`
}

// PlanFormat names the form of the document.
const PlanFormat = "forthwith/plan/v1"

// PlannedCohort is the frozen cohort.
type PlannedCohort struct {
	ID   id.Cohort  `json:"id"`
	Root canon.Hash `json:"root"`
	Size int64      `json:"size"`
}

// Told is what letters under the plan tell everybody.
func (p Plan) Told() notice.Facts { return notice.Facts{Stated: p.Facts, In: p.FactsIn} }

// PlannedGate is what must be known of people before they are sent to.
type PlannedGate struct {
	ID   id.Gate         `json:"id"`
	Name string          `json:"name"`
	Rule json.RawMessage `json:"rule"`
}

// PlannedRules is a version of the rules about breach notices. The zero value:
// the plan is from before plans named them.
type PlannedRules struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// PlannedVersion is the approved text by its hash.
type PlannedVersion struct {
	ID     id.Version `json:"id"`
	SHA256 canon.Hash `json:"sha256"`
}

// PlannedSender is the revision of a sender identity, and the keys that sign
// for it.
type PlannedSender struct {
	ID           id.Sender    `json:"id"`
	Revision     int          `json:"revision"`
	From         string       `json:"from"`
	FromName     string       `json:"from_name"`
	ReplyTo      string       `json:"reply_to"`
	BounceDomain string       `json:"bounce_domain"`
	LinkHosts    []string     `json:"link_hosts"`
	DKIMKeys     []PlannedKey `json:"dkim_keys"`
}

// PlannedRelay is the revision of a relay: where it stands and how it is
// reached. Its password is no part of it.
type PlannedRelay struct {
	ID               id.Relay `json:"id"`
	Revision         int      `json:"revision"`
	Host             string   `json:"host"`
	Port             int      `json:"port"`
	TLS              string   `json:"tls"`
	Auth             string   `json:"auth"`
	MaxRatePerSecond float64  `json:"max_rate_per_second"`
	MaxConnections   int      `json:"max_connections"`

	WarmUp *relay.WarmUp `json:"warm_up"`
}

// Seal gives the canonical document and its hash.
func (p Plan) Seal() ([]byte, canon.Hash, error) {
	doc, sum, err := canon.Sum(p)
	if err != nil {
		return nil, canon.Hash{}, fmt.Errorf("seal plan: %w", err)
	}
	return doc, sum, nil
}

// ReadPlan reads a stored document back.
func ReadPlan(document []byte) (Plan, error) {
	var p Plan
	if err := json.Unmarshal(document, &p); err != nil {
		return p, fmt.Errorf("read plan: %w", err)
	}
	return p, nil
}

// Drift names the fields in which two plans differ, in order of their names.
// It looks at the canonical documents, so that a field added later cannot be
// forgotten here.
func Drift(approved, now Plan) ([]string, error) {
	a, err := fieldsOf(approved)
	if err != nil {
		return nil, err
	}
	b, err := fieldsOf(now)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range PlanFields() {
		if a[name] != b[name] { // none: it was left out, for it is empty there
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// PlanFields names all fields that a plan can have.
func PlanFields() []string {
	plan := reflect.TypeFor[Plan]()
	var all []string
	for i := range plan.NumField() {
		name, _, _ := strings.Cut(plan.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

func fieldsOf(p Plan) (map[string]string, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("compare plans: %w", err)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, fmt.Errorf("compare plans: %w", err)
	}
	out := make(map[string]string, len(parts))
	for name, part := range parts {
		doc, err := canon.JSON(part)
		if err != nil {
			return nil, fmt.Errorf("compare plans: %w", err)
		}
		out[name] = string(doc)
	}
	return out, nil
}

// refuseDrift turns a drift into the refusal that names the fields.
func refuseDrift(approved, now Plan) error {
	names, err := Drift(approved, now)
	if err != nil || len(names) == 0 {
		return err
	}
	fields := make([]fault.Field, len(names))
	for i, n := range names {
		fields[i] = fault.Field{Name: n, Code: "plan_field_changed", Values: fault.Values{"field": n}}
		if code, selector := approved.Sender.otherKeys(now.Sender); n == "sender" && code != "" {
			fields[i].Code, fields[i].Values["selector"] = code, selector
		}
	}
	return &fault.Fault{Kind: fault.Mismatch, Code: fields[0].Code, Values: fields[0].Values, Fields: fields}
}
