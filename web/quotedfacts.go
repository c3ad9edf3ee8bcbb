package web

import (
	"context"
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
	Quoted(ctx context.Context, by access.Actor, incident id.Incident) ([]string, error)
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
	return f
}

// wordsIn are the languages in which we have words for facts.
var wordsIn = []string{"en", "de", "fr", "es"}

// offer puts our words into fields that are empty, in the language that was chosen,
// or says in which there are any. Nothing of it is saved before somebody does.
func (b *factsBody) offer(locale string) {
	empty, filled := 0, 0
	words := templates.Words(locale)
	for i, f := range b.Texts {
		if f.Value != "" {
			continue
		}
		key := strings.TrimPrefix(f.Name, "texts.")
		if templates.Words(wordsIn[0])[key] != "" {
			empty++
		}
		if ours := words[key]; ours != "" {
			b.Texts[i].Value = ours
			filled++
		}
	}
	if filled > 0 {
		b.Filled = phrase.Say("facts_filled", map[string]any{"count": filled})
		return
	}
	for _, l := range wordsIn {
		if empty > 0 {
			b.Words = append(b.Words, views.Link{Text: phrase.Speech(l), URL: b.Path + "?words=" + l + "#quoted"})
		}
	}
}
