package notice

import (
	"regexp"
	"slices"
	"strings"

	"forthwith/internal/spelling"
)

// Field names one value of a text.
type Field struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	List  bool   `json:"list,omitempty"` // join several values
}

// String gives the form between the braces.
func (f Field) String() string {
	if f.List {
		return "list " + f.Key()
	}
	return f.Key()
}

// Key names the value, as in Values.
func (f Field) Key() string { return f.Group + "." + f.Name }

// Personal tells whether the value may differ between two people of one place.
func (f Field) Personal() bool {
	return f.Group == "recipient" || f.Group == "merge" || f.Group == "code" || f == Field{Group: "notice", Name: "code"}
}

// groups lists the fields of each group. A group without fields takes any
// name: the columns of lists and the pools of codes are known later.
var groups = map[string][]string{
	"org":      {"name", "parent"},
	"contact":  {"email", "in_app", "phone", "postal", "tollfree", "url"},
	"contacts": {"cra", "ftc", "state_ag", "state_agencies"},
	"dpo":      {"email", "name", "phone"},
	"incident": {"affected_in_jurisdiction", "affected_total", "cause", "consequences", "data_types", "date", "date_range",
		"delay_reasons", "discovered_on", "how_discovered", "law_enforcement_delay", "measures", "secondary_damage",
		"security_measures", "summary", "third_party"},
	"offer": {"description", "enrol_by", "enrol_code", "enrol_phone", "enrol_url", "months", "provider"},
	"advice": {"credit_report", "fcra", "fraud_alert", "fraud_alert_statement", "identity_theft_statement", "password",
		"phishing_warning", "police_report", "remedies", "report_identity_theft", "security_freeze", "steps", "vigilance"},
	"notice":    {"code", "date"},
	"recipient": {"data_types", "name"},
	"regulator": {"complaint", "notified"},
	"merge":     nil,
	"code":      nil,
}

// reckonedFields are known from dates and kinds of data that stand elsewhere.
var reckonedFields = []string{"incident.data_types", "incident.discovered_on", "incident.summary"}

// FactFields are the fields whose values are facts of an incident, by key, sorted.
func FactFields() []string {
	var all []string
	for _, group := range []string{"advice", "contacts", "incident", "offer", "regulator"} {
		for _, name := range groups[group] {
			if key := group + "." + name; !slices.Contains(reckonedFields, key) {
				all = append(all, key)
			}
		}
	}
	return all
}

// fieldForm is what may stand between braces.
var fieldForm = regexp.MustCompile(`^[ \t]*(list[ \t]+)?([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]{0,62})[ \t]*$`)

// parseField reads what stands between the braces. The code says what is wrong
// with it; like is a field that was probably meant.
func parseField(inner string) (f Field, code, like string) {
	m := fieldForm.FindStringSubmatch(inner)
	if m == nil {
		return Field{}, "field_form", ""
	}
	f = Field{Group: m[2], Name: m[3], List: m[1] != ""}
	names, known := groups[f.Group]
	switch {
	case !known:
		return f, "field_unknown", spelling.Nearest(f.Key(), allFields())
	case names != nil && !slices.Contains(names, f.Name):
		return f, "field_unknown", spelling.Nearest(f.Key(), allFields())
	}
	return f, "", ""
}

// allFields gives every field whose name is fixed, and the open groups with
// the name that was written.
func allFields() []string {
	var all []string
	for g, names := range groups {
		for _, n := range names {
			all = append(all, g+"."+n)
		}
	}
	slices.Sort(all)
	return all
}

// Suggest gives the name that was probably meant among those that exist, or
// nothing: for a column that no list has.
func Suggest(name string, among []string) string {
	sorted := slices.Sorted(slices.Values(among))
	return spelling.Nearest(strings.ToLower(name), sorted)
}
