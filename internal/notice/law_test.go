package notice

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/notice/lint"
	"forthwith/internal/regime"
	"forthwith/templates"
)

// lawsOf gives the laws of one place, by id.
func lawsOf(place string, x regime.Situation) map[string]lint.Law {
	x.On = lintedOn
	in := lint.Input{Places: []lint.Place{{}}}
	if place != "" {
		in.Places[0].Jurisdictions = []string{place}
	}
	out := map[string]lint.Law{}
	for _, l := range Lawful(in, regime.Builtin(), x).Laws[place] {
		out[l.ID] = l
	}
	return out
}

func TestALawKeepsWhatTheRulesSay(t *testing.T) {
	ca := lawsOf("US-CA", regime.Situation{Conditions: []string{"ssn", "entity_is_source"}})["us-ca"]
	slices.Sort(ca.Required)
	slices.Sort(ca.RequiredIf[0].IDs)
	want := lint.Law{
		ID: "us-ca", Title: "Notice of Data Breach", MinPoints: 10, PlainLanguage: true,
		Headings:   []string{"What Happened", "What Information Was Involved", "What We Are Doing", "What You Can Do", "For More Information"},
		Required:   []string{"cra_contact", "credit_monitoring_enrolment", "credit_monitoring_offer", "data_types", "entity_contact", "entity_identity", "notice_date"},
		RequiredIf: []lint.RequiredIf{{All: []string{"known"}, IDs: []string{"breach_date", "incident_description", "law_enforcement_delay_statement"}}},
		Monitoring: lint.Monitoring{Required: true, Months: 12, Note: ca.Monitoring.Note},
		Email:      lint.Email{Primary: "esign", Restrictions: []string{"not_to_compromised_email_account"}, Note: ca.Email.Note},
		Name:       ca.Name, Citation: ca.Citation, AsOf: ca.AsOf, Confidence: "high", Doubts: ca.Doubts,
	}
	if d := cmp.Diff(want, ca); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if ca.Name == "" || ca.Citation == "" || ca.AsOf == "" || ca.Monitoring.Note == "" {
		t.Errorf("it does not say where it comes from: %+v", ca)
	}
	if m := lawsOf("US-CA", regime.Situation{})["us-ca"].Monitoring; m.Required {
		t.Error("monitoring is demanded without its conditions")
	}
}

func TestDemandsStayWithTheLawThatMakesThem(t *testing.T) {
	ma := lawsOf("US-MA", regime.Situation{Profiles: []string{"hipaa_covered_entity"}})
	if len(ma) != 2 || !slices.Contains(ma["us-ma"].Prohibited, "nature_of_breach") || slices.Contains(ma["us-ma"].Required, "incident_description") ||
		len(ma["us-hipaa"].Prohibited) > 0 || !slices.Contains(ma["us-hipaa"].Required, "incident_description") || slices.Contains(ma["us-hipaa"].Required, "police_report_right") {
		t.Errorf("the demands are mixed: %+v", ma)
	}
	if vt := lawsOf("US-VT", regime.Situation{})["us-vt"]; !slices.Contains(vt.Required, "phishing_warning") {
		t.Error("a notice of ours is not taken for an e-mail")
	}
	if nowhere := lawsOf("", regime.Situation{}); len(nowhere) != 0 {
		t.Errorf("people of no place are under %v", nowhere)
	}
}

func TestDoubtsOfTheResearchAreKept(t *testing.T) {
	doubtful := false
	for _, r := range regime.Builtin().Regimes() {
		for _, l := range lawsOf(r.Jurisdiction, regime.Situation{}) {
			for _, d := range l.Doubts {
				doubtful = doubtful || strings.HasPrefix(d, "content.required")
			}
			if !slices.IsSorted(l.Doubts) || len(slices.Compact(slices.Clone(l.Doubts))) != len(l.Doubts) {
				t.Errorf("%s doubts %v", l.ID, l.Doubts)
			}
		}
	}
	if !doubtful {
		t.Error("no demand is in doubt: the doubts are lost")
	}
}

func TestItemsAreDescribedToReaders(t *testing.T) {
	in := Lawful(lint.Input{}, regime.Builtin(), regime.Situation{On: lintedOn})
	if len(in.Items) < 40 || len(in.Contacts) < 5 {
		t.Fatalf("%d items, %d contacts", len(in.Items), len(in.Contacts))
	}
	for _, it := range in.Items {
		if it.Description == "" || strings.Contains(it.Description, "PROHIBITED") {
			t.Errorf("%s: %q", it.ID, it.Description)
		}
	}
	if i := slices.IndexFunc(in.Contacts, func(c lint.Contact) bool { return c.ID == "ag-us-md" }); i < 0 || in.Contacts[i].Jurisdiction != "US-MD" || len(in.Contacts[i].Phones) == 0 {
		t.Error("the attorney general of Maryland is lost")
	}
}

// TestOneTextCannotServeMassachusettsAndCalifornia: the way out is named.
func TestOneTextCannotServeMassachusettsAndCalifornia(t *testing.T) {
	s, _ := templates.Find("us-california")
	d := StarterDraft(s)
	in := lintInput(t, s, d, factsOf(d))
	in.Places = append(in.Places, lint.Place{Jurisdictions: []string{"US-MA"}, Locale: "en", Text: 0, People: 3, Consenting: 3})
	in = Lawful(in, regime.Builtin(), regime.Situation{On: lintedOn, Conditions: s.Conditions})
	for summary, want := range map[string]string{"Thieves came.": "prohibited_here nature_of_breach", "": "prohibited nature_of_breach"} {
		in.Facts["incident.summary"] = summary // California asks for what is known
		var blocks []string
		for _, f := range lint.Check(in) {
			if f.Jurisdiction == "US-MA" && f.Severity == lint.Block {
				blocks = append(blocks, strings.TrimSpace(f.Rule+" "+f.Item))
			}
		}
		if !slices.Contains(blocks, want) || !slices.Contains(blocks, "required police_report_right") {
			t.Errorf("%q: blocked by %v", summary, blocks)
		}
	}
}

// TestTheOfferOfAStarterIsHeldAgainstTheLaw: the fact of the offer counts.
func TestTheOfferOfAStarterIsHeldAgainstTheLaw(t *testing.T) {
	s, _ := templates.Find("us-massachusetts")
	d := StarterDraft(s)
	for months, blocked := range map[string]bool{"17": true, "18": false} {
		facts := factsOf(d)
		facts["offer.months"] = months
		if got := slices.ContainsFunc(linted(t, s, d, facts), func(f lint.Finding) bool { return f.Severity == lint.Block }); got != blocked {
			t.Errorf("%s months: blocked %v", months, got)
		}
	}
}
