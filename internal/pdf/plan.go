package pdf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// ErrUnequal means that the people of a plan do not add up to its cohort.
var ErrUnequal = fault.New(fault.Conflict, "paper_people_unequal", nil)

// Plan makes the page of a launch plan: everything that its hash covers, as
// people read it, what the checks found, and who has signed.
func Plan(p campaign.Paper) ([]byte, error) {
	plan, hash := p.Plan, p.Campaign.PlanHash.String()
	if plan.ToSend+plan.Unaddressed+plan.Excluded+plan.Suppressed != plan.Cohort.Size {
		return nil, ErrUnequal
	}
	w := paper{Paper: p, sheet: newSheet(say("paper_title"), plan.PreflightAt, func(page int, of string) string {
		return say("paper_foot", "hash", hash, "page", strconv.Itoa(page), "pages", of)
	})}
	texts, err := w.texts()
	if err != nil {
		return nil, err
	}
	w.title(say("paper_title"))
	w.text(say("paper_lead"))
	w.text(say("paper_signs"))
	w.what(hash)
	w.people()
	w.ways()
	w.found()
	w.facts()
	w.signed()
	w.wording(texts)
	return w.end()
}

// paper is the page of one plan on its way.
type paper struct {
	campaign.Paper
	*sheet
}

// say tells a sentence with its gaps filled from pairs.
func say(code string, pairs ...any) string {
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return phrase.Say(code, values)
}

// named is a row whose name is a code.
func (w paper) named(code, text string) { w.row(say(code), text) }

func (w paper) what(hash string) {
	w.part(say("paper_what"))
	w.named("paper_hash", hash)
	w.named("paper_campaign", w.Campaign.Settings.Name+" ("+w.Plan.Campaign.String()+")")
	if w.Plan.Corrects != 0 {
		w.named("paper_corrects", w.Corrects+" ("+w.Plan.Corrects.String()+")")
	}
	w.named("paper_plan_no", strconv.Itoa(w.Plan.No))
	w.named("paper_checked_at", instant(w.Plan.PreflightAt))
	w.named("paper_incident", w.Plan.Facts["incident.name"]+" ("+w.Plan.Incident.String()+")")
	w.named("paper_facts_version", strconv.Itoa(w.Plan.FactsVersion))
	w.named("paper_org_version", strconv.Itoa(w.Plan.Organisation))
	w.named("paper_format", w.Plan.Format)
}

func (w paper) people() {
	p, counts := w.Plan, w.Counts
	w.part(say("paper_people"))
	w.named("paper_cohort", w.Cohort+" ("+p.Cohort.ID.String()+")")
	w.named("paper_to_send", count(p.ToSend))
	if counts.Held > 0 {
		w.named("paper_held", count(counts.Held))
	}
	w.named("paper_unaddressed", count(p.Unaddressed))
	w.named("paper_excluded", count(p.Excluded))
	w.named("paper_suppressed", count(p.Suppressed))
	w.named("paper_sum", say("paper_sum_text", "send", p.ToSend, "unaddressed", p.Unaddressed, "excluded", p.Excluded, "suppressed", p.Suppressed, "all", p.Cohort.Size))
	w.named("paper_by_text", counted(counts.ByVariant))
	w.named("paper_by_place", counted(counts.ByJurisdiction))
	w.named("paper_cohort_root", p.Cohort.Root.String())
	w.named("paper_manifest", p.ManifestRoot.String())
	w.named("paper_lists", w.lists())
	for _, g := range p.Gates {
		w.named("paper_gate", g.Name+" ("+g.ID.String()+"): "+string(g.Rule))
	}
}

func (w paper) lists() string {
	names := make([]string, len(w.Plan.Lists))
	for i, no := range w.Plan.Lists {
		names[i] = w.Lists[no] + " (" + no.String() + ")"
	}
	return strings.Join(names, "\n")
}

// counted writes what is counted by its name, a line each.
func counted(by map[string]int64) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		lines = append(lines, name+": "+count(by[name]))
	}
	return strings.Join(lines, "\n")
}

func (w paper) facts() {
	w.part(say("paper_facts"))
	for _, name := range slices.Sorted(maps.Keys(w.Plan.Facts)) {
		w.row(name, w.Plan.Facts[name])
	}
	for _, locale := range slices.Sorted(maps.Keys(w.Plan.FactsIn)) {
		for _, name := range slices.Sorted(maps.Keys(w.Plan.FactsIn[locale])) {
			w.row(say("paper_fact_in", "name", name, "locale", locale), w.Plan.FactsIn[locale][name])
		}
	}
}

func (w paper) found() {
	w.part(say("paper_checks"))
	w.named("paper_rules", say("paper_rules_text", "version", w.Plan.Rules.Version, "hash", w.Plan.Rules.SHA256))
	found := w.Campaign.Preflight
	for _, f := range found.Blocking {
		w.named("paper_blocking", phrase.Say(f.Code, f.Values))
	}
	for _, f := range found.Warnings {
		w.named("paper_warning", phrase.Say(f.Code, f.Values))
	}
	if len(found.Blocking)+len(found.Warnings) == 0 {
		w.text(say("paper_nothing", "count", w.Plan.ToSend))
	}
}

func (w paper) signed() {
	w.part(say("paper_signed"))
	w.named("paper_wrote", strings.Join(w.Authors, ", "))
	w.named("paper_built", strings.Join(w.Builders, ", "))
	plans := 0
	for _, s := range w.Signed {
		w.named("paper_approved_"+s.Of, say("paper_approved_text", "who", s.By, "time", instant(s.At), "how", s.How))
		if s.Of == "plan" {
			plans++
		}
	}
	if plans == 0 {
		w.named("paper_approved_plan", say("paper_nobody"))
	}
}

// wording writes the texts, last since they are the longest.
func (w paper) wording(texts []wording) {
	doc := w.Plan.Text
	w.part(say("paper_text", "name", w.Notice, "no", w.VersionNo))
	w.named("paper_text_hash", w.Plan.Version.SHA256.String()+" ("+w.Plan.Version.ID.String()+", "+doc.Notice.String()+")")
	w.named("paper_text_default", doc.DefaultLocale)
	w.named("paper_text_format", doc.Format)
	w.text(say("paper_text_lead"))
	for i, t := range texts {
		w.part(say("paper_variant", "no", i+1, "locale", t.locale))
		w.named("paper_places", t.places)
		w.named("paper_subject", t.subject)
		w.text(t.text)
	}
}

// wording is one text as people read it.
type wording struct{ locale, places, subject, text string }

func (w paper) texts() ([]wording, error) {
	var all []wording
	for _, v := range w.Plan.Text.Ordered() {
		text, err := v.Compiled.Load()
		if err != nil {
			return nil, fmt.Errorf("read text of plan: %w", err)
		}
		t := wording{locale: v.Locale, places: say("paper_everywhere")}
		if len(v.Jurisdictions) > 0 {
			t.places = strings.Join(v.Jurisdictions, ", ")
		}
		t.subject, t.text = text.Shown()
		all = append(all, t)
	}
	return all, nil
}

func instant(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

func count(n int64) string { return say("number", "n", n) }
