package regime

import (
	"testing"

	"forthwith/internal/fault"
)

// tiny is a whole file with one rule that uses every part of the schema.
const tiny = `version: '1'
schema_version: 1
generated: 2026-01-31
disclaimer: None of this is true.
events: [{id: discovery, description: Found}, {id: individual_notice_sent, description: Sent}]
conditions: [{id: ssn, description: Numbers}, {id: known, description: Known}]
content_items: [{id: cause, description: Why, detect: {merge_fields: [a.b], headings: [Why], keywords: [why]}, check: auto}]
contacts: [{id: ag, name: AG, jurisdiction: US-CA, domains: [a.example], phones: ['1'], postal: null, confidence: low}]
conflicts: [{item: cause, prohibited_by: [x], required_by: [x], advice: Ask}]
sources: [{id: own, title: Own, url: null}]
not_covered: [The rest]
regimes:
- id: x
  name: X
  jurisdiction: US-CA
  aliases: [XX]
  kind: general
  applies_when: {residency: [US-CA], profiles: []}
  status: in_force
  effective_from: null
  citation: X 1
  individual_notice: {required: true, condition: null, harm_exception: null, deadline: {kind: fixed, value: 30, unit: calendar_days, from: discovery, authority: rule, text: ''}, law_enforcement_delay: true}
  regulator_notice: [{to: A, to_id: a, threshold: {op: gt, count: 5, basis: residents}, deadline: {kind: fixed, value: 3, unit: business_days, from: discovery, authority: guidance, text: ''}, also: [{kind: not_later_than_individual_notice, value: null, unit: null, from: individual_notice_sent, authority: rule, text: ''}], when: [ssn], template_copy: true, citation: X 2, note: null}]
  cra_notice: {required: true, threshold: null, deadline: {kind: no_fixed_limit, value: null, unit: null, from: null, authority: rule, text: soon}, note: null}
  media_notice: {required: false, threshold: null, deadline: null, note: null}
  milestones: [{id: m, deadline: {kind: fixed, value: 24, unit: months, from: discovery, authority: rule, text: ''}, note: null}]
  content: {title: T, headings: [Why], required: [], required_if: [{all: [known], any: [ssn], ids: [cause]}], prohibited: [], format: {min_font_pt: 10, plain_language: true, clear_and_conspicuous: null}}
  credit_monitoring: {required: true, months: 12, when_all: [ssn], when_any: [], kind: credit_monitoring, note: null}
  email: {primary: esign, restrictions: [phishing_warning_required], note: null}
  substitute_notice: {available: true, cost_over: 5, currency: USD, class_over: 5, insufficient_contact: true, min_missing_contacts: null, methods: [website], rule: all, website_days: 30, tollfree_days: null, alternative: null, note: null}
  as_of: 2026-01-31
  confidence: high
  low_confidence_fields: [email.primary]
  sources: [own]
  note: null
`

func TestATinyFileLoads(t *testing.T) {
	s := loaded(t, tiny)
	r, err := s.Due(Situation{On: today, Events: on("discovery", "2022-08-08"), People: map[string]int{"XX": 6}, Conditions: []string{"ssn"}})
	if err != nil || len(r.Duties) != 4 || len(r.Substitute) != 1 {
		t.Errorf("%v: %v", err, ids(r))
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{tiny, "a: &a [*a]", "version: '1'\nregimes: [{id: x, milestones: [7]}]\nconflicts: [[]]\n", "- 1", "? [a]\n: b\n", "a: 1\n---\nb: 2\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Load(raw)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatalf("%v is no fault", err)
			}
			wrongs(t, err)
			return
		}
		if changes := Diff(s, s); len(changes) > 0 {
			t.Fatalf("a set differs from itself: %v", changes)
		}
		x := Situation{On: today, Events: on("discovery", "2022-08-08"), People: map[string]int{"US-CA": 9}, Unreachable: map[string]int{"US-CA": 9}, Conditions: []string{"ssn"}}
		if _, err := s.Due(x); err != nil {
			t.Fatal(err)
		}
		s.Content("US-CA", x)
	})
}
