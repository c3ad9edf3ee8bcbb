package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Whoever runs a send slows it down on a page, as a whole or to a domain, and
// cannot make it faster there.
func TestASendIsSlowedDownOnAPage(t *testing.T) {
	s := newScene(t)
	running := s.runningCampaign()
	page, cem := running+"/pace", s.people["Cem"]
	cem.does(page, page, map[string]string{"max_rate_per_second": "0.005", "max_per_domain": "example.com 2\ndefault 20"})
	if body := cem.get(running).body; !strings.Contains(body, "0.005") {
		t.Error("the campaign's page does not tell the lower rate")
	}
	shown, ok := formTo(formsOf(cem.get(page).body), page)
	if v := shown.values(); !ok || v.Get("max_rate_per_second") != "0.005" || !strings.Contains(v.Get("max_per_domain"), "example.com 2") {
		t.Errorf("the page shows %v", v)
	}
	for typed, want := range map[[2]string]string{
		{"0.005", ""}:              "Enter a lower number, or a domain.",
		{"3", ""}:                  "only be lowered",
		{"fast", ""}:               "number",
		{"", "example.com 5"}:      "only be lowered",
		{"", "example.com quick"}:  "on each line",
		{"", "example.com 1 2"}:    "on each line",
		{"0.005", "example.com 2"}: "Enter a lower number, or a domain.",
	} {
		v := shown.values()
		v.Set("max_rate_per_second", typed[0])
		v.Set("max_per_domain", typed[1])
		if got := cem.post(shown, v); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, want) {
			t.Errorf("%q is answered with %d, want it to say %q", typed, got.status, want)
		}
	}
	if got := s.people["Ada"].get(page); got.status != http.StatusOK || strings.Contains(got.body, "<form class") {
		t.Error("legal is offered to slow it down")
	}
}
