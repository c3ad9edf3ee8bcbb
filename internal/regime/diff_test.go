package regime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func loaded(t *testing.T, raw string) Set {
	t.Helper()
	s, err := Load([]byte(raw))
	if err != nil {
		t.Fatal(wrongs(t, err))
	}
	return s
}

func TestADiffNamesWhatChanged(t *testing.T) {
	old := loaded(t, few)
	for _, c := range []struct {
		name, after, old, with string
		want                   []Change
	}{
		{"nothing", "", "version:", "# a comment\nversion:", nil},
		{"the version", "", "'2026.11.1'", "'2026.12.1'", []Change{{"", "version", "2026.11.1", "2026.12.1"}}},
		{"a value", ca, "value: 30", "value: 45", []Change{{"us-ca", "individual_notice.deadline.value", "30", "45"}}},
		{"a value from null", ca, "template_copy: true", "template_copy: null", []Change{{"us-ca", "regulator_notice[0].template_copy", "true", ""}}},
		{"null to a value", ca, "effective_from: null", "effective_from: '2026-01-01'", []Change{{"us-ca", "effective_from", "", "2026-01-01"}}},
		{"null to no", "- id: us-ma\n", "harm_exception: null", "harm_exception: false", []Change{{"us-ma", "individual_notice.harm_exception", "", "false"}}},
		{"a list", ca, "prohibited: []", "prohibited: [cause, delay_reasons]", []Change{{"us-ca", "content.prohibited", "", `["cause","delay_reasons"]`}}},
		{"the order of a list", ca, "[What Happened, What Information Was Involved,", "[What Information Was Involved, What Happened,",
			[]Change{{"us-ca", "content.headings", `["What Happened","What Information Was Involved","What We Are Doing","What You Can Do","For More Information"]`, `["What Information Was Involved","What Happened","What We Are Doing","What You Can Do","For More Information"]`}}},
		{"an item", "- id: phishing_warning", "check: auto", "check: manual", []Change{{"", "content_items[phishing_warning].check", "auto", "manual"}}},
		{"an item that is new", "", "content_items:\n", "content_items:\n- {id: new, description: Something, detect: {merge_fields: [x.y], headings: [], keywords: []}, check: auto}\n",
			[]Change{{"", "content_items[new].check", "", "auto"}, {"", "content_items[new].description", "", "Something"}, {"", "content_items[new].detect.merge_fields", "", `["x.y"]`}, {"", "content_items[new].id", "", "new"}}},
		{"a word in a list", "not_covered:", "NIS2", "NIS3", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Diff(old, loaded(t, string(withChange(t, c.after, c.old, c.with))))
			if c.name == "a word in a list" {
				if len(got) != 1 || got[0].Field != "not_covered" || !strings.Contains(got[0].New, "NIS3") {
					t.Errorf("got %+v", got)
				}
				return
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestChangesStandByRegimeAndField(t *testing.T) {
	raw := strings.ReplaceAll(few, "confidence: high", "confidence: low")
	got := Diff(loaded(t, few), loaded(t, strings.ReplaceAll(raw, "2026.11.1", "2026.12.1")))
	want := []Change{{"", "contacts[ftc].confidence", "high", "low"}, {"", "version", "2026.11.1", "2026.12.1"}, {"eu-gdpr", "confidence", "high", "low"}, {"us-ca", "confidence", "high", "low"}, {"us-ma", "confidence", "high", "low"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestARuleThatComesOrGoesIsOneChange(t *testing.T) {
	fewer := loaded(t, cut("eu-gdpr", "us-ak", "us-ar", "us-ca", "us-ma"))
	want := []Change{{Regime: "us-al", Old: "Alabama Data Breach Notification Act"}}
	if d := cmp.Diff(want, Diff(loaded(t, few), fewer)); d != "" {
		t.Error(d)
	}
	want = []Change{{Regime: "us-al", New: "Alabama Data Breach Notification Act"}}
	if d := cmp.Diff(want, Diff(fewer, loaded(t, few))); d != "" {
		t.Error(d)
	}
	if c := Diff(Builtin(), Builtin()); len(c) != 0 {
		t.Errorf("the rules differ from themselves: %v", c)
	}
}
