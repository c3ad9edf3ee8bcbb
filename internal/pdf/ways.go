package pdf

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/campaign"
)

// ways says from whom, through what and how fast.
func (w paper) ways() {
	w.part(say("paper_ways"))
	w.sender(w.Plan.Sender)
	for i, r := range w.Plan.Relays {
		w.relay(i+1, r)
	}
	w.named("paper_rate", say("paper_rate_text", "rate", w.Plan.MaxRatePerSecond))
	start := say("paper_start_now")
	if w.Plan.ScheduleAt != nil {
		start = instant(*w.Plan.ScheduleAt)
	}
	w.named("paper_start", start)
	w.named("paper_expire", say("paper_expire_text", "seconds", w.Plan.ExpireAfter))
	w.named("paper_unclear", say("policy_"+string(w.Plan.OnIndeterminate)))
	w.parts()
	w.named("paper_per_domain", bounds(w.Plan.MaxPerDomain))
	w.named("paper_at_once", bounds(w.Plan.MaxConcurrency))
}

func (w paper) sender(s campaign.PlannedSender) {
	w.named("paper_from", s.FromName+" <"+s.From+">")
	w.named("paper_reply", s.ReplyTo)
	w.named("paper_bounces", s.BounceDomain)
	w.named("paper_hosts", strings.Join(s.LinkHosts, ", "))
	w.named("paper_sender", say("paper_sender_text", "id", s.ID.String(), "revision", strconv.Itoa(s.Revision)))
	for _, k := range s.DKIMKeys {
		w.named("paper_key", k.Selector+"._domainkey."+k.Domain+" ("+k.ID.String()+"), "+string(k.Algorithm)+", SHA-256 "+k.PublicSHA256.String())
	}
	if len(s.DKIMKeys) == 0 {
		w.named("paper_key", say("answer_unsigned"))
	}
}

func (w paper) relay(no int, r campaign.PlannedRelay) {
	w.row(say("paper_relay", "no", no), say("paper_relay_text", "id", r.ID.String(), "revision", strconv.Itoa(r.Revision), "host", r.Host, "port", strconv.Itoa(r.Port),
		"tls", r.TLS, "auth", r.Auth, "rate", r.MaxRatePerSecond, "connections", r.MaxConnections))
	if r.WarmUp == nil {
		return
	}
	days := make([]string, len(r.WarmUp.PerDay))
	for i, n := range r.WarmUp.PerDay {
		days[i] = count(n)
	}
	w.row(say("paper_warm_up", "no", no), say("paper_warm_up_text", "from", r.WarmUp.From, "days", strings.Join(days, "; ")))
}

// parts says what a send begins with, what stops it, and at which hours it goes.
func (w paper) parts() {
	var ramp []string
	for _, s := range w.Plan.Ramp {
		if s.Percent > 0 {
			ramp = append(ramp, say("paper_ramp_percent", "percent", s.Percent, "hold", s.HoldSeconds))
		} else {
			ramp = append(ramp, say("paper_ramp_count", "count", s.Count, "hold", s.HoldSeconds))
		}
	}
	w.named("paper_ramp", orUnset(strings.Join(ramp, "\n")))
	stop, window := "", ""
	if w.Plan.StopAbove != nil {
		stop = say("paper_stop_text", "percent", *w.Plan.StopAbove)
	}
	if h := w.Plan.SendWindow; h != nil {
		window = say("paper_window_text", "from", h.From, "to", h.To, "zone", h.Zone)
	}
	w.named("paper_stop", orUnset(stop))
	w.named("paper_window", orUnset(window))
}

func bounds(of campaign.PerDomain) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		lines = append(lines, say("answer_under_way", "domain", name, "most", of[name]))
	}
	return orUnset(strings.Join(lines, "\n"))
}

func orUnset(text string) string {
	if text == "" {
		return say("paper_unset")
	}
	return text
}
