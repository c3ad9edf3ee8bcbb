package notice

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/notice/lint"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/templates"
)

// TestWhatIsTakenOutOfAStarterIsMissed takes each item that a rule asks for out
// of each starter, and every trace of it, and wants the lint to say so for each
// text, place and rule that had it.
func TestWhatIsTakenOutOfAStarterIsMissed(t *testing.T) {
	total := 0
	for _, s := range templates.All() {
		d := StarterDraft(s)
		facts := factsOf(d)
		whole := lintInput(t, s, d, facts)
		for item, had := range foundByItem(lint.Check(whole)) {
			in := without(whole, item)
			missed := map[string]lint.Finding{}
			for _, f := range lint.Check(in) {
				if _, graver := missed[spot(f)]; !graver && f.Item == item && f.Result != lint.Present {
					missed[spot(f)] = f
				}
			}
			for _, f := range had {
				total++
				m, ok := missed[spot(f)]
				switch lang := phrase.Primary(d.Variants[f.Text].Locale); {
				case !ok:
					t.Errorf("%s %s: nobody misses %s, which %s asks for in %s", s.ID, name(d, f.Text), item, f.Law, f.Jurisdiction)
				case lang == "en" && m.Result != lint.Missing:
					t.Errorf("%s %s: %s is %s (%s)", s.ID, name(d, f.Text), item, m.Result, m.Severity)
				case m.Severity != lint.Block && m.Severity != lint.Ask && lang == "en":
					t.Errorf("%s %s: that %s is missing is only %s", s.ID, name(d, f.Text), item, m.Severity)
				}
			}
		}
	}
	if total < 500 {
		t.Errorf("only %d were taken out: the search is broken", total)
	}
}

func spot(f lint.Finding) string {
	return strings.Join([]string{string(rune('A' + f.Text)), f.Jurisdiction, f.Law, f.Item}, "|")
}

func foundByItem(all []lint.Finding) map[string][]lint.Finding {
	out := map[string][]lint.Finding{}
	for _, f := range all {
		if f.Rule == "found" {
			out[f.Item] = append(out[f.Item], f)
		}
	}
	return out
}

// without takes every trace of an item out of a lint's texts and facts.
func without(in lint.Input, item string) lint.Input {
	at := slices.IndexFunc(in.Items, func(it lint.Item) bool { return it.ID == item })
	it := in.Items[at]
	in.Facts = maps.Clone(in.Facts)
	for _, f := range it.Fields {
		delete(in.Facts, f)
	}
	traces := slices.Concat(it.Headings, it.Keywords, lint.Keywords(it, "de"), lint.Keywords(it, "es"), lint.Keywords(it, "fr"))
	for _, c := range in.Contacts {
		traces = slices.Concat(traces, c.Domains, c.Phones)
	}
	var pairs []string
	for _, f := range it.Fields {
		pairs = append(pairs, "{{"+f+"}}", "", "{{list "+f+"}}", "")
	}
	for _, trace := range traces {
		pairs = append(pairs, strings.ToLower(trace), "–")
	}
	erase := strings.NewReplacer(pairs...)
	in.Texts = slices.Clone(in.Texts)
	for i, text := range in.Texts {
		in.Texts[i].Body, in.Texts[i].HTML = erase.Replace(strings.ToLower(text.Body)), ""
	}
	for name, value := range in.Facts {
		in.Facts[name] = erase.Replace(strings.ToLower(value))
	}
	return in
}

// TestEveryItemOfTheRulesIsTriedByAStarter names items that rules of people's
// places ask for and no starter carries: nobody would see the lint lose them.
func TestEveryItemOfTheRulesIsTriedByAStarter(t *testing.T) {
	tried := map[string]bool{}
	for _, s := range templates.All() {
		d := StarterDraft(s)
		for item := range foundByItem(linted(t, s, d, factsOf(d))) {
			tried[item] = true
		}
	}
	// rules of trades and countries that no starter is for
	elsewhere := []string{"entity_contact_two_channels", "secondary_damage", "cause", "security_measures_used", "awareness_date",
		"awareness_circumstances", "delay_reasons", "free_credit_report_info", "rights_and_remedies", "regulator_notified_statement", "complaint_right", "third_party_identity"}
	for _, it := range regime.Builtin().Items() {
		prohibited := it.ID == "state_resident_count" || it.ID == "nature_of_breach" || it.ID == "link_requesting_personal_info" || it.ID == "other_individuals_particulars"
		if tried[it.ID] == (slices.Contains(elsewhere, it.ID) || prohibited) {
			t.Errorf("%s: carried by a starter: %v", it.ID, tried[it.ID])
		}
	}
}
