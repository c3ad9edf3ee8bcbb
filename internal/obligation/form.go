package obligation

import (
	"slices"
	"strings"
	"time"

	"forthwith/internal/incident"
	"forthwith/internal/phrase"
)

// Entry is one line of what the form of an authority asks.
type Entry struct{ Label, Text string }

// Form gives the figures and facts of a place, in the order in which forms ask;
// what is not known is left out.
func (f Figures) Form(c Count) []Entry {
	var all []Entry
	put := func(code, text string) {
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, Entry{phrase.Say("form_"+code, nil), text})
		}
	}
	o, facts := f.Organisation, f.Incident.Facts
	put("organisation", o.Name)
	put("parent", o.Parent)
	put("contact", joined(o.Contacts, "email", "phone", "tollfree", "url", "postal"))
	put("dpo", joined(o.DPO, "name", "email", "phone"))
	told := facts.Fields()
	put("summary", told["incident.summary"])
	put("cause", told["incident.cause"])
	put("date", firstOf(told, "incident.date", "incident.date_range"))
	for _, event := range []string{"discovery", "awareness", "determination", "confirmation"} {
		put(event, dayOf(facts, event))
	}
	put("data_types", told["incident.data_types"])
	all = append(all, f.people(c)...)
	put("sent", f.sent())
	put("way", phrase.Say("form_by_mail", nil))
	put("consequences", told["incident.consequences"])
	put("measures", told["incident.measures"])
	put("offer", strings.TrimSpace(told["offer.description"]+" "+offered(told)))
	if d := facts.Delay; d != nil {
		put("delay", phrase.Say("form_delayed", map[string]any{"until": d.Until, "document": d.Document}))
	}
	return all
}

// people are the counts of a place, which add up.
func (f Figures) people(c Count) []Entry {
	count := func(n int) string { return phrase.Say("number", map[string]any{"n": n}) }
	everywhere, _ := f.Of(Everywhere)
	all := []Entry{{phrase.Say("form_affected_all", nil), count(everywhere.Affected())}}
	if c.Place != Everywhere {
		all = append(all, Entry{phrase.Say("form_affected", map[string]any{"place": PlaceName(c.Place)}), count(c.Affected())})
	}
	for _, r := range Reaches {
		if n := c.Reached[r]; n > 0 {
			all = append(all, Entry{phrase.Say("form_of_them", map[string]any{"what": phrase.Say("reached_"+string(r), nil)}), count(n)})
		}
	}
	return all
}

// PlaceName names a place as figures have it.
func PlaceName(place string) string {
	if place == Everywhere || place == Nowhere {
		return phrase.Say("figures_"+place, nil)
	}
	return phrase.Place(place)
}

// sent says on which days notices were sent.
func (f Figures) sent() string {
	switch {
	case f.First == nil:
		return phrase.Say("form_not_sent", nil)
	case f.Last == nil:
		return phrase.Say("form_sent_since", map[string]any{"first": phrase.English.Day(*f.First)})
	}
	first, last := phrase.English.Day(*f.First), phrase.English.Day(*f.Last)
	if first == last {
		return phrase.Say("form_sent_on", map[string]any{"first": first})
	}
	return phrase.Say("form_sent_between", map[string]any{"first": first, "last": last})
}

// dayOf writes an event as it was given: as a day, or with its time and zone.
func dayOf(f incident.Facts, event string) string {
	given := f.Events[event]
	at, err := incident.ParseEvent(given)
	if err != nil {
		return ""
	}
	day := phrase.English.Day(incident.DayOf(at))
	if _, timed := time.Parse(time.DateOnly, given); timed != nil {
		return day + at.Format(", 15:04 -07:00")
	}
	return day
}

func offered(told map[string]string) string {
	if told["offer.provider"] == "" || told["offer.months"] == "" {
		return ""
	}
	return phrase.Say("form_offered", map[string]any{"provider": told["offer.provider"], "months": told["offer.months"]})
}

func joined(in map[string]string, names ...string) string {
	var all []string
	for _, n := range names {
		if in[n] != "" {
			all = append(all, in[n])
		}
	}
	return strings.Join(all, ", ")
}

func firstOf(in map[string]string, names ...string) string {
	if i := slices.IndexFunc(names, func(n string) bool { return in[n] != "" }); i >= 0 {
		return in[names[i]]
	}
	return ""
}

// Text writes entries on lines, to be pasted.
func Text(all []Entry) string {
	var out strings.Builder
	for _, e := range all {
		out.WriteString(e.Label + ": " + strings.Join(strings.Fields(e.Text), " ") + "\n")
	}
	return out.String()
}
