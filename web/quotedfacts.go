package web

import (
	"context"
	"maps"
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/templates"
	"forthwith/web/views"
)

// Quoting tells which facts the notices of an incident quote.
type Quoting interface {
	Quoted(ctx context.Context, by access.Actor, incident id.Incident) (notice.Quotes, error)
}

// ask adds fields for facts, named as the rules describe them.
func (b *factsBody) ask(keys []string, rules regime.Set) {
	known := b.Facts.Fields()
	for _, key := range keys {
		b.Texts = append(b.Texts, factField{incident.NameOf(key), factLabel(key, rules), known[key]})
	}
}

func factLabel(key string, rules regime.Set) string {
	if code := "label_" + key; phrase.Has(code) {
		return phrase.Say(code, nil)
	}
	for _, item := range rules.Items() {
		if slices.Contains(item.MergeFields, key) {
			return phrase.Say("facts_field", map[string]any{"what": item.Said(), "field": key})
		}
	}
	return key
}

// quotedFacts takes over what the form has of facts that notices quote. What it did
// not ask for stays.
func (v *visit) quotedFacts(f incident.Facts) incident.Facts {
	for _, key := range notice.FactFields() {
		if name := incident.NameOf(key); v.form.Has(name) {
			f = f.With(key, v.field(name))
		}
	}
	for name := range v.form {
		if rest, ok := strings.CutPrefix(name, statedIn); ok {
			language, key, _ := strings.Cut(rest, ".")
			f = f.Stating(language, key, v.field(name))
		}
	}
	return f
}

// statedIn begins the names of fields that translate a fact.
const statedIn = "translations."

// spokenFacts asks for facts in one more language.
type spokenFacts struct {
	Language, Title string
	Fields          []factField
	Offer
}

// Offer is what we have to begin with for fields that are empty.
type Offer struct {
	Words  *views.Link // our words, in the language of the fields
	Filled string      // how many stand there unsaved
}

// speak asks for what texts in further languages quote, in each of them.
func (b *factsBody) speak(quoted notice.Quotes, rules regime.Set) {
	told := b.Facts.Fields()
	for _, language := range slices.Sorted(maps.Keys(quoted)) {
		if language == phrase.Primary(b.Facts.Spoken()) {
			continue
		}
		s := spokenFacts{Language: language, Title: phrase.Say("facts_in", map[string]any{"language": phrase.Speech(language)})}
		for _, key := range quoted.In(language) {
			if told[key] == "" || notice.InWords(key, told[key]) {
				s.Fields = append(s.Fields, factField{s.prefix() + key, phrase.Say("facts_spoken", map[string]any{"what": factLabel(key, rules), "language": phrase.Speech(language)}), b.Facts.Translations[language][key]})
			}
		}
		if len(s.Fields) > 0 {
			b.Spoken = append(b.Spoken, s)
		}
	}
}

// prefix begins the names of its fields.
func (s spokenFacts) prefix() string { return statedIn + s.Language + "." }

// Anchor is where on the page its fields begin.
func (s spokenFacts) Anchor() string { return "facts-" + s.Language }

// offers puts our words into fields that are empty, in the language that was
// chosen, or says that there are any. Nothing of it is saved before somebody does.
func (b *factsBody) offers(chosen string) {
	b.Offer = b.offer(b.Facts.Spoken(), "texts.", "quoted", b.Texts, chosen)
	for i, s := range b.Spoken {
		b.Spoken[i].Offer = b.offer(s.Language, s.prefix(), s.Anchor(), s.Fields, chosen)
	}
}

func (b *factsBody) offer(language, prefix, anchor string, fields []factField, chosen string) (o Offer) {
	words, empty := templates.Words(phrase.Primary(language)), 0
	for i, f := range fields {
		ours := words[strings.TrimPrefix(f.Name, prefix)]
		if f.Value != "" || ours == "" {
			continue
		}
		empty++
		if chosen == language {
			fields[i].Value = ours
		}
	}
	switch {
	case empty > 0 && chosen == language:
		o.Filled = phrase.Say("facts_filled", map[string]any{"count": empty})
	case empty > 0:
		o.Words = &views.Link{Text: phrase.Speech(language), URL: b.Path + "?words=" + language + "#" + anchor}
	}
	return o
}

// languagesOf are those that facts may be written in: ours, and those of the texts.
func languagesOf(f incident.Facts, quoted notice.Quotes) []views.Option {
	all := slices.Collect(maps.Keys(quoted))
	for _, l := range phrase.Languages {
		all = append(all, string(l))
	}
	all = append(all, f.Spoken())
	slices.Sort(all)
	var out []views.Option
	for _, l := range slices.Compact(all) {
		if phrase.IsLocale(l) {
			out = append(out, views.Option{Value: l, Text: phrase.Speech(l), Chosen: l == f.Spoken()})
		}
	}
	return out
}
