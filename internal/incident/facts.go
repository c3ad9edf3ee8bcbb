package incident

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
)

// Facts is what is known of an incident. Events are dates ("2022-08-08") or
// instants (RFC 3339) by name: discovery, awareness, determination,
// confirmation and what else a regime starts a clock from. Texts hold the
// sentences that notices quote, by merge field, such as incident.cause or
// advice.steps.
type Facts struct {
	Name           string            `json:"name"`
	Summary        string            `json:"summary"`
	Events         map[string]string `json:"events"`
	Conditions     []string          `json:"conditions"`
	DataTypes      []string          `json:"data_types"`
	Offer          map[string]string `json:"offer,omitempty"`
	Contacts       map[string]string `json:"contacts,omitempty"`
	ExcludedRelays []string          `json:"excluded_relays"`
	Texts          map[string]string `json:"texts,omitempty"`
	Delay          *Delay            `json:"law_enforcement_delay,omitempty"`
	Mailboxes      []string          `json:"mailbox_domains,omitempty"` // domains of mailboxes that the breach reached

	Language     string                       `json:"language,omitempty"`     // that all of it is written in; none: English
	Translations map[string]map[string]string `json:"translations,omitempty"` // what notices quote, by language and merge field
}

// Delay is a request of law enforcement to hold notices back until a date or an
// instant. Document says where the request is kept.
type Delay struct {
	Until    string `json:"until"`
	Document string `json:"document"`
}

func (d *Delay) appendWrong(wrong []fault.Field) []fault.Field {
	if d == nil {
		return wrong
	}
	if _, err := ParseEvent(d.Until); err != nil {
		wrong = append(wrong, fault.Field{Name: "law_enforcement_delay.until", Code: "event_not_a_date", Values: fault.Values{"name": "law_enforcement_delay.until"}})
	}
	return appendText(wrong, "law_enforcement_delay.document", d.Document, longestName, true)
}

const (
	longestName = 200
	longestText = 4000
	mostTexts   = 100
)

// textGroups are the groups of merge fields that Texts may fill.
var textGroups = []string{"incident.", "advice.", "contacts.", "regulator."}

// Check refuses facts that cannot be kept, naming each field.
func (f Facts) Check() error {
	var wrong []fault.Field
	wrong = appendText(wrong, "name", f.Name, longestName, true)
	wrong = appendText(wrong, "summary", f.Summary, longestText, false)
	for _, name := range sortedKeys(f.Events) {
		if _, err := ParseEvent(f.Events[name]); err != nil {
			wrong = append(wrong, fault.Field{Name: "events." + name, Code: "event_not_a_date", Values: fault.Values{"name": name}})
		}
	}
	for _, group := range []struct {
		name string
		in   map[string]string
	}{{"offer", f.Offer}, {"contacts", f.Contacts}, {"texts", f.Texts}} {
		wrong = appendMap(wrong, group.name, group.in)
	}
	wrong = appendStrange(wrong, "texts", f.Texts, textGroups)
	wrong = appendDomains(wrong, f.Mailboxes)
	wrong = f.appendSpoken(wrong)
	return fault.Wrongs(f.Delay.appendWrong(wrong))
}

const mostMailboxes = 1000

// appendDomains refuses what no address can stand at.
func appendDomains(wrong []fault.Field, domains []string) []fault.Field {
	if len(domains) > mostMailboxes {
		wrong = append(wrong, fault.Field{Name: "mailbox_domains", Code: "field_out_of_range", Values: fault.Values{"name": "mailbox_domains", "from": 0, "to": mostMailboxes}})
	}
	for _, d := range domains {
		if _, err := mailaddr.ParseDomain(d); err != nil {
			wrong = append(wrong, fault.Field{Name: "mailbox_domains", Code: "mailbox_domain_wrong", Values: fault.Values{"domain": d}})
		}
	}
	return wrong
}

// ParseEvent reads a date, as midnight UTC, or an instant.
func ParseEvent(text string) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	return time.Parse(time.RFC3339, text)
}

