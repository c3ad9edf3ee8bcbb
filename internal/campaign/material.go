package campaign

import (
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/sender"
)

// Material is what a plan is made of, as it stands now.
type Material struct {
	FactsVersion int
	Organisation int
	Facts        notice.Facts
	Cohort       PlannedCohort
	Frozen       bool
	Version      PlannedVersion
	TextApproved bool
	Text         notice.Document
	Sender       PlannedSender
	Relays       []RelayNow
	Lists        []id.List // that stand, in order
	Gates        []PlannedGate
	Rules        PlannedRules
	Pools        []string // of codes, by their names
	Rejects      int64    // rows of the cohort's lists that were refused

	Correction *Correction   // of another campaign; for the checks only
	Open       notice.Open   // what nobody has answered about the text for these people; for the checks only
	Names      *sender.Check // the newest look at the DNS of the sender; for the checks only
}

// RelayNow is a relay with what may speak against it.
type RelayNow struct {
	PlannedRelay
	Name        string
	Quarantined bool
	Excluded    bool // by the incident
}

// Manifest is what was prepared for each person, summed up.
type Manifest struct {
	Root        canon.Hash
	ToSend      int64
	Unaddressed int64
	Excluded    int64
	Suppressed  int64
}

// plan puts a plan together.
func (m Material) plan(c Campaign, at time.Time, made Manifest) Plan {
	relays := make([]PlannedRelay, len(m.Relays))
	for i, r := range m.Relays {
		relays[i] = r.PlannedRelay
	}
	return Plan{
		Format: PlanFormat, Campaign: c.ID, No: c.PlanNo, PreflightAt: at.UTC().Truncate(time.Microsecond), Incident: c.Incident, Corrects: c.Settings.Corrects,
		FactsVersion: m.FactsVersion, Organisation: m.Organisation, Facts: m.Facts.Stated, FactsIn: m.Facts.In,
		Cohort: m.Cohort, Lists: m.Lists, Gates: m.Gates, Version: m.Version, Text: m.Text, Rules: m.Rules, Sender: m.Sender, Relays: relays,
		MaxRatePerSecond: c.Settings.MaxRatePerSecond, ScheduleAt: c.Settings.ScheduleAt,
		ExpireAfter: int64(c.Settings.ExpireAfter / time.Second), OnIndeterminate: c.Settings.OnIndeterminate,
		MaxPerDomain: c.Settings.MaxPerDomain, MaxConcurrency: c.Settings.MaxConcurrency, Ramp: c.Settings.Ramp, StopAbove: c.Settings.StopAbove, SendWindow: c.Settings.SendWindow,
		ManifestRoot: made.Root, ToSend: made.ToSend, Unaddressed: made.Unaddressed, Excluded: made.Excluded, Suppressed: made.Suppressed,
	}
}

// Plan builds what a launch would do now, for comparison with what was
// approved.
func (m Material) Plan(c Campaign, at time.Time, made Manifest) Plan { return m.plan(c, at, made) }

// check finds what speaks against a plan before anybody's notice is made.
func (m Material) check(found *findings) {
	if m.Organisation == 0 {
		found.add("", Finding{Code: "no_organisation"}, 0)
	}
	if !m.Frozen {
		found.add("", Finding{Code: "cohort_not_frozen"}, 0)
	}
	if !m.TextApproved {
		found.add("", Finding{Code: "version_not_approved"}, 0)
	}
	for _, r := range m.Relays {
		if r.Quarantined {
			found.add(r.Name, Finding{Code: "relay_quarantined", Values: fault.Values{"relay": r.Name}}, 0)
		}
		if r.Excluded {
			found.add(r.Name, Finding{Code: "relay_excluded", Values: fault.Values{"relay": r.Name}}, 0)
		}
	}
	if n := m.Open.Asked(); n > 0 {
		found.add("", Finding{Code: "law_open", Values: fault.Values{"open": n, "places": m.Open.Places()}}, 0)
	}
	m.Correction.check(found)
	m.checkText(found)
	m.checkPools(found)
}

// checkText finds facts that the text needs and nobody has given, and links to
// hosts that the sender identity does not allow.
func (m Material) checkText(found *findings) {
	for _, v := range m.Text.Variants {
		told := m.Facts.For(v.Locale)
		for _, f := range v.Compiled.Fields {
			if _, known := told[f.Key()]; !known && !f.Personal() && f.Key() != dateField {
				found.add(f.Key(), Finding{Code: "fact_missing", Values: fault.Values{"field": f.Key()}}, 0)
			}
		}
		m.checkLinks(v, told, found)
	}
}

func (m Material) checkLinks(v notice.Variant, told map[string]string, found *findings) {
	facts := notice.Values{}
	for name, text := range told {
		facts[name] = []string{text}
	}
	refused, ok := fault.As(v.Compiled.CheckLinks(m.Sender.LinkHosts, facts))
	if !ok {
		return
	}
	for _, f := range refused.Fields {
		host, _ := f.Values["target"].(string)
		found.add(host, Finding{Code: "link_not_approved", Values: fault.Values{"host": host}}, 0)
	}
}

// warn adds what a person should know and may accept.
func (m Material) warn(c Campaign, made Counts, at time.Time, found *findings) {
	if m.Rejects > 0 {
		found.add("", Finding{Code: "rejects_remain", Values: fault.Values{"rows": m.Rejects}}, 0)
	}
	if n := m.Open.Questions; n > 0 {
		found.add("", Finding{Code: "questions_open", Values: fault.Values{"open": n}}, 0)
	}
	m.warnNames(at, found)
	if made.Unaddressed > 0 {
		found.add("", Finding{Code: "people_without_address"}, made.Unaddressed)
	}
	if made.Held > 0 {
		found.add("", Finding{Code: "people_held"}, made.Held)
	}
	if c.Settings.ScheduleAt != nil && c.Settings.ScheduleAt.Before(at) {
		found.add("", Finding{Code: "schedule_past"}, 0)
	}
}
