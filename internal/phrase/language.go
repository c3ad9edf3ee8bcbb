package phrase

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Language is a language that people without an account are spoken to in.
type Language string

// English has every sentence.
const English Language = "en"

// Languages are all of them; the first is for who asks for none of them.
var Languages = []Language{English, "de", "fr", "es"}

// tongue is how one language speaks.
type tongue struct {
	sentences map[string]string
	printer   *message.Printer
}

var tongues, matcher = learn()

func learn() (map[Language]tongue, language.Matcher) {
	all, tags := map[Language]tongue{}, make([]language.Tag, len(Languages))
	for i, l := range Languages {
		tags[i] = language.Make(string(l))
		all[l] = tongue{load(files, l), message.NewPrinter(tags[i])}
	}
	return all, language.NewMatcher(tags)
}

// Spoken gives the language of a name; ok is false for what is none of ours.
func Spoken(name string) (l Language, ok bool) {
	_, ok = tongues[Language(name)]
	return Language(name), ok
}

// Wanted gives the language that a browser asks for (Accept-Language, RFC 9110
// 12.5.4). What is no language is passed over.
func Wanted(header string) Language {
	wanted := strings.Split(header, ",")
	tags, _, err := language.ParseAcceptLanguage(strings.Join(slices.DeleteFunc(wanted, unknown), ","))
	if err != nil {
		return Languages[0]
	}
	_, at, _ := matcher.Match(tags...)
	return Languages[at]
}

func unknown(tag string) bool {
	_, _, err := language.ParseAcceptLanguage(tag)
	return err != nil
}

// Say is Say in this language. A test holds the languages against each other, so
// that a code is known in all of them or in English alone.
func (l Language) Say(code string, values map[string]any) string {
	sentence, ok := tongues[l].sentences[code]
	if !ok {
		return code
	}
	return filled(sentence, values, tongues[l].printer)
}
