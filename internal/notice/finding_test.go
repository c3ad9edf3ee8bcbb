package notice

import "testing"

// Only what holds whoever reads it keeps a version from its review.
func TestWhatHoldsEverywhereHangsOnNoLawPlaceOrPeople(t *testing.T) {
	for name, c := range map[string]struct {
		finding Finding
		want    bool
	}{
		"a link to a login":      {Finding{Rule: "login_link"}, true},
		"what a law asks for":    {Finding{Rule: "required", Law: "us-ca"}, false},
		"what a place asks for":  {Finding{Rule: "language", Jurisdiction: "CA-QC"}, false},
		"people without a text":  {Finding{Rule: noText}, false},
		"a law without a place":  {Finding{Rule: "required", Law: "us-hipaa"}, false},
		"a law of its own place": {Finding{Rule: "required", Law: "us-ca", Jurisdiction: "US-CA"}, false},
	} {
		if got := c.finding.Everywhere(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
