package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// paceForm is the part of a campaign's form about parts, hours and domains, as
// people type it.
type paceForm struct {
	Ramp    string // "10, 1 %"
	Hold    string // minutes after each step
	Stop    string // percent
	From    string
	To      string
	Zone    string
	Zones   []string
	Domains string // "example.com 5 2", a line each
	Open    bool   // something of it is set
}

// usualHold is how many minutes a step is waited for, where nobody chose.
const usualHold = "30"

func paceFormOf(s campaign.Settings) paceForm {
	f := paceForm{Hold: usualHold, Zones: strings.Fields(zoneNames), Ramp: rampText(s.Ramp, false)}
	if len(s.Ramp) > 0 {
		f.Hold = number(float64(s.Ramp[0].HoldSeconds) / 60)
	}
	if s.StopAbove != nil {
		f.Stop = number(*s.StopAbove)
	}
	if w := s.SendWindow; w != nil {
		f.From, f.To, f.Zone = w.From, w.To, w.Zone
	}
	f.Domains = domainsText(s)
	f.Open = f.Ramp+f.From+f.Domains+f.Stop != ""
	return f
}

// domainsText writes the bounds of domains as people type them.
func domainsText(s campaign.Settings) string {
	var text strings.Builder
	for _, name := range boundDomains(s) {
		text.WriteString(strings.TrimRight(name+" "+orDashNumber(s.MaxPerDomain, name)+" "+orNothing(s.MaxConcurrency, name), " ") + "\n")
	}
	return text.String()
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// rampText writes the steps as people type them, or as they are read aloud.
func rampText(ramp []campaign.RampStep, rest bool) string {
	var parts []string
	for _, s := range ramp {
		part := strconv.FormatInt(s.Count, 10)
		if s.Percent > 0 {
			part = number(s.Percent) + " %"
		}
		parts = append(parts, part)
	}
	if rest {
		parts = append(parts, phrase.Say("ramp_rest", nil))
	}
	return strings.Join(parts, ", ")
}

// readPace reads that part of the form, and names every field that cannot be
// read.
func (v *visit) readPace(s *campaign.Settings, bad func(name, code string)) {
	var ok bool
	if s.Ramp, ok = readRamp(v.field("ramp"), v.field("ramp_hold")); !ok {
		bad("ramp", "ramp_unread")
	}
	if text := v.field("stop_above_percent"); text != "" {
		stop, err := strconv.ParseFloat(plainNumber(strings.TrimSuffix(text, "%")), 64)
		if err != nil {
			bad("stop_above_percent", "number_expected")
		}
		s.StopAbove = &stop
	}
	if from, to := v.field("window_from"), v.field("window_to"); from+to != "" {
		s.SendWindow = &campaign.Window{From: from, To: to, Zone: v.field("window_zone")}
	}
	if s.MaxPerDomain, s.MaxConcurrency, ok = readDomains(v.field("max_per_domain")); !ok {
		bad("max_per_domain", "domains_unread")
	}
}

// typedPace tells whether a form that came back has something typed there.
func (v *visit) typedPace() bool {
	return v.field("ramp")+v.field("stop_above_percent")+v.field("window_from")+v.field("window_to")+v.field("max_per_domain") != ""
}

// readRamp reads "10, 1 %, rest" and the minutes after each step.
func readRamp(text, hold string) ([]campaign.RampStep, bool) {
	var ramp []campaign.RampStep
	minutes, err := strconv.ParseFloat(plainNumber(hold), 64)
	for part := range strings.SplitSeq(text, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part == "" || part == "rest" || part == phrase.Say("ramp_rest", nil) {
			continue
		}
		if err != nil {
			return nil, false
		}
		step := campaign.RampStep{HoldSeconds: int64(minutes * 60)}
		var unread error
		if percent, is := strings.CutSuffix(part, "%"); is {
			step.Percent, unread = strconv.ParseFloat(strings.TrimSpace(percent), 64)
		} else {
			step.Count, unread = strconv.ParseInt(plainNumber(part), 10, 64)
		}
		if unread != nil {
			return nil, false
		}
		ramp = append(ramp, step)
	}
	return ramp, true
}

// boundDomains are the domains that are bounded in any way, in order.
func boundDomains(s campaign.Settings) []string {
	all := append(slices.Collect(maps.Keys(s.MaxPerDomain)), slices.Collect(maps.Keys(s.MaxConcurrency))...)
	slices.Sort(all)
	return slices.Compact(all)
}

// unbounded stands where a domain has no rate of its own.
const unbounded = "-"

func orDashNumber(p campaign.PerDomain, name string) string {
	if n, set := p[name]; set {
		return number(n)
	}
	return unbounded
}

func orNothing(p campaign.PerDomain, name string) string {
	if n, set := p[name]; set {
		return number(n)
	}
	return ""
}

// readDomains reads on each line a domain, its messages a second or a dash, and
// how many may be under way to it.
func readDomains(text string) (rates, underWay campaign.PerDomain, ok bool) {
	rates, underWay = campaign.PerDomain{}, campaign.PerDomain{}
	for line := range strings.Lines(text) {
		parts := strings.Fields(line)
		if len(parts) == 0 {
			continue
		}
		if len(parts) < 2 || len(parts) > 3 {
			return nil, nil, false
		}
		for i, into := range []campaign.PerDomain{rates, underWay}[:len(parts)-1] {
			n, err := strconv.ParseFloat(plainNumber(parts[i+1]), 64)
			if err == nil {
				into[parts[0]] = n
			} else if i > 0 || parts[1] != unbounded || len(parts) < 3 {
				return nil, nil, false
			}
		}
	}
	return rates, underWay, true
}

// atPace says of a refused field which place of the form holds it.
func atPace(f fault.Field) fault.Field {
	switch {
	case f.Name == "max_concurrency_per_domain":
		f.Name = "max_per_domain"
	case f.Name == "send_window" && f.Code == "window_zone_wrong":
		f.Name = "window_zone"
	case f.Name == "send_window":
		f.Name = "window_from"
	case f.Code == "ramp_hold_wrong":
		f.Name = "ramp_hold"
	}
	return f
}

// paceDetails say what bounds a send beside its rate; empty where nothing does.
func paceDetails(c campaign.Campaign) []answer {
	var out []answer
	add := func(name, text, more string) {
		out = append(out, answer{Name: phrase.Say(name, nil), Text: text, More: more})
	}
	s := c.Settings
	if len(s.Ramp) > 0 {
		hold := time.Duration(s.Ramp[0].HoldSeconds) * time.Second
		add("answer_ramp", rampText(s.Ramp, true), phrase.Say("answer_ramp_more", map[string]any{"span": span(hold)}))
	}
	if s.StopAbove != nil {
		add("answer_stop", phrase.Say("answer_stop_text", map[string]any{"percent": number(*s.StopAbove)}), "")
	}
	if w := s.SendWindow; w != nil {
		add("answer_window", phrase.Say("answer_window_text", map[string]any{"from": w.From, "to": w.To}), phrase.Say("answer_window_more", map[string]any{"zone": w.Zone}))
	}
	if domains := c.PerDomain(); len(domains) > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(domains)) {
			if name != campaign.AnyDomain {
				parts = append(parts, phrase.Say("answer_domain", map[string]any{"domain": name, "rate": domains[name]}))
			}
		}
		if rate, bounded := domains[campaign.AnyDomain]; bounded {
			parts = append(parts, phrase.Say("answer_domain", map[string]any{"domain": phrase.Say("domain_any", nil), "rate": rate}))
		}
		add("answer_domains", strings.Join(parts, "; "), phrase.Say("answer_domains_more", nil))
	}
	if len(s.MaxConcurrency) > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(s.MaxConcurrency)) {
			said := name
			if name == campaign.AnyDomain {
				said = phrase.Say("domain_any", nil)
			}
			parts = append(parts, phrase.Say("answer_under_way", map[string]any{"domain": said, "most": s.MaxConcurrency[name]}))
		}
		add("answer_at_once", strings.Join(parts, "; "), phrase.Say("answer_domains_more", nil))
	}
	return out
}
