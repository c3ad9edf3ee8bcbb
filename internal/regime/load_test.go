package regime

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/fault"
)

// few are the rules built in with six regimes, which load fast.
var few = cut("eu-gdpr", "us-al", "us-ak", "us-ar", "us-ca", "us-ma")

func cut(keep ...string) string {
	head, rest, _ := strings.Cut(string(builtin), "\nregimes:\n")
	head = regexp.MustCompile(`required_by: \[[^]]*\]`).ReplaceAllString(head, "required_by: [us-ca]")
	head = strings.ReplaceAll(head, "[us-ma, us-il]", "[us-ma]") + "\nregimes:"
	for _, r := range strings.Split("\n"+rest, "\n- id: ")[1:] {
		if id, _, _ := strings.Cut(r, "\n"); slices.Contains(keep, id) {
			head += "\n- id: " + r
		}
	}
	return head + "\n"
}

// withChange gives those few with the first occurrence of a text after
// another one replaced.
func withChange(t testing.TB, after, old, with string) []byte {
	t.Helper()
	head, rest, found := strings.Cut(few, after)
	if !found || !strings.Contains(rest, old) {
		t.Fatalf("the rules have no %q after %q", old, after)
	}
	return []byte(head + after + strings.Replace(rest, old, with, 1))
}

func TestTheRulesBuiltInLoad(t *testing.T) {
	s := Builtin()
	if len(s.rules) != 80 || s.Version == "" || s.Disclaimer == "" || s.Schema != 1 || s.Generated == "" || len(s.NotCovered()) == 0 {
		t.Errorf("%d rules, version %q", len(s.rules), s.Version)
	}
	if s.SHA256 != hashOf(builtin) || len(s.SHA256) != 64 {
		t.Errorf("the hash is %q", s.SHA256)
	}
	if len(s.Events()) != 9 || len(s.Conditions()) != 22 || len(s.Profiles()) != 12 || len(s.Items()) != 57 || len(s.Contacts()) != 11 {
		t.Error("something of the catalogues is lost")
	}
	for _, p := range s.Profiles() {
		if p.ID == "" || p.Description == "" {
			t.Errorf("a profile without a name: %+v", p)
		}
	}
	s.rules = []rule{{Origin: Origin{Name: "A"}, profiles: []string{"y", "x"}}, {Origin: Origin{Name: "B"}, profiles: []string{"x"}}}
	if p := s.Profiles(); len(p) != 2 || p[0] != (Term{"x", "A; B"}) || p[1] != (Term{"y", "A"}) {
		t.Errorf("got %v", p)
	}
	for _, o := range Builtin().Regimes() {
		if o.Regime == "" || o.Name == "" || o.Citation == "" || o.AsOf == "" || len(o.Sources) == 0 || o.Sources[0].Title == "" {
			t.Errorf("%s does not say where it comes from", o.Regime)
		}
	}
}

func TestWhatASetGivesIsTheCallers(t *testing.T) {
	x := Situation{On: today, People: map[string]int{"US-CA": 501, "US-MA": 1}, Unreachable: map[string]int{"US-CA": 1}}
	x.Profiles = []string{"telecom_provider_eu"}
	before := said(t, reckon(t, x), Builtin().Content("US-CA", x), Builtin().Regimes(), Builtin().Items())
	r, c := reckon(t, x), Builtin().Content("US-CA", x)
	Builtin().Items()[0].MergeFields[0] = "x"
	Builtin().Contacts()[0].Domains[0] = "x"
	Builtin().Events()[0].ID, Builtin().Conditions()[0].ID, Builtin().NotCovered()[0] = "x", "x", "x"
	Builtin().Regimes()[0].Sources[0].Title = "x"
	r.Duties[0].Origin.Sources[0].Title, r.Substitute[0].Methods[0], r.Conflicts[0].RequiredBy[0], r.NotCovered[0] = "x", "x", "x", "x"
	c.Layouts[0].Headings[0], c.Items[0].Item.MergeFields[0], c.Email[1].Restrictions[0], c.Contacts[0].Domains[0] = "x", "x", "x", "x"
	if d := cmp.Diff(before, said(t, reckon(t, x), Builtin().Content("US-CA", x), Builtin().Regimes(), Builtin().Items())); d != "" {
		t.Error(d)
	}
}

