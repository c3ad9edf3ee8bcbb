package canon

import (
	"maps"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Texts appends the canonical form of named lists of texts to out: the bytes
// that JSON gives for them, without the way over a generic document. It is made
// once for each message. Texts that are not UTF-8 read as encoding/json reads
// them, with U+FFFD for each byte that is none.
func Texts(out []byte, lists map[string][]string) []byte {
	if lists == nil {
		return append(out, "null"...)
	}
	var room [16]string
	names := slices.AppendSeq(room[:0], maps.Keys(lists))
	slices.SortFunc(names, byUnits)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, name), ':')
		out = appendList(out, lists[name])
	}
	return append(out, '}')
}

func appendList(out []byte, texts []string) []byte {
	if texts == nil {
		return append(out, "null"...)
	}
	out = append(out, '[')
	for i, t := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, t)
	}
	return append(out, ']')
}

// byUnits orders as RFC 8785 section 3.2.3 says: by UTF-16 code units.
func byUnits(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] < utf8.RuneSelf && b[i] < utf8.RuneSelf {
				return int(a[i]) - int(b[i])
			}
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		}
	}
	return len(a) - len(b)
}

// short holds what RFC 8785 section 3.2.2.2 writes with two characters.
var short = [utf8.RuneSelf]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\'}

const digits = "0123456789abcdef"

func appendText(out []byte, text string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			if b < ' ' || b == '"' || b == '\\' {
				out = appendEscape(append(out, text[start:i]...), b)
				start = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			out = append(append(out, text[start:i]...), string(utf8.RuneError)...)
			start = i + 1
		}
		i += n
	}
	return append(append(out, text[start:]...), '"')
}

func appendEscape(out []byte, b byte) []byte {
	if c := short[b]; c != 0 {
		return append(out, '\\', c)
	}
	return append(out, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
}
