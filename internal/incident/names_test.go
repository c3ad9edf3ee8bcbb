package incident

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/regime"
)

type builtin struct{}

func (builtin) Current(context.Context) (regime.Set, error) { return regime.Builtin(), nil }

type unreadable struct{}

func (unreadable) Current(context.Context) (regime.Set, error) {
	return regime.Set{}, errors.New("cannot be read")
}

func TestANewNameIsOneThatTheRulesKnow(t *testing.T) {
	for name, c := range map[string]struct {
		before, now []string
		want        []string
	}{
		"none":                             {nil, nil, nil},
		"one of the rules":                 {nil, []string{"ssn"}, nil},
		"a profile":                        {nil, []string{"california_licensed_health_facility"}, nil},
		"one that is mistyped":             {nil, []string{"snn"}, []string{"conditions:condition_unknown_near"}},
		"one like no other":                {nil, []string{"encrypted"}, []string{"conditions:condition_unknown"}},
		"several":                          {nil, []string{"snn", "ssn", "encrypted"}, []string{"conditions:condition_unknown_near", "conditions:condition_unknown"}},
		"one that was recorded before":     {[]string{"encrypted"}, []string{"encrypted", "ssn"}, nil},
		"one beside what was there before": {[]string{"encrypted"}, []string{"encrypted", "snn"}, []string{"conditions:condition_unknown_near"}},
	} {
		t.Run(name, func(t *testing.T) {
			facts := known()
			facts.Conditions = c.before
			b, by := &book{now: Incident{ID: 7, State: Open, Version: 1, Facts: facts}}, access.Actor{User: 3, Role: access.Legal}
			s := Service{Store: b, Rules: builtin{}}
			_, err := s.Change(t.Context(), by, 7, 1, func(f Facts) Facts { f.Conditions = c.now; return f })
			if diff := cmp.Diff(c.want, wrongs(t, err)); diff != "" {
				t.Error(diff)
			}
			if kept := len(b.versions) == 1; kept != (c.want == nil) {
				t.Errorf("%d versions", len(b.versions))
			}
			if len(c.before) > 0 {
				return
			}
			_, err = s.Open(t.Context(), by, Facts{Name: "N", Conditions: c.now})
			if diff := cmp.Diff(c.want, wrongs(t, err)); diff != "" {
				t.Errorf("opened: %s", diff)
			}
		})
	}
}

func TestAProfileIsOneThatTheRulesKnow(t *testing.T) {
	by := access.Actor{User: 3, Role: access.Admin}
	for name, want := range map[string][]string{"hipaa_covered_entity": nil, "hipaa_coverd_entity": {"profiles:profile_unknown_near"}, "ssn": {"profiles:profile_unknown"}} {
		_, err := Service{Store: &book{}, Rules: builtin{}}.SetOrganisation(t.Context(), by, 0, Organisation{Name: "L", Profiles: []string{name}})
		if diff := cmp.Diff(want, wrongs(t, err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRulesThatCannotBeReadStopNewNamesOnly(t *testing.T) {
	facts := known()
	facts.Conditions = []string{"ssn"}
	b, by := &book{now: Incident{ID: 7, State: Open, Version: 1, Facts: facts}}, access.Actor{User: 3, Role: access.Ops}
	s := Service{Store: b, Rules: unreadable{}}
	if _, err := s.Change(t.Context(), by, 7, 1, func(f Facts) Facts { f.Conditions = []string{"ssn", "tin"}; return f }); err == nil {
		t.Error("a name was kept that nobody could look up")
	}
	if _, err := s.Change(t.Context(), by, 7, 1, func(f Facts) Facts { f.Summary = "More"; return f }); err != nil {
		t.Errorf("a summary hangs on the rules: %v", err)
	}
}
