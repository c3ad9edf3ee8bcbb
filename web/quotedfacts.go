package web

import (
	"slices"
	"strings"

	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/templates"
	"forthwith/web/views"
)

// quoted are the facts that the notices of an incident quote, as they stand in the
// reader's editor.
func (v *visit) quoted(s overview.Standing) ([]string, error) {
	all := map[string]bool{}
	for _, n := range s.Notices {
		d, err := v.Notices.Desk(v.UserContext(), v.actor(), n.ID)
		if err != nil {
			return nil, err
		}
		for _, key := range d.Draft().Quotes() {
			all[key] = true
		}
	}
	return slices.DeleteFunc(notice.FactFields(), func(key string) bool { return !all[key] || slices.Contains(factTexts, key) }), nil
}

// ask adds fields for facts, named as the rules describe them.
func (b *factsBody) ask(keys []string, rules regime.Set) {
	for _, key := range keys {
		b.Texts = append(b.Texts, factField{factName(key), factLabel(key, rules), factValue(b.Facts, key)})
	}
}

// factName is how a form calls a fact, and a refusal too.
func factName(key string) string {
	if group, _, _ := strings.Cut(key, "."); group == "offer" || group == "contacts" {
		return key
	}
	return "texts." + key
}

func factLabel(key string, rules regime.Set) string {
	if code := "label_" + key; phrase.Has(code) {
		return phrase.Say(code, nil)
	}
	for _, item := range rules.Items() {
		if slices.Contains(item.MergeFields, key) {
			said, _, _ := strings.Cut(item.Description, " (PROHIBITED")
			return phrase.Say("facts_field", map[string]any{"what": said, "field": key})
		}
	}
	return key
}

func factValue(f incident.Facts, key string) string {
	switch group, name, _ := strings.Cut(key, "."); group {
	case "offer":
		return f.Offer[name]
	case "contacts":
		return f.Contacts[name]
	}
	return f.Texts[key]
}

// quotedFacts takes over what the form has of facts that notices quote. What it did
// not ask for stays.
func (v *visit) quotedFacts(f incident.Facts) incident.Facts {
	for _, key := range notice.FactFields() {
		if !v.form.Has(factName(key)) {
			continue
		}
		switch group, name, _ := strings.Cut(key, "."); group {
		case "offer":
			f.Offer = v.over(f.Offer, "offer.", []string{name})
		case "contacts":
			f.Contacts = v.over(f.Contacts, "contacts.", []string{name})
		default:
			f.Texts = v.over(f.Texts, "texts.", []string{key})
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
