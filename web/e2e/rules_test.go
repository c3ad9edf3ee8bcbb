package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const builtVersion = "version: '2026.11.1'"

// rulesFile is the file built in with other texts in places.
func rulesFile(t *testing.T, replacements ...string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "regime", "regimes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(string(raw), replacements[i]) {
			t.Fatalf("the rules do not say %q", replacements[i])
		}
	}
	return strings.NewReplacer(replacements...).Replace(string(raw))
}

// changedRules is a file that differs in more than fits on a page.
func changedRules(t *testing.T) string {
	t.Helper()
	return rulesFile(t, builtVersion, "version: '9999.1'", "confidence: medium", "confidence: high", "confidence: high", "confidence: medium", "Social Security number involved", "Social Security number of somebody")
}

// TestARuleFileGoesFromTheFormToTheClock loads a file, reads what it changes,
// activates it, and goes back to the rules of the program.
func TestARuleFileGoesFromTheFormToTheClock(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Eli")
	w.visit("/organisation")
	w.click("Rules")
	w.says("In use: 2026.11.1", "This installation began; the program brings them", "Load a newer file")
	w.whole(true)
	w.click("Check and compare")
	w.says("Fix this", "No file was chosen")
	w.attach("file", "bad.yaml", rulesFile(t, "schema_version: 1", "schema_version: one", "generated: '2026-11-23'", "generated: soon"))
	w.click("Check and compare")
	w.says("Fix this", "‘schema_version’ must be", "‘generated’ must be")
	w.whole(true)
	w.attach("file", "broken.yaml", "a: [b")
	w.click("Check and compare")
	w.says("Fix this", "cannot be read as YAML")
	w.attach("file", "rules.yaml", changedRules(t))
	w.click("Check and compare")
	w.says("Rule set 9999.1", "Held against 2026.11.1", "conditions[ssn].description", "Social Security number involved", "Social Security number of somebody", "Clocks and checks change for every open incident")
	w.whole(true)
	set := w.where()
	w.click("Next page")
	w.says("confidence")
	w.visit(set)

	clock := open(t, desk)
	clock.signInAs("Ada")
	clock.visit("/incidents/inc_1/clock")
	clock.says("Rule set 2026.11.1")
	w.click("Activate 9999.1")
	w.says("In use: 9999.1", "by Eli")
	w.whole(true)
	clock.visit("/incidents/inc_1/clock")
	clock.says("Rule set 9999.1")
	clock.click("See the rules")
	clock.says("In use: 9999.1")
	if strings.Contains(clock.text(), "Load a newer file") {
		t.Error("legal is asked to load rules")
	}
	clock.visit("/campaigns/cmp_1")
	clock.says("Checked under", "Rule set 2026.11.1", "9999.1 has come into use since")

	w.visit("/rules")
	w.attach("file", "old.yaml", rulesFile(t, builtVersion, "version: '2026.9.30'"))
	w.click("Check and compare")
	w.click("Activate 2026.9.30")
	w.says("In use: 2026.9.30", "The program brings newer rules, 2026.11.1", "1 needs you")
	w.whole(true)
	w.visit("/")
	w.says("2026.9.30 was put into use here and stays")
	w.whole(true)
	w.click("Compare 2026.11.1 with 2026.9.30")
	w.says("Held against 2026.9.30")
	w.visit(set)
	w.click("Activate 9999.1")

	w.visit("/rules/builtin")
	w.says("It is an older version than the one in use")
	w.click("Activate 2026.11.1")
	w.says("In use: 2026.11.1")
}
