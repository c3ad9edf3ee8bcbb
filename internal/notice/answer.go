package notice

import (
	"context"
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/notice/lint"
)

// Answer is why a finding needs no change of the text. It holds in every version
// of the notice in which the same is found; the newest of a finding counts.
type Answer struct {
	Finding string // its key
	Reason  string
	By      id.User
	At      time.Time
}

// mostAnswers bounds the findings that one reason is given for.
const mostAnswers = 500

// Answer keeps one reason for some findings of a version, by their keys: for
// questions, and for what a law asks or forbids. What no notice may hold is not
// answered, it is taken out. Answering again corrects; both stay.
func (s Service) Answer(ctx context.Context, by access.Actor, no id.Version, findings []string, reason string) (Version, error) {
	if err := access.AnswerFindings.Allow(by); err != nil {
		return Version{}, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return Version{}, fault.Wrong("reason", "field_missing", fault.Values{"name": "reason"})
	}
	if len([]rune(reason)) > longestComment {
		return Version{}, fault.Wrong("reason", "field_too_long", fault.Values{"name": "reason", "limit": longestComment})
	}
	v, err := s.Store.Version(ctx, no)
	if err != nil {
		return v, err
	}
	if err := s.answerable(ctx, v, findings); err != nil {
		return v, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if v, err = tx.Lock(no); err != nil {
			return err
		}
		if err := tx.Answer(v, findings, Answer{Reason: reason, By: by.User}); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.FindingsAnswered, no).In(int64(v.Incident)).With(map[string]any{"findings": findings, "reason": reason}))
	})
	if err != nil {
		return v, err
	}
	return s.told(ctx, no)
}

// answerable refuses what is no finding of a version that can be answered: for
// everybody, or for the members of a frozen cohort.
func (s Service) answerable(ctx context.Context, v Version, findings []string) error {
	if len(findings) == 0 || len(findings) > mostAnswers {
		return fault.Wrong("findings", "findings_count", fault.Values{"limit": mostAnswers})
	}
	frozen, err := s.Scene.Frozen(ctx, v.Incident)
	if err != nil {
		return err
	}
	unknown := slices.Clone(findings)
	for _, c := range append([]id.Cohort{0}, frozen...) {
		if len(unknown) == 0 {
			return nil
		}
		a, err := s.Scene.Audience(ctx, v.Incident, c)
		if err != nil {
			return err
		}
		for _, f := range v.Document.findings(a, nil) {
			if answers(f) {
				unknown = slices.DeleteFunc(unknown, func(key string) bool { return key == f.Key() })
			}
		}
	}
	if len(unknown) > 0 {
		return fault.Wrong("findings", "finding_unknown", fault.Values{"finding": unknown[0]})
	}
	return nil
}

// answers tells whether an answer settles a finding.
func answers(f lint.Finding) bool { return f.Severity == lint.Ask || f.Asked() }

// latest are the answers by finding.
func latest(all []Answer) map[string]*Answer {
	out := make(map[string]*Answer, len(all))
	for i := range all {
		out[all[i].Finding] = &all[i]
	}
	return out
}

func keysOf(all []Answer) []string {
	keys := make([]string, len(all))
	for i, a := range all {
		keys[i] = a.Finding
	}
	return keys
}

// checkLaw refuses a version that could be sent to nobody: of which something is
// open in law for each frozen cohort. For whom a version is meant is known for
// sure when a plan is made, whose checks ask again.
func (s Service) checkLaw(ctx context.Context, v Version) error {
	frozen, err := s.Scene.Frozen(ctx, v.Incident)
	if err != nil || len(frozen) == 0 {
		return err
	}
	var least Open
	for i, c := range frozen {
		a, err := s.Scene.Audience(ctx, v.Incident, c)
		if err != nil {
			return err
		}
		open := v.Document.Open(a, keysOf(v.Answers))
		if open.Asked() == 0 {
			return nil
		}
		if i == 0 || open.Asked() < least.Asked() {
			least = open
		}
	}
	return fault.New(fault.Invalid, "law_open_everywhere", fault.Values{"open": least.Asked(), "places": least.Places()})
}
