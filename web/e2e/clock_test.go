package e2e

import (
	"strings"
	"testing"
)

// TestTheClockRunsFromAFactToATick opens an incident, gives a date, and ticks
// what was done.
func TestTheClockRunsFromAFactToATick(t *testing.T) {
	const sampled = "/incidents/inc_1" // its people are in many places
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit("/incidents/new")
	w.fill("name", "Lost laptop")
	w.whole(true)
	w.click("Start incident")
	incident := w.where()
	w.visit(incident + "/clock")
	w.says("No list was imported yet")
	w.whole(true)

	w.visit(sampled + "/clock")
	w.says("First due", "With a moment", "What this clock knows", "checked ", "no legal advice")
	w.visit(sampled + "/clock/eu-gdpr.regulator.dpa")
	w.says("Tell Competent or lead supervisory authority", "GDPR Art. 33(1), (4)", "counted from ‘Became aware’")
	w.click("Tick duty")
	w.says("Fix this")
	w.fill("at", "2999-01-01")
	w.fill("reference", "B-22/117")
	w.click("Tick duty")
	w.says("This moment has not come yet")
	w.fill("at", "2026-08-10")
	w.click("Tick duty")
	w.says("Ticked")
	w.visit(sampled + "/clock/eu-gdpr.regulator.dpa")
	w.says("Done 2026-08-10:", "B-22/117", "Ticked by Cem", "Correct it")
	w.whole(true)
	r := open(t, desk)
	r.signInAs("Dee")
	r.visit(sampled + "/clock/eu-gdpr.regulator.dpa")
	r.says("B-22/117")
	if strings.Contains(r.text(), "Tick duty") {
		t.Error("an auditor is asked to tick a duty")
	}
}
