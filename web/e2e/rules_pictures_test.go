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
		r := open(t, v)
		r.signInAs("Ada")
		r.visit("/rules/builtin")
		r.picture(filepath.Join(dir, "rules-read-"+name+".png"))
		r.visit("/campaigns/cmp_2/preflight")
		r.picture(filepath.Join(dir, "rules-plan-"+name+".png"))
	}
}