func said(t *testing.T, all ...any) string {
	t.Helper()
	raw, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

const ca = "- id: us-ca\n"

func TestTheFewLoad(t *testing.T) {
	if _, err := Load([]byte(few)); err != nil {
		t.Fatal(wrongs(t, err))
	}
}

func TestDefectsOfAFileAreNamedWithTheirPlace(t *testing.T) {
	cases := map[string]struct {
		after, old, with string
		path, code       string
	}{
		"an unknown key at the top":      {"", "version:", "colour: red\nversion:", "colour", "rules_key_unknown"},
		"an unknown key of a rule":       {ca, "  kind:", "  colour: red\n  kind:", "regimes[us-ca].colour", "rules_key_unknown"},
		"an unknown key of a deadline":   {ca, "authority: rule,", "authority: rule, colour: red,", "regimes[us-ca].individual_notice.deadline.colour", "rules_key_unknown"},
		"a key twice at the top":         {"", "version:", "version: 'x'\nversion:", "version", "rules_key_twice"},
		"a key twice in a rule":          {ca, "  kind: general", "  kind: general\n  kind: sector", "regimes[us-ca].kind", "rules_key_twice"},
		"a missing key of the file":      {"", "disclaimer:", "#disclaimer:", "disclaimer", "rules_key_missing"},
		"a missing key of a rule":        {ca, "  citation:", "  #citation:", "regimes[us-ca].citation", "rules_key_missing"},
		"a missing key of a threshold":   {ca, "{op: gt, count: 500, basis: residents}", "{op: gt, count: 500}", "regimes[us-ca].regulator_notice[0].threshold.basis", "rules_key_missing"},
		"a missing key that may be null": {ca, "    currency: USD\n", "", "regimes[us-ca].substitute_notice.currency", "rules_key_missing"},
		"a text for a truth":             {ca, "required: true", "required: maybe", "regimes[us-ca].individual_notice.required", "rules_wrong_type"},
		"null for a truth":               {ca, "required: true", "required: null", "regimes[us-ca].individual_notice.required", "rules_wrong_type"},
		"a number for a text":            {ca, "kind: general", "kind: 7", "regimes[us-ca].kind", "rules_wrong_type"},
		"a text for a number":            {ca, "value: 30", "value: thirty", "regimes[us-ca].individual_notice.deadline.value", "rules_wrong_type"},
		"nought for a number":            {ca, "value: 30", "value: 0", "regimes[us-ca].individual_notice.deadline.value", "rules_wrong_type"},
		"a number beyond all people":     {ca, "count: 500", "count: 99999999999", "regimes[us-ca].regulator_notice[0].threshold.count", "rules_wrong_type"},
		"a text for a list":              {ca, "aliases: []", "aliases: none", "regimes[us-ca].aliases", "rules_wrong_type"},
		"a number in a list":             {ca, "profiles: []", "profiles: [7]", "regimes[us-ca].applies_when.profiles[0]", "rules_wrong_type"},
		"a list for a mapping":           {ca, "applies_when: {residency: [US-CA], profiles: []}", "applies_when: []", "regimes[us-ca].applies_when", "rules_wrong_type"},
		"a text for a rule":              {"", ca, "- nothing\n" + ca, "regimes[4]", "rules_wrong_type"},
		"an empty name":                  {ca, "  name: ", "  name: ' '\n  note: ", "regimes[us-ca].name", "rules_wrong_type"},
		"no date":                        {ca, "as_of: '2026-01-23'", "as_of: 'January'", "regimes[us-ca].as_of", "rules_wrong_type"},
		"no such day":                    {ca, "as_of: '2026-01-23'", "as_of: '2026-02-30'", "regimes[us-ca].as_of", "rules_wrong_type"},
		"no such jurisdiction":           {ca, "jurisdiction: US-CA", "jurisdiction: California", "regimes[us-ca].jurisdiction", "rules_wrong_type"},
		"no such place":                  {ca, "residency: [US-CA]", "residency: [California]", "regimes[us-ca].applies_when.residency", "rules_wrong_type"},
		"an id with a dot":               {ca, "to_id: ag-us-ca", "to_id: ag.us-ca", "regimes[us-ca].regulator_notice[0].to_id", "rules_wrong_type"},
		"another kind":                   {ca, "kind: general", "kind: special", "regimes[us-ca].kind", "rules_not_allowed"},
		"another status":                 {ca, "status: in_force", "status: pending", "regimes[us-ca].status", "rules_not_allowed"},
		"another confidence":             {ca, "confidence: high", "confidence: sure", "regimes[us-ca].confidence", "rules_not_allowed"},
		"another unit":                   {ca, "unit: calendar_days", "unit: weeks", "regimes[us-ca].individual_notice.deadline.unit", "rules_not_allowed"},
		"another authority":              {ca, "authority: rule", "authority: custom", "regimes[us-ca].individual_notice.deadline.authority", "rules_not_allowed"},
		"another comparison":             {ca, "op: gt", "op: ge", "regimes[us-ca].regulator_notice[0].threshold.op", "rules_not_allowed"},
		"another basis":                  {ca, "basis: residents", "basis: people", "regimes[us-ca].regulator_notice[0].threshold.basis", "rules_not_allowed"},
		"another channel":                {ca, "primary: esign", "primary: pigeon", "regimes[us-ca].email.primary", "rules_not_allowed"},
		"another restriction":            {ca, "[not_to_compromised_email_account]", "[not_on_sundays]", "regimes[us-ca].email.restrictions", "rules_wrong_type"},
		"another check":                  {"content_items:", "check: auto", "check: magic", "content_items[entity_identity].check", "rules_not_allowed"},
		"another rule of methods":        {ca, "rule: all", "rule: some", "regimes[us-ca].substitute_notice.rule", "rules_not_allowed"},
		"a fixed limit without a value":  {ca, "value: 30,", "value: null,", "regimes[us-ca].individual_notice.deadline.kind", "rules_wrong_type"},
		"a limit that is made up":        {"- id: us-ak\n", "value: null,", "value: 30,", "regimes[us-ak].individual_notice.deadline.kind", "rules_wrong_type"},
		"a limit beyond the calendar":    {ca, "value: 30,", "value: 10001,", "regimes[us-ca].individual_notice.deadline.kind", "rules_wrong_type"},
		"monitoring without months":      {ca, "months: 12", "months: null", "regimes[us-ca].credit_monitoring.months", "rules_wrong_type"},
		"a cost without currency":        {ca, "currency: USD", "currency: null", "regimes[us-ca].substitute_notice.currency", "rules_wrong_type"},
		"agencies told but not to be":    {"- id: us-al\n", "cra_notice:\n    required: true", "cra_notice:\n    required: false", "regimes[us-al].cra_notice.required", "rules_wrong_type"},
		"another schema":                 {"", "schema_version: 1", "schema_version: 2", "schema_version", "rules_schema_unknown"},

		"an unknown event":                {ca, "from: discovery", "from: full_moon", "regimes[us-ca].individual_notice.deadline.from", "rules_reference"},
		"one of a further limit":          {"- id: us-ar\n", "kind: not_later_than_individual_notice, value: null, unit: null, from: individual_notice_sent", "kind: fixed, value: 1, unit: hours, from: full_moon", "regimes[us-ar].regulator_notice[0].also[0].from", "rules_reference"},
		"one of a milestone":              {"- id: eu-gdpr\n", "- id: internal_record\n    deadline: {kind: no_fixed_limit, value: null, unit: null, from: null", "- id: internal_record\n    deadline: {kind: fixed, value: 1, unit: hours, from: full_moon", "regimes[eu-gdpr].milestones[internal_record].deadline.from", "rules_reference"},
		"a milestone twice":               {"- id: eu-gdpr\n", "- id: internal_record", "- id: processor_to_controller", "regimes[eu-gdpr].milestones[processor_to_controller].id", "rules_id_twice"},
		"one of the agencies":             {"- id: us-al\n", "cra_notice:\n    required: true\n    threshold: {op: gt, count: 1000, basis: residents}\n    deadline: {kind: no_fixed_limit, value: null, unit: null, from: null", "cra_notice:\n    required: true\n    threshold: {op: gt, count: 1000, basis: residents}\n    deadline: {kind: fixed, value: 1, unit: hours, from: full_moon", "regimes[us-al].cra_notice.deadline.from", "rules_reference"},
		"one of any":                      {ca, "any: [ssn, drivers_license_or_state_id]", "any: [rain]", "regimes[us-ca].content.required_if[3].any", "rules_reference"},
		"one of monitoring's any":         {ca, "when_any: [ssn, drivers_license_or_state_id]", "when_any: [rain]", "regimes[us-ca].credit_monitoring.when_any", "rules_reference"},
		"an item that is always needed":   {ca, "    required: [", "    required: [weather, ", "regimes[us-ca].content.required", "rules_reference"},
		"a conflict that nobody asks for": {"conflicts:", "required_by: [us-ca]", "required_by: [us-zz]", "conflicts[0].required_by", "rules_reference"},
		"an unknown condition":            {ca, "when: []", "when: [rain]", "regimes[us-ca].regulator_notice[0].when", "rules_reference"},
		"one of required_if":              {ca, "all: [ssn]", "all: [rain]", "regimes[us-ca].content.required_if[1].all", "rules_reference"},
		"one of monitoring":               {ca, "when_all: [entity_is_source]", "when_all: [rain]", "regimes[us-ca].credit_monitoring.when_all", "rules_reference"},
		"an unknown item":                 {ca, "ids: [cra_contact]", "ids: [weather]", "regimes[us-ca].content.required_if[1].ids", "rules_reference"},
		"an unknown banned item":          {"- id: us-ma\n", "nature_of_breach", "weather", "regimes[us-ma].content.prohibited", "rules_reference"},
		"an unknown source":               {"", "- id: ca-sb446", "- id: ca-sb447", "regimes[us-ca].sources", "rules_reference"},
		"an unknown doubt":                {ca, "low_confidence_fields: []", "low_confidence_fields: [email.colour]", "regimes[us-ca].low_confidence_fields", "rules_reference"},
		"a conflict of nobody":            {"conflicts:", "prohibited_by: [us-ma]", "prohibited_by: [us-zz]", "conflicts[0].prohibited_by", "rules_reference"},
		"a conflict about none":           {"conflicts:", "item: incident_description", "item: weather", "conflicts[0].item", "rules_reference"},
		"a rule twice":                    {"", "- id: us-ak\n", "- id: us-al\n", "regimes[us-al].id", "rules_id_twice"},
		"an event twice":                  {"", "- id: awareness", "- id: discovery", "events[discovery].id", "rules_id_twice"},
		"a rule for nobody":               {ca, "residency: [US-CA]", "residency: []", "regimes[us-ca].applies_when", "rules_wrong_type"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Load(withChange(t, c.after, c.old, c.with))
			got := wrongs(t, err)
			if got[c.path] != c.code {
				t.Errorf("got %v, want %s at %s", got, c.code, c.path)
			}
		})
	}
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
	cases := map[string]struct {
		raw  string
		code string
	}{
		"nothing":           {"", "rules_one_document"},
		"a comment":         {"# rules", "rules_one_document"},
		"no YAML":           {"a: [", "rules_not_yaml"},
		"a control byte":    {"a: \x00", "rules_not_yaml"},
		"a list":            {"- a", "rules_wrong_type"},
		"a word":            {"rules", "rules_wrong_type"},
		"two documents":     {few + "\n---\na: 1\n", "rules_one_document"},
		"an alias bomb":     {bomb, "rules_aliased"},
		"a lone anchor":     {"version: &v '1'", "rules_aliased"},
		"a merge key":       {"a: 1\n<<: {b: 2}", "rules_key_unknown"},
		"a deep nest":       {"a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "rules_not_yaml"},
		"one byte too many": {strings.Repeat("#", MaxFile+1), "rules_too_large"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]byte(c.raw))
			got := wrongs(t, err)
			f, _ := fault.As(err)
			if f.Code != c.code && !cmp.Equal(got["<<"], c.code) {
				t.Errorf("got %s %v, want %s", f.Code, got, c.code)
			}
		})
	}
}

func TestARefusalNamesALineAndNoMoreThanFiftyDefects(t *testing.T) {
	raw := withChange(t, ca, "kind: general", "kind: special")
	line := 1 + bytes.Count(raw[:bytes.Index(raw, []byte("kind: special"))], []byte("\n"))
	_, err := Load(raw)
	f, _ := fault.As(err)
	if len(f.Fields) != 1 || f.Fields[0].Values["line"] != strconv.Itoa(line) {
		t.Errorf("got %+v, want line %d", f.Fields, line)
	}
	_, err = Load([]byte(strings.ReplaceAll(string(builtin), "required: ", "required: x")))
	if f, _ = fault.As(err); len(f.Fields) != mostWrongs {
		t.Errorf("%d defects are named", len(f.Fields))
	}
	_, err = Load(withChange(t, ca, "kind: general", "kind: "+strings.Repeat("x", 5000)))
	if f, _ = fault.As(err); len(f.Fields[0].Values["value"].(string)) > 100 {
		t.Error("the whole value is repeated")
	}
}