// Normalise replaces what was left out by what it stands for, so that two
// documents that say the same are the same.
func (f Facts) Normalise() Facts {
	f.Name, f.Summary = strings.TrimSpace(f.Name), strings.TrimSpace(f.Summary)
	if f.Events == nil {
		f.Events = map[string]string{}
	}
	for _, list := range []*[]string{&f.Conditions, &f.DataTypes, &f.ExcludedRelays} {
		if *list == nil {
			*list = []string{}
		}
	}
	f.Mailboxes = domainsOf(f.Mailboxes)
	f.ExcludedRelays = hostsOf(f.ExcludedRelays)
	return f
}

// hostsOf writes hosts as relays have them: one that is spelled otherwise would exclude
// nothing. An id stays as it is.
func hostsOf(given []string) []string {
	all := make([]string, len(given))
	for i, h := range given {
		all[i] = strings.TrimSuffix(strings.ToLower(strings.Trim(strings.TrimSpace(h), "[]")), ".")
		if known, err := mailaddr.ParseDomain(all[i]); err == nil {
			all[i] = known
		}
	}
	return all
}

// domainsOf writes domains as addresses have them, each once; what is none stays
// to be refused.
func domainsOf(given []string) []string {
	var all []string
	for _, d := range given {
		if known, err := mailaddr.ParseDomain(strings.TrimSpace(d)); err == nil {
			d = known
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// Fields gives the merge fields that the facts fill, in the language that they are
// written in. Absent facts have no field.
func (f Facts) Fields() map[string]string {
	out := map[string]string{}
	put(out, "incident.name", f.Name)
	put(out, "incident.summary", f.Summary)
	put(out, "incident.data_types", strings.Join(f.DataTypes, ", "))
	put(out, "incident.discovered_on", f.Events["discovery"])
	put(out, "incident.date", f.Events["start"])
	maps.Copy(out, f.days(f.Spoken()))
	for name, text := range f.Offer {
		put(out, "offer."+name, text)
	}
	for name, text := range f.Contacts {
		put(out, "contacts."+name, text)
	}
	for name, text := range f.Texts {
		put(out, name, text)
	}
	return out
}

// NameOf is how a refusal names the value of a merge field: by where it stands.
func NameOf(field string) string {
	if group, _, _ := strings.Cut(field, "."); group == "offer" || group == "contacts" {
		return field
	}
	return "texts." + field
}

// With gives the facts with the value of a merge field, or without it where the
// text is empty. It stands in one place from then on.
func (f Facts) With(field, text string) Facts {
	group, name, _ := strings.Cut(field, ".")
	f.Texts = with(f.Texts, field, "")
	switch group {
	case "offer":
		f.Offer = with(f.Offer, name, text)
	case "contacts":
		f.Contacts = with(f.Contacts, name, text)
	default:
		f.Texts = with(f.Texts, field, text)
	}
	return f
}

// with gives a map with a value, or without it where it is empty; the map itself
// stays as it is.
func with(in map[string]string, name, text string) map[string]string {
	out := maps.Clone(in)
	if text == "" {
		delete(out, name)
		return out
	}
	if out == nil {
		out = map[string]string{}
	}
	out[name] = text
	return out
}

func put(out map[string]string, name, text string) {
	if text != "" {
		out[name] = text
	}
}

func appendText(wrong []fault.Field, name, text string, limit int, needed bool) []fault.Field {
	switch {
	case needed && strings.TrimSpace(text) == "":
		return append(wrong, fault.Field{Name: name, Code: "field_missing", Values: fault.Values{"name": name}})
	case len([]rune(text)) > limit:
		return append(wrong, fault.Field{Name: name, Code: "field_too_long", Values: fault.Values{"name": name, "limit": limit}})
	}
	return wrong
}

func appendMap(wrong []fault.Field, name string, in map[string]string) []fault.Field {
	if len(in) > mostTexts {
		return append(wrong, fault.Field{Name: name, Code: "field_out_of_range", Values: fault.Values{"name": name, "from": 0, "to": mostTexts}})
	}
	for _, key := range sortedKeys(in) {
		wrong = appendText(wrong, name+"."+key, in[key], longestText, false)
	}
	return wrong
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
