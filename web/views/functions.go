package views

import (
	"fmt"
	"html/template"
	"strings"

	"forthwith/internal/phrase"
)

// functions are what templates call.
var functions = template.FuncMap{
	"say":       say,
	"field":     newField,
	"args":      args,
	"icon":      Icon,
	"reveal":    Reveal,
	"number":    number,
	"short":     short,
	"isolated":  phrase.Isolated,
	"add":       func(a, b int) int { return a + b },
	"code_hint": codeHint,
	"joined":    func(lines []string) string { return strings.Join(lines, "\n") },
}

// say tells a sentence of the catalogue with its gaps filled from pairs.
func say(code string, pairs ...any) (string, error) {
	if !phrase.Has(code) {
		return "", fmt.Errorf("no sentence %q", code)
	}
	values, err := args(pairs...)
	if err != nil {
		return "", err
	}
	return phrase.Say(code, values), nil
}

// args makes the arguments of a component out of names and values.
func args(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("%d arguments are no pairs", len(pairs))
	}
	all := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		all[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return all, nil
}

// number writes a number with its thousands separated.
func number(n any) string { return phrase.Say("number", map[string]any{"n": n}) }

// codeHint says what the field for a second factor takes.
func codeHint(counts bool) string {
	if counts {
		return "hint_code_counts"
	}
	return "hint_code"
}

const hashShown = 12

// short gives the beginning of a hash.
func short(hash fmt.Stringer) string {
	text := hash.String()
	if len(text) > hashShown {
		return text[:hashShown]
	}
	return text
}
