package intake

import (
	"regexp"
	"strings"
)

// Kind is what a column is used for.
type Kind uint8

// The kinds of column.
const (
	Ignore Kind = iota
	Email
	Name
	Reference
	Phone
	Postal
	Jurisdiction
	Locale
	Timezone
	Consent
	Attribute
	SecretAttribute
	Merge
)

var kindNames = [...]string{
	Ignore: "ignore", Email: "email", Name: "name", Reference: "reference", Phone: "phone", Postal: "postal",
	Jurisdiction: "jurisdiction", Locale: "locale", Timezone: "timezone", Consent: "consent",
	Attribute: "attribute", SecretAttribute: "secret_attribute", Merge: "merge",
}

// String gives the API's word.
func (k Kind) String() string { return kindNames[k] }

// Type is the type of an attribute's values. It is fixed at import.
type Type string

// The types.
const (
	Text   Type = "text"
	Number Type = "number"
	Date   Type = "date"
)

// Target is what one column becomes.
type Target struct {
	Kind    Kind
	Name    string // of an attribute or a merge field
	Type    Type   // of an attribute
	Country string // of a jurisdiction column that holds codes inside one country
}

// named is the form of a name that rules and texts can use.
var named = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// taken are attributes that every recipient has, so that no column may make
// another of the same name.
var taken = map[string]bool{"jurisdiction": true, "locale": true, "timezone": true}

// ParseTarget reads the API's form, such as attribute:plan or jurisdiction:US.
func ParseTarget(s string) (Target, bool) {
	word, rest, more := strings.Cut(s, ":")
	k, ok := kindOf(word)
	t := Target{Kind: k}
	switch {
	case !ok:
		return Target{}, false
	case k == Jurisdiction && more:
		t.Country = rest
		return t, places.country(rest)
	case k == Attribute:
		name, typ, typed := strings.Cut(rest, ":")
		if t.Name, t.Type = name, Text; typed {
			t.Type = Type(typ)
		}
		valid := t.Type == Text || t.Type == Number || t.Type == Date
		return t, valid && named.MatchString(name) && !taken[name]
	case k == SecretAttribute:
		t.Name, t.Type = rest, Text
		return t, named.MatchString(rest) && !taken[rest]
	case k == Merge:
		t.Name = rest
		return t, named.MatchString(rest)
	}
	return t, !more
}

func kindOf(word string) (Kind, bool) {
	for k, n := range kindNames {
		if n == word {
			return Kind(k), true
		}
	}
	return 0, false
}

// String gives the API's form; ParseTarget reads it back.
func (t Target) String() string {
	switch {
	case t.Country != "":
		return t.Kind.String() + ":" + t.Country
	case t.Kind == Attribute && t.Type != Text:
		return t.Kind.String() + ":" + t.Name + ":" + string(t.Type)
	case t.Name != "":
		return t.Kind.String() + ":" + t.Name
	}
	return t.Kind.String()
}
