package sender

import (
	"slices"
	"strings"
)

// longestString is what one string of a TXT record holds (RFC 1035 section
// 3.3.14).
const longestString = 255

// Record is what stands, or should stand, in the DNS.
type Record struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Zone is the record as a line of a zone file: a text that is longer than one
// string is written as several, which are read as one again.
func (r Record) Zone() string {
	line := r.Name + ". IN " + r.Type
	if r.Type != "TXT" {
		return line + " " + r.Value
	}
	text := []byte(r.Value)
	for part := range slices.Chunk(text, longestString) {
		line += ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(part)) + `"`
	}
	return line
}

// tags reads a list of tags (RFC 6376 section 3.2). A tag that stands twice, or
// one without "=", makes the whole list unreadable.
func tags(text string) (map[string]string, bool) {
	out := map[string]string{}
	for _, part := range strings.Split(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if _, twice := out[name]; !ok || name == "" || twice {
			return nil, false
		}
		out[name] = strings.TrimSpace(value)
	}
	return out, true
}

// says tells whether a list of words with colons between holds one of some.
func says(list string, words ...string) bool {
	return slices.ContainsFunc(strings.Split(list, ":"), func(w string) bool {
		return slices.ContainsFunc(words, func(one string) bool { return strings.EqualFold(strings.TrimSpace(w), one) })
	})
}
