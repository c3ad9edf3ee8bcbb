// Package templates holds starter notices: texts written by us in plain words,
// one folder for each, for lawyers to begin with.
//
// A folder has starter.json, which says what the starter is for, and one
// Markdown file for each text, with merge fields in double braces. The folder
// words has, for each language, sentences for those merge fields whose words do
// not hang on the incident, such as what a security freeze is.
//
// A starter is no legal advice. It carries every field by which the lint finds
// what its regimes ask for; a field without a value stops a launch, so whoever
// has nothing to say in one takes its line out.
package templates

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed */starter.json */*.md words/*.json
var files embed.FS

// Starter is one notice to begin with.
type Starter struct {
	ID            string    `json:"-"`
	Title         string    `json:"title"`
	Description   string    `json:"description"` // one sentence for a lawyer
	Notes         []string  `json:"notes"`       // what to know before using it, such as which lines to take out
	Regimes       []string  `json:"regimes"`     // ids of the rules that it is for
	Conditions    []string  `json:"conditions"`  // facts of an incident under which it still says everything
	DefaultLocale string    `json:"default_locale"`
	Variants      []Variant `json:"variants"` // in the notice's order
}

// Variant is one text of a starter.
type Variant struct {
	File          string   `json:"file"`
	Locale        string   `json:"locale"`
	Jurisdictions []string `json:"jurisdictions"` // none: everywhere else
	Subject       string   `json:"subject"`
	Body          string   `json:"-"` // Markdown
}

// all reads the files once. They are part of the program, and a test opens them.
var all = sync.OnceValue(func() []Starter {
	folders, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("read starters: %v", err))
	}
	var found []Starter
	for _, f := range folders {
		if f.IsDir() && f.Name() != "words" {
			found = append(found, open(f.Name()))
		}
	}
	return found
})

// All gives every starter, by id. What it gives is the caller's.
func All() []Starter {
	out := slices.Clone(all())
	for i, s := range out {
		out[i].Regimes, out[i].Conditions = slices.Clone(s.Regimes), slices.Clone(s.Conditions)
		out[i].Notes, out[i].Variants = slices.Clone(s.Notes), slices.Clone(s.Variants)
		for j, v := range s.Variants {
			out[i].Variants[j].Jurisdictions = slices.Clone(v.Jurisdictions)
		}
	}
	return out
}

// Find gives one starter.
func Find(id string) (Starter, bool) {
	for _, s := range All() {
		if s.ID == id {
			return s, true
		}
	}
	return Starter{}, false
}

// Words gives sentences for merge fields in a language, such as es or es-MX; an
// empty map where we have none. Names, numbers and addresses of agencies among
// them are to be confirmed before each campaign.
func Words(locale string) map[string]string {
	lang, _, _ := strings.Cut(strings.ToLower(locale), "-")
	words := map[string]string{}
	raw, err := files.ReadFile("words/" + lang + ".json")
	if err != nil {
		return words
	}
	decode("words/"+lang+".json", raw, &words)
	return words
}

func open(folder string) Starter {
	s := Starter{ID: folder}
	name := path.Join(folder, "starter.json")
	decode(name, read(name), &s)
	for i := range s.Variants {
		s.Variants[i].Body = string(read(path.Join(folder, s.Variants[i].File)))
	}
	return s
}

func read(name string) []byte {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("read starters: %v", err))
	}
	return raw
}

func decode(name string, raw []byte, into any) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
}
