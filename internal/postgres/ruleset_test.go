package postgres_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/regime"
)

// rulesFile is the file built in with other texts in places.
func rulesFile(t *testing.T, replacements ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "regime", "regimes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if !bytes.Contains(raw, []byte(replacements[i])) {
			t.Fatalf("the rules do not say %q", replacements[i])
		}
	}
	return []byte(strings.NewReplacer(replacements...).Replace(string(raw)))
}

const builtVersion = "version: '2026.11.1'"

// versioned is the file built in under another version.
func versioned(t *testing.T, version string, more ...string) []byte {
	t.Helper()
	return rulesFile(t, append([]string{builtVersion, "version: '" + version + "'"}, more...)...)
}

type ruleRig struct {
	*pgtest.Database
	t       *testing.T
	sets    obligation.RuleSets
	rules   postgres.RuleStore
	eli     access.Actor
	entries func(verb string) int64
}

func newRuleRig(t *testing.T) *ruleRig {
	t.Helper()
	p := newPlanRig(t, 3)
	rules := postgres.RuleStore{DB: p.db.DB}
	return &ruleRig{Database: p.db, t: t, rules: rules, sets: obligation.RuleSets{Store: rules}, eli: p.eli,
		entries: func(verb string) int64 { return p.number("SELECT count(*) FROM ledger_entry WHERE verb = $1", verb) }}
}

func (r *ruleRig) load(document []byte) obligation.Beside {
	r.t.Helper()
	b, _, err := r.sets.Load(r.t.Context(), r.eli, document)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *ruleRig) activate(no id.RuleSet) obligation.InUse {
	r.t.Helper()
	now, err := r.sets.Activate(r.t.Context(), r.eli, no, canon.Hash{})
	if err != nil {
		r.t.Fatal(err)
	}
	return now
}

