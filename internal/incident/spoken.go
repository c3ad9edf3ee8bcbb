package incident

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// WrittenIn is the language of facts that name none.
const WrittenIn = "en"

// Spoken is the language that the facts were written in.
func (f Facts) Spoken() string { return cmp.Or(f.Language, WrittenIn) }

// Languages are those in which facts are stated otherwise: translated, or with
// days in words of ours. Sorted.
func (f Facts) Languages() []string {
	all := slices.Collect(maps.Keys(f.Translations))
	for _, l := range phrase.Languages {
		all = append(all, string(l))
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(l string) bool { return l == f.Spoken() })
}

// In gives the fields that a language states otherwise.
func (f Facts) In(language string) map[string]string {
	out := f.days(language)
	for name, text := range f.Translations[language] {
		put(out, name, text)
	}
	return out
}

// days writes the days that notices quote, where we have the language.
func (f Facts) days(language string) map[string]string {
	out := map[string]string{}
	if _, ours := phrase.Spoken(phrase.Primary(language)); !ours {
		return out
	}
	for field, event := range map[string]string{"incident.discovered_on": "discovery", "incident.date": "start"} {
		at, err := ParseEvent(f.Events[event])
		if err == nil && f.Texts[field] == "" {
			out[field] = phrase.Day(language, DayOf(at))
		}
	}
	return out
}

// DayOf is the day that an event was where whoever wrote it down stood.
func DayOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}

// Stating gives the facts with a field in a language, or without it where the text
// is empty.
func (f Facts) Stating(language, field, text string) Facts {
	in := with(f.Translations[language], field, text)
	f.Translations = maps.Clone(f.Translations)
	if len(in) == 0 {
		delete(f.Translations, language)
		return f
	}
	if f.Translations == nil {
		f.Translations = map[string]map[string]string{}
	}
	f.Translations[language] = in
	return f
}

// statable are the groups of merge fields that may be translated.
var statable = append([]string{"offer."}, textGroups...)

const mostLanguages = 50

// appendSpoken refuses languages that are none, and translations of what no fact
// can state.
func (f Facts) appendSpoken(wrong []fault.Field) []fault.Field {
	if f.Language != "" && !phrase.IsLocale(f.Language) {
		wrong = append(wrong, fault.Field{Name: "language", Code: "fact_language_unknown", Values: fault.Values{"language": f.Language}})
	}
	if len(f.Translations) > mostLanguages {
		wrong = append(wrong, fault.Field{Name: "translations", Code: "field_out_of_range", Values: fault.Values{"name": "translations", "from": 0, "to": mostLanguages}})
	}
	for _, language := range sortedKeys(f.Translations) {
		at := "translations." + language
		if !phrase.IsLocale(language) {
			wrong = append(wrong, fault.Field{Name: at, Code: "fact_language_unknown", Values: fault.Values{"language": language}})
		}
		if language == f.Spoken() {
			wrong = append(wrong, fault.Field{Name: at, Code: "translation_of_itself", Values: fault.Values{"language": language}})
		}
		wrong = appendMap(wrong, at, f.Translations[language])
		wrong = appendStrange(wrong, at, f.Translations[language], statable)
	}
	return wrong
}

// appendStrange refuses fields of groups that facts do not fill.
func appendStrange(wrong []fault.Field, at string, in map[string]string, groups []string) []fault.Field {
	known := func(name string) bool {
		return slices.ContainsFunc(groups, func(g string) bool { return strings.HasPrefix(name, g) && name != g })
	}
	for _, name := range sortedKeys(in) {
		if !known(name) {
			wrong = append(wrong, fault.Field{Name: at + "." + name, Code: "text_group_unknown", Values: fault.Values{"name": name, "groups": strings.Join(groups, ", ")}})
		}
	}
	return wrong
}
