package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
)

// answer is one line of what a campaign will do.
type answer struct {
	Name, Text, More, URL, Link string
}

// answers says who gets what, from whom, through which relays, how fast, and
// what is done about an unclear delivery.
func (v *visit) answers(c campaign.Campaign) ([]answer, error) {
	who, err := v.whoAnswer(c)
	if err != nil {
		return nil, err
	}
	text, err := v.textAnswer(c)
	if err != nil {
		return nil, err
	}
	sends, err := v.senderAnswer(c)
	if err != nil {
		return nil, err
	}
	relays, err := v.relaysAnswer(c)
	if err != nil {
		return nil, err
	}
	rules, err := v.rulesAnswer(c)
	all := append([]answer{who, text, sends, relays, v.paceAnswer(c)}, paceDetails(c)...)
	if err != nil {
		return nil, err
	}
	corrections, err := v.correctionAnswers(c)
	return slices.Concat(all, []answer{policyAnswer(c)}, corrections, rules), err
}

func (v *visit) whoAnswer(c campaign.Campaign) (answer, error) {
	one, err := v.Choices.Cohorts.Get(v.UserContext(), v.actor(), c.Settings.Cohort)
	if err != nil {
		return answer{}, err
	}
	n := c.Preflight.Counts
	more := phrase.Say("answer_who_unchecked", map[string]any{"count": one.Figures.Resolved})
	if c.Preflight.OK {
		more = phrase.Say("answer_who_more", map[string]any{"all": n.ToSend + n.Unaddressed + n.Excluded + n.Suppressed + n.Held,
			"send": n.ToSend, "unaddressed": n.Unaddressed, "held": n.Held, "rest": n.Excluded + n.Suppressed})
		if n.Held > 0 {
			more += ". " + phrase.Say("plan_held", map[string]any{"count": n.Held})
		}
	}
	return answer{Name: phrase.Say("answer_who", nil), Text: phrase.Say("answer_who_text", map[string]any{"name": one.Name, "count": max(n.Planned(), 0)}), More: more,
		URL: "/cohorts/" + one.ID.String(), Link: phrase.Say("answer_see_people", nil)}, nil
}

func (v *visit) textAnswer(c campaign.Campaign) (answer, error) {
	version, err := v.Choices.Notices.Version(v.UserContext(), v.actor(), c.Settings.Version)
	if err != nil {
		return answer{}, err
	}
	names, err := v.people()
	if err != nil {
		return answer{}, err
	}
	s, err := v.standing(c.Incident)
	name := version.ID.String()
	for _, n := range s.Notices {
		if n.ID == version.Notice {
			name = n.Name
		}
	}
	return answer{Name: phrase.Say("answer_text", nil),
		Text: phrase.Say("answer_text_text", map[string]any{"name": name, "no": version.No, "variants": len(version.Document.Variants)}),
		More: phrase.Say("answer_text_more", map[string]any{"authors": names.list(version.People.Authors), "hash": version.SHA256.String()[:12]}),
		URL:  "/versions/" + version.ID.String(), Link: phrase.Say("answer_read_text", nil)}, err
}

func (v *visit) senderAnswer(c campaign.Campaign) (answer, error) {
	all, err := v.Choices.Senders.List(v.UserContext(), v.actor(), 0, mostChoices)
	if err != nil {
		return answer{}, err
	}
	one := named(all, func(s sender.Sender) bool { return s.ID == c.Settings.Sender })
	keys, err := v.signing(one)
	return answer{Name: phrase.Say("answer_from", nil), Text: from(one.FromName, one.From),
		More: phrase.Say("answer_from_more", map[string]any{"reply": one.ReplyTo, "hosts": strings.Join(one.LinkHosts, ", ")}) + "; " + keys}, err
}

// signing says which keys sign what a sender sends now. A plan that names
// others is not launched.
func (v *visit) signing(s sender.Sender) (string, error) {
	if s.ID == 0 {
		return phrase.Say("answer_unsigned", nil), nil
	}
	all, err := v.Choices.Senders.Keys(v.UserContext(), v.actor(), s.ID)
	var names []string
	for _, k := range all {
		if k.Signs(s.Details) {
			names = append(names, k.Selector)
		}
	}
	if len(names) == 0 {
		return phrase.Say("answer_unsigned", nil), err
	}
	return phrase.Say("answer_signed", map[string]any{"keys": strings.Join(names, ", ")}), err
}

func (v *visit) relaysAnswer(c campaign.Campaign) (answer, error) {
	all, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
	var names, places []string
	for _, no := range c.Relays() {
		one := named(all, func(r relay.Relay) bool { return r.ID == no })
		names = append(names, one.Name)
		places = append(places, one.Host+":"+strconv.Itoa(one.Port)+", "+phrase.Say("tls_"+string(one.TLS), nil))
	}
	return answer{Name: phrase.Say("answer_relays", nil), Text: strings.Join(names, phrase.Say("answer_then", nil)), More: strings.Join(places, "; ")}, err
}

func (v *visit) paceAnswer(c campaign.Campaign) answer {
	start := phrase.Say("answer_start_now", nil)
	if c.Settings.ScheduleAt != nil {
		start = phrase.Say("answer_start_at", map[string]any{"time": v.when(*c.Settings.ScheduleAt).Text})
	}
	return answer{Name: phrase.Say("answer_pace", nil), Text: phrase.Say("answer_pace_text", map[string]any{"rate": c.Rate()}), More: start + ends(c)}
}

// ends says how long a send of the checked plan takes.
func ends(c campaign.Campaign) string {
	if !c.Preflight.OK {
		return ""
	}
	return phrase.Say("answer_ends", map[string]any{"span": takes(c)})
}

// takes says how long the checked plan takes.
func takes(c campaign.Campaign) string { return span(c.Preflight.Takes(c)) }

func policyAnswer(c campaign.Campaign) answer {
	return answer{Name: phrase.Say("answer_unclear", nil), Text: phrase.Say("policy_"+string(c.Settings.OnIndeterminate), nil),
		More: phrase.Say("answer_unclear_more", map[string]any{"hours": int(c.Settings.ExpireAfter / time.Hour)})}
}

// span says a length of time in its largest fitting unit.
func span(d time.Duration) string {
	d = max(d, 0) // an instant in whole seconds may lie a moment back
	switch {
	case d < 90*time.Second:
		return phrase.Say("span_seconds", map[string]any{"n": int(d.Round(time.Second) / time.Second)})
	case d < 90*time.Minute:
		return phrase.Say("span_minutes", map[string]any{"n": int(d.Round(time.Minute) / time.Minute)})
	}
	return phrase.Say("span_hours", map[string]any{"n": int(d.Round(time.Hour) / time.Hour)})
}

// named finds one of several; the zero value when it is not there.
func named[T any](all []T, is func(T) bool) T {
	for _, v := range all {
		if is(v) {
			return v
		}
	}
	var none T
	return none
}

// peopleRows names who did what, for the different-people rule.
func (v *visit) peopleRows(incident id.Incident, no id.Campaign) ([]answer, error) {
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	s, err := v.standing(incident)
	for _, c := range s.Campaigns {
		if c.ID == no {
			return []answer{
				{Name: phrase.Say("people_wrote", nil), Text: names.list(c.People.Authors)},
				{Name: phrase.Say("people_built", nil), Text: names.list(c.People.Builders)},
				{Name: phrase.Say("people_approved", nil), Text: orNobody(names.list(c.People.Approvers))},
			}, err
		}
	}
	return nil, err
}

func orNobody(text string) string {
	if text == "" {
		return phrase.Say("nobody_yet", nil)
	}
	return text
}
