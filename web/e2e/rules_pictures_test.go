//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfTheRules takes the rule sets, a difference, and what is refused.
func TestPicturesOfTheRules(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Eli")
		w.visit("/rules")
		w.attach("file", "bad.yaml", rulesFile(t, "schema_version: 1", "schema_version: one", "generated: '2026-11-23'", "generated: soon"))
		w.click("Check and compare")
		w.picture(filepath.Join(dir, "rules-refused-"+name+".png"))
		w.attach("file", "rules.yaml", changedRules(t))
		w.click("Check and compare")
		w.picture(filepath.Join(dir, "rules-difference-"+name+".png"))
		w.visit("/rules")
		w.picture(filepath.Join(dir, "rules-"+name+".png"))
		w.attach("file", "old.yaml", rulesFile(t, builtVersion, "version: '2026.9.30'", "confidence: medium", "confidence: low"))
		w.click("Check and compare")
		w.click("Activate 2026.9.30")
		w.picture(filepath.Join(dir, "rules-newer-"+name+".png"))
		w.visit("/")
		w.picture(filepath.Join(dir, "rules-needs-"+name+".png"))
		w.visit("/rules/builtin")
		w.click("Activate 2026.11.1")
		r := open(t, v)
		r.signInAs("Ada")
		r.visit("/rules/builtin")
		r.picture(filepath.Join(dir, "rules-read-"+name+".png"))
		r.visit("/campaigns/cmp_2/preflight")
		r.picture(filepath.Join(dir, "rules-plan-"+name+".png"))
	}
}
