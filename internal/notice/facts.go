package notice

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"forthwith/internal/phrase"
)

// Facts are the values that are the same for everybody who reads one language, by
// field.
type Facts struct {
	Language string                       // that they were written in
	Stated   map[string]string            // as they were written
	In       map[string]map[string]string // what is stated otherwise, by language
}

// For gives what a text in a language tells: what was stated for its region, else
// for its language, else as the facts were written.
func (f Facts) For(locale string) map[string]string {
	out := make(map[string]string, len(f.Stated))
	maps.Copy(out, f.Stated)
	maps.Copy(out, f.otherwise(locale))
	return out
}

// otherwise is what a text in a language tells otherwise than it was written.
func (f Facts) otherwise(locale string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, f.In[phrase.Primary(locale)])
	maps.Copy(out, f.In[locale])
	return out
}

// Among leaves out languages that no text speaks.
func (f Facts) Among(texts []Source) Facts {
	spoken := map[string]map[string]string{}
	for _, t := range texts {
		for _, l := range []string{phrase.Primary(t.Locale), t.Locale} {
			if in := f.In[l]; len(in) > 0 {
				spoken[l] = in
			}
		}
	}
	f.In = spoken
	return f
}

// Foreign gives the facts of an incident that are sentences in another language
// than a text's, sorted: nobody stated them in its own.
func (f Facts) Foreign(locale string) []string {
	if f.Language == "" || phrase.Primary(f.Language) == phrase.Primary(locale) {
		return nil
	}
	var all []string
	told := f.otherwise(locale)
	for _, key := range slices.Sorted(maps.Keys(f.Stated)) {
		if _, stated := told[key]; !stated && InWords(key, f.Stated[key]) {
			all = append(all, key)
		}
	}
	return all
}

// InWords tells whether a fact is written in some language: names, numbers and
// addresses are the same in all of them.
func InWords(key, value string) bool {
	group, name, _ := strings.Cut(key, ".")
	if group == "org" || group == "contact" || group == "dpo" || name == "provider" || name == "name" {
		return false
	}
	return slices.ContainsFunc(strings.Fields(value), isWord)
}

// isWord tells whether letters stand between blanks, and no address or number.
func isWord(s string) bool {
	s = strings.TrimFunc(s, unicode.IsPunct)
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’-", r)
	})
}
