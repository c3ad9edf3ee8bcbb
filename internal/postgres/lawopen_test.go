package postgres_test

import (
	"fmt"
	"testing"

	"forthwith/internal/notice"
)

// The checks of a plan say what the law asks of its text, for exactly those who
// get it, and keep nobody from it.
func TestThePlanSaysWhatTheLawAsksOfItsText(t *testing.T) {
	r := newPlanRig(t, 6) // five Californians, and one without an address
	open := func() (int64, string) {
		t.Helper()
		settings := r.settings()
		settings.Name = fmt.Sprintf("Campaign of version %d", r.version)
		c := r.checkedAs(settings)
		for _, f := range c.Preflight.Warnings {
			if f.Code == "law_open" {
				n, _ := f.Values["open"].(float64)
				return int64(n), f.Values["places"].(string)
			}
		}
		return 0, ""
	}
	all, places := open()
	if all == 0 || places != "US-CA" {
		t.Fatalf("%d open in %q", all, places)
	}
	r.variants(notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "{{org.name}}: a notice",
		Body: "# Notice of Data Breach\n\n## What Happened\n\n{{incident.measures}} Write to {{contact.email}}. Code {{notice.code}}."})
	if fewer, _ := open(); fewer >= all || fewer == 0 {
		t.Errorf("with title and a heading %d are open, %d without", fewer, all)
	}
}
