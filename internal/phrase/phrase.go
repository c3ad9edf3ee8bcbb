// Package phrase is the string catalogue: every sentence that a person reads
// stands in en/*.json under a stable code, one file for each noun. What people
// without an account read stands in the other languages too, in files of the
// same names.
//
// A sentence has gaps: {name} takes a value as it is, between isolates if it
// steers the direction of text, numbers with thousands separated; {count|person|people} writes the number and the form that fits
// it. A gap without a value is written as a dash, so that a missing value is
// seen and never breaks an answer.
package phrase

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

//go:embed en/*.json de/*.json fr/*.json es/*.json
var files embed.FS

var (
	sentences = load(files, English)
	printer   = message.NewPrinter(language.English)
)

// Say gives the sentence of a code with its gaps filled. An unknown code gives
// the code itself; a test holds every code in the source against the catalogue.
func Say(code string, values map[string]any) string {
	sentence, ok := sentences[code]
	if !ok {
		return code
	}
	return filled(sentence, values, printer)
}

func filled(sentence string, values map[string]any, in *message.Printer) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(sentence, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		gap, after, _ := strings.Cut(rest, "}")
		out.WriteString(fill(gap, values, in))
		sentence = after
	}
}

// Has tells whether the catalogue holds a code.
func Has(code string) bool {
	_, ok := sentences[code]
	return ok
}

// mostDigits is how exact a fraction is written.
const mostDigits = 6

func fill(gap string, values map[string]any, in *message.Printer) string {
	name, forms, plural := strings.Cut(gap, "|")
	value, ok := values[name]
	if !ok {
		return "–"
	}
	text := Isolated(in.Sprint(value))
	if n, ok := value.(float64); ok {
		text = in.Sprint(number.Decimal(n, number.MaxFractionDigits(mostDigits)))
	}
	if !plural {
		return text
	}
	one, many, _ := strings.Cut(forms, "|")
	if text == "1" {
		return text + " " + one
	}
	return text + " " + many
}

// load panics on a broken or doubled sentence: the catalogue is part of the
// program, and a test loads it.
func load(fs embed.FS, in Language) map[string]string {
	names, err := fs.ReadDir(string(in))
	if err != nil {
		panic(fmt.Sprintf("read catalogue: %v", err))
	}
	all := map[string]string{}
	for _, entry := range names {
		raw, err := fs.ReadFile(path.Join(string(in), entry.Name()))
		if err != nil {
			panic(fmt.Sprintf("read catalogue: %v", err))
		}
		for code, sentence := range part(entry.Name(), raw) {
			if _, twice := all[code]; twice {
				panic(fmt.Sprintf("catalogue: %s stands twice", code))
			}
			all[code] = sentence
		}
	}
	return all
}

func part(name string, raw []byte) (all map[string]string) {
	if err := json.Unmarshal(raw, &all); err != nil {
		panic(fmt.Sprintf("catalogue %s: %v", name, err))
	}
	return all
}