func (r *ruleRig) current() regime.Set {
	r.t.Helper()
	rules, err := r.rules.Current(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return rules
}

func TestARuleSetIsLoadedComparedAndActivated(t *testing.T) {
	r := newRuleRig(t)
	if got := r.current(); got.SHA256 != regime.Builtin().SHA256 {
		t.Fatalf("without an activation %s is in use", got.Version)
	}
	b := r.load(versioned(t, "2027.1.0"))
	if b.ID == 0 || b.InUse || len(b.Warnings) != 0 || len(b.Changes) != 1 || b.Changes[0] != (regime.Change{Field: "version", Old: "2026.11.1", New: "2027.1.0"}) {
		t.Fatalf("loaded %+v", b.RuleSet)
	}
	if got := r.current(); got.Version != "2026.11.1" {
		t.Errorf("%s is in use before anybody activated it", got.Version)
	}
	now := r.activate(b.ID)
	if now.ID != b.ID || now.Version != "2027.1.0" || now.By != r.eli.User || now.At.IsZero() || now.Activation == 0 {
		t.Errorf("activated %+v", now)
	}
	if got := r.current(); got.Version != "2027.1.0" || got.SHA256 != b.SHA256.String() {
		t.Errorf("%s is in use", got.Version)
	}
	if again := r.activate(b.ID); again.Activation != now.Activation || r.entries("rule_set_activated") != 1 {
		t.Errorf("activated twice: %+v", again)
	}
	r.activate(0)
	if got := r.current(); got.Version != "2026.11.1" {
		t.Errorf("%s is in use, not the rules of the program", got.Version)
	}
	if r.entries("rule_set_loaded") != 1 || r.entries("rule_set_activated") != 2 {
		t.Errorf("%d loads and %d activations on record", r.entries("rule_set_loaded"), r.entries("rule_set_activated"))
	}
}

func TestTheSameBytesAreTheSameRuleSet(t *testing.T) {
	r := newRuleRig(t)
	raw := versioned(t, "2027.1.0")
	var all sync.WaitGroup
	sets, news := make([]id.RuleSet, 8), make([]bool, 8)
	for i := range sets {
		all.Go(func() {
			b, made, err := r.sets.Load(context.Background(), r.eli, raw)
			if err != nil {
				t.Error(err)
			}
			sets[i], news[i] = b.ID, made
		})
	}
	all.Wait()
	made := 0
	for i := range sets {
		if sets[i] != sets[0] {
			t.Errorf("sets %v", sets)
		}
		if news[i] {
			made++
		}
	}
	if made != 1 || r.entries("rule_set_loaded") != 1 {
		t.Errorf("%d were new, %d entries", made, r.entries("rule_set_loaded"))
	}
}

func TestAnotherRuleSetCountsInTheNextCall(t *testing.T) {
	r := newRuleRig(t)
	one, two := r.load(versioned(t, "2027.1.0")), r.load(versioned(t, "2027.2.0"))
	other := postgres.RuleStore{DB: r.DB} // shares what is kept in memory
	for range 3 {
		for _, set := range []obligation.Beside{one, two} {
			r.activate(set.ID)
			for range 2 {
				if got, err := other.Current(t.Context()); err != nil || got.Version != set.Version {
					t.Fatalf("%s is in use, not %s: %v", got.Version, set.Version, err)
				}
			}
		}
	}
}

func TestDoubtsAreToldAndForbidNothing(t *testing.T) {
	r := newRuleRig(t)
	for version, want := range map[string]string{"2026.9.1": "[rules_older]", "2026.11.1": "[rules_same_version]", "2026.12.0": "[]", "2026.11.1.1": "[]"} {
		b := r.load(versioned(t, version, "generated: '2026-11-23'", "generated: '2026-11-24'"))
		if got := strings.ReplaceAll(jsonOf(t, b.Warnings), `"`, ""); got != want && (got != "null" || want != "[]") {
			t.Errorf("%s is told with %s, not %s", version, got, want)
		}
	}
	old := r.load(versioned(t, "2026.9.1"))
	if now := r.activate(old.ID); now.Version != "2026.9.1" {
		t.Errorf("%s is in use", now.Version)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestADefectiveFileLeavesNothing(t *testing.T) {
	r := newRuleRig(t)
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"a reference to nothing": {rulesFile(t, "from: discovery", "from: discovering"), "rules_reference"},
		"no YAML":                {[]byte("a: [b"), "rules_not_yaml"},
		"too large":              {bytes.Repeat([]byte("#"), regime.MaxFile+1), "rules_too_large"},
		"a version to hide in":   {rulesFile(t, builtVersion, `version: "2027\0"`), "rules_version_unfit"},
		"a version like a novel": {versioned(t, strings.Repeat("1.", 60)), "rules_version_unfit"},
	} {
		_, _, err := r.sets.Load(t.Context(), r.eli, c.raw)
		if !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, err := r.sets.List(t.Context(), r.eli, 0, 10)
	if err != nil || len(all) != 0 || r.entries("rule_set_loaded") != 0 {
		t.Errorf("%v is there: %v", all, err)
	}
}

func TestOnlyAdminsChangeRuleSets(t *testing.T) {
	r := newRuleRig(t)
	b := r.load(versioned(t, "2027.1.0"))
	for _, role := range access.Roles {
		by := access.Actor{User: r.eli.User, Role: role, SteppedUp: true}
		_, _, loads := r.sets.Load(t.Context(), by, versioned(t, "2027.2.0"))
		_, activates := r.sets.Activate(t.Context(), by, b.ID, canon.Hash{})
		_, _, reads := r.sets.InUse(t.Context(), by)
		if (loads == nil) != (role == access.Admin) || (activates == nil) != (role == access.Admin) || (reads == nil) != (role != access.Support) {
			t.Errorf("%s: loads %v, activates %v, reads %v", role, loads, activates, reads)
		}
	}
}

func TestAnActivationInBetweenIsNotWrittenOver(t *testing.T) {
	r := newRuleRig(t)
	one, two := r.load(versioned(t, "2027.1.0")), r.load(versioned(t, "2027.2.0"))
	seen := obligation.Built().SHA256
	r.activate(one.ID)
	if _, err := r.sets.Activate(t.Context(), r.eli, two.ID, seen); !fault.Is(err, "changed_meanwhile") {
		t.Errorf("activated over what was not seen: %v", err)
	}
	if got := r.current(); got.Version != one.Version {
		t.Errorf("%s is in use", got.Version)
	}
	if _, err := r.sets.Activate(t.Context(), r.eli, two.ID, one.SHA256); err != nil {
		t.Error(err)
	}
	if _, err := r.sets.Activate(t.Context(), r.eli, 99, canon.Hash{}); !fault.Is(err, "no_such_rule_set") {
		t.Errorf("a set that is not there: %v", err)
	}
}

// TestRulesThatCannotBeReadAreNoOtherRules puts a file in use that this program
// does not know, as an older or a newer one may have left.
func TestRulesThatCannotBeReadAreNoOtherRules(t *testing.T) {
	r := newRuleRig(t)
	app := r.As(t, postgres.AppRole)
	raw := rulesFile(t, "schema_version: 1", "schema_version: 7")
	var no int64
	err := app.QueryRow(t.Context(), "INSERT INTO rule_set (document, version, sha256, loaded_by, loaded_at) VALUES ($1, '2030.1', sha256($1), $2, now()) RETURNING rule_set_no", raw, int64(r.eli.User)).Scan(&no)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.sets.Activate(t.Context(), r.eli, id.RuleSet(no), canon.Hash{}); !fault.Is(err, "rules_unreadable") {
		t.Errorf("activated: %v", err)
	}
	if _, err := app.Exec(t.Context(), "INSERT INTO rule_set_activation (rule_set_no, activated_by, activated_at) VALUES ($1, $2, now())", no, int64(r.eli.User)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if rules, err := r.rules.Current(t.Context()); !fault.Is(err, "rules_unreadable") {
			t.Errorf("%s stands in: %v", rules.Version, err)
		}
	}
	if now, _, err := r.sets.InUse(t.Context(), r.eli); !fault.Is(err, "rules_unreadable") || now.Version != "2030.1" {
		t.Errorf("what is in use is told as %q: %v", now.Version, err)
	}
	way, err := r.sets.Get(t.Context(), r.eli, 0)
	if err != nil || len(way.Warnings) != 1 || way.Warnings[0] != obligation.Uncompared {
		t.Errorf("the way back: %v %v", way.Warnings, err)
	}
	r.activate(0)
	if got := r.current(); got.Version != "2026.11.1" {
		t.Errorf("%s is in use", got.Version)
	}
	if _, err := app.Exec(t.Context(), "INSERT INTO rule_set (document, version, sha256, loaded_by, loaded_at) VALUES ('x', '1', sha256('y'), $1, now())", int64(r.eli.User)); !isConstraint(err, "rule_set_hash") {
		t.Errorf("kept under another hash: %v", err)
	}
}

// TestALintReadsTheRulesInUse holds that a text is held against the same rules as
// the clock.
func TestALintReadsTheRulesInUse(t *testing.T) {
	r := newRuleRig(t)
	for _, version := range []string{"2026.11.1", "2027.1.0"} {
		r.activate(r.load(versioned(t, version)).ID)
		a, err := postgres.NoticeStore{DB: r.DB}.Audience(t.Context(), 1, 0)
		if err != nil || a.Rules.Version != version {
			t.Errorf("a text is held against %s: %v", a.Rules.Version, err)
		}
	}
}

// TestAPlanNamesItsRules also holds that others which come into use later void
// no approval.
func TestAPlanNamesItsRules(t *testing.T) {
	r := newPlanRig(t, 10)
	sets := obligation.RuleSets{Store: postgres.RuleStore{DB: r.db.DB}}
	planned := func(c campaign.Campaign) campaign.PlannedRules {
		t.Helper()
		document, err := r.store.Document(t.Context(), c.PlanHash)
		if err != nil {
			t.Fatal(err)
		}
		p, err := campaign.ReadPlan(document)
		if err != nil {
			t.Fatal(err)
		}
		return p.Rules
	}
	c := r.approved()
	if built := regime.Builtin(); planned(c) != (campaign.PlannedRules{Version: built.Version, SHA256: built.SHA256}) {
		t.Errorf("the plan names %+v", planned(c))
	}
	for i := range 2 {
		b, _, err := sets.Load(t.Context(), r.eli, versioned(t, "2027."+strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sets.Activate(t.Context(), r.eli, b.ID, canon.Hash{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.launch(c, r.cem); err != nil {
		t.Fatalf("other rules void an approval: %v", err)
	}
	other := newPlanRig(t, 10)
	b, _, err := obligation.RuleSets{Store: postgres.RuleStore{DB: other.db.DB}}.Load(t.Context(), other.eli, versioned(t, "2027.1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (obligation.RuleSets{Store: postgres.RuleStore{DB: other.db.DB}}).Activate(t.Context(), other.eli, b.ID, canon.Hash{}); err != nil {
		t.Fatal(err)
	}
	r = other
	if got := planned(other.approved()); got != (campaign.PlannedRules{Version: "2027.1", SHA256: b.SHA256.String()}) {
		t.Errorf("a plan made under loaded rules names %+v", got)
	}
}
