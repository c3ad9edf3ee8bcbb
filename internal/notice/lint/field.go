package lint

import "strings"

// place of a merge field in a text.
type fieldAt struct {
	key        string // such as org.name
	start, end int
}

// fieldsIn finds merge fields, as the compiler knows them.
func fieldsIn(text string) []fieldAt {
	var all []fieldAt
	for from := 0; ; {
		open := strings.Index(text[from:], "{{")
		if open < 0 {
			return all
		}
		open += from
		inner := strings.Index(text[open:], "}}")
		if inner < 0 {
			return all
		}
		end := open + inner + 2
		if key := keyOf(text[open+2 : end-2]); key != "" {
			all = append(all, fieldAt{key, open, end})
			from = end
		} else {
			from = open + 1
		}
	}
}

// keyOf reads what stands between braces; "" where it is no field.
func keyOf(inner string) string {
	inner = strings.Trim(inner, " \t")
	if rest, list := strings.CutPrefix(inner, "list"); list && strings.Trim(rest, " \t") != rest {
		inner = strings.TrimLeft(rest, " \t")
	}
	group, name, dotted := strings.Cut(inner, ".")
	if !dotted || !isName(group) || !isName(name) {
		return ""
	}
	return inner
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')) {
			return false
		}
	}
	return s != ""
}

// mostFilled bounds what facts make of a text, in bytes: four times what a
// letter may hold. Fields beyond it stay.
const mostFilled = 1 << 20

// fill puts the facts in place of their fields; other fields stay.
func fill(text string, facts map[string]string) string {
	room := mostFilled
	return replaced(text, func(f fieldAt) string {
		if v := facts[f.key]; v != "" && len(v) <= room {
			room -= len(v)
			return v
		}
		return text[f.start:f.end]
	})
}

// bare takes fields out: their names are no words of the text.
func bare(text string) string { return replaced(text, func(fieldAt) string { return " " }) }

func replaced(text string, by func(fieldAt) string) string {
	fields := fieldsIn(text)
	if len(fields) == 0 {
		return text
	}
	var out strings.Builder
	from := 0
	for _, f := range fields {
		out.WriteString(text[from:f.start])
		out.WriteString(by(f))
		from = f.end
	}
	out.WriteString(text[from:])
	return out.String()
}
