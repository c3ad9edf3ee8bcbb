package genuine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/notice"
)

// Facts are what a genuine notice can be held against: what was approved, as
// the plan has it, and the days on which it was sent.
type Facts struct {
	Organisation string
	Subjects     []string // of all texts of the campaign: which one somebody got would tell where they live
	FromName     string
	From         string
	First        time.Time
	Last         time.Time // zero: it is still being sent
}

// Withheld stands in a subject for what differs from person to person.
const Withheld = "…"

// factsOf reads what may be published from a plan.
func factsOf(document []byte, l Launch) (*Facts, error) {
	p, err := campaign.ReadPlan(document)
	if err != nil {
		return nil, err
	}
	f := &Facts{Organisation: p.Facts["org.name"], FromName: p.Sender.FromName, From: p.Sender.From, First: l.At, Last: l.Ended}
	if p.ScheduleAt != nil && p.ScheduleAt.After(l.At) {
		f.First = *p.ScheduleAt
	}
	f.Organisation = cmp.Or(f.Organisation, f.FromName, f.From)
	f.Subjects, err = subjects(p)
	return f, err
}

// subjects are the subject lines of a plan's texts in their order, each once.
func subjects(p campaign.Plan) ([]string, error) {
	var all []string
	for _, v := range p.Text.Ordered() {
		text, err := v.Compiled.Load()
		if err != nil {
			return nil, fmt.Errorf("load text %s: %w", v.Locale, err)
		}
		values, told := notice.Values{}, p.Told().For(v.Locale)
		for _, field := range v.Compiled.Fields {
			values[field.Key()] = []string{cmp.Or(told[field.Key()], Withheld)}
		}
		filled, err := text.Fill(values)
		if err != nil {
			return nil, fmt.Errorf("fill text %s: %w", v.Locale, err)
		}
		if s := notice.Join(text.Pieces().Subject, filled); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all, nil
}
