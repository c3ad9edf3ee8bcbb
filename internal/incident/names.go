package incident

import (
	"context"
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/regime"
	"forthwith/internal/spelling"
)

// Rules gives the rule set in use.
type Rules interface {
	Current(ctx context.Context) (regime.Set, error)
}

// checkNames refuses names that are new and that no rule in use knows: a
// condition or a profile that is mistyped would switch its rules off without a
// word. What was recorded before stays, also when another rule set no longer
// knows it. The rules are read only when a name is new.
func (s Service) checkNames(ctx context.Context, field, code string, before, now []string) error {
	added := slices.DeleteFunc(slices.Clone(now), func(name string) bool { return slices.Contains(before, name) })
	if s.Rules == nil || len(added) == 0 {
		return nil
	}
	rules, err := s.Rules.Current(ctx)
	if err != nil {
		return err
	}
	known := idsOf(rules.Profiles()) // a profile counts as the condition of its name
	if field == "conditions" {
		known = append(idsOf(rules.Conditions()), known...)
	}
	var wrong []fault.Field
	for _, name := range added {
		if slices.Contains(known, name) {
			continue
		}
		w := fault.Field{Name: field, Code: code, Values: fault.Values{"given": name}}
		if meant := spelling.Nearest(name, known); meant != "" {
			w.Code, w.Values["meant"] = code+"_near", meant
		}
		wrong = append(wrong, w)
	}
	return fault.Wrongs(wrong)
}

func idsOf(terms []regime.Term) []string {
	all := make([]string, len(terms))
	for i, t := range terms {
		all[i] = t.ID
	}
	return all
}
