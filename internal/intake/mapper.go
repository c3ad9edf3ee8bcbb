package intake

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zone names mean the same on every machine

	"golang.org/x/text/language"

	"forthwith/internal/mailaddr"
)

// Mapper turns records into rows by one mapping. It is not safe for use by
// several goroutines at once; a mapper each is.
type Mapper struct {
	columns []string
	mapping Mapping
	locales known
	zones   known
}

// NewMapper needs a mapping that Check accepted.
func NewMapper(columns []string, m Mapping) *Mapper {
	return &Mapper{columns: columns, mapping: m, locales: known{}, zones: known{}}
}

// Map gives the row, or why it is refused. Exactly one of the two is set: the
// Reject when ok is false.
func (m *Mapper) Map(rec Record) (row Row, no Reject, ok bool) {
	if rec.Problem != "" {
		return Row{}, m.reject(rec, rec.Column, rec.Problem), false
	}
	row = Row{Line: rec.Line, Cells: copied(rec.Cells)}
	for i, t := range m.mapping {
		why := rec.spoilt(i, t)
		if why == "" {
			why = m.set(&row, t, row.Cells[i])
		}
		if why != "" {
			return Row{}, m.reject(rec, i, why), false
		}
	}
	return row, Reject{}, true
}

// copied makes strings of all cells with one allocation of bytes.
func copied(cells [][]byte) []string {
	var all strings.Builder
	n := 0
	for _, c := range cells {
		n += len(c)
	}
	all.Grow(n)
	for _, c := range cells {
		all.Write(c)
	}
	text, out := all.String(), make([]string, len(cells))
	for i, c := range cells {
		out[i], text = text[:len(c)], text[len(c):]
	}
	return out
}

func (m *Mapper) reject(rec Record, column int, why Reason) Reject {
	no := Reject{Line: rec.Line, Reason: why, Got: rec.Got}
	if column >= 0 && column < len(m.columns) {
		no.Column = m.columns[column]
	}
	for _, c := range rec.Cells {
		if len(c) > MaxCell {
			c = c[:KeptBytes]
		}
		no.Cells = append(no.Cells, string(c))
	}
	return no
}

// set puts one cell into the row. Names, references, postal addresses and
// merge values are kept as they stand; of what is compared or looked up, outer
// spaces are dropped.
func (m *Mapper) set(row *Row, t Target, cell string) Reason {
	switch t.Kind {
	case Name:
		row.Name = cell
	case Reference:
		row.Reference = cell
	case Phone:
		row.Phone = cell
	case Postal:
		row.Postal = cell
	case Merge:
		row.Merge = append(row.Merge, Named[string]{t.Name, cell})
	case Ignore:
	default:
		if cell = strings.Trim(cell, " "); cell != "" {
			return m.checked(row, t, cell)
		}
	}
	return ""
}

// checked puts a cell that must have a certain form into the row.
func (m *Mapper) checked(row *Row, t Target, cell string) Reason {
	ok, why := true, Reason("")
	switch t.Kind {
	case Email:
		a, err := mailaddr.Parse(cell)
		if refusal, is := err.(mailaddr.Refusal); is {
			return Reason(refusal)
		}
		row.Address = a
	case Jurisdiction:
		row.Jurisdiction, ok = places.find(cell, t.Country)
		why = JurisdictionWrong
	case Locale:
		row.Locale, ok = m.locales.look(cell, canonicalLocale)
		why = LocaleWrong
	case Timezone:
		row.Timezone, ok = m.zones.look(cell, zoneName)
		why = TimezoneWrong
	case Consent:
		row.Consent, ok = answers[strings.ToLower(cell)]
		why = ConsentWrong
	case SecretAttribute:
		row.Secret = append(row.Secret, Named[string]{t.Name, cell})
	case Attribute:
		var v Value
		v, why = typed(t.Type, cell)
		row.Attributes = append(row.Attributes, Named[Value]{t.Name, v})
		return why
	}
	if ok {
		return ""
	}
	return why
}

// Written gives the form in which rows have a value of an attribute of every
// recipient, and tells whether a row can have it.
func Written(attribute, value string) (string, bool) {
	switch attribute {
	case Jurisdiction.String():
		return places.find(value, "")
	case Locale.String():
		return canonicalLocale(value)
	case Timezone.String():
		return zoneName(value)
	}
	return value, true
}

// answers are what exports write for yes and no.
var answers = map[string]Answer{
	"yes": Agreed, "y": Agreed, "true": Agreed, "t": Agreed, "1": Agreed,
	"no": Declined, "n": Declined, "false": Declined, "f": Declined, "0": Declined,
}

func typed(t Type, cell string) (Value, Reason) {
	switch t {
	case Number:
		n, ok := decimal(cell)
		if !ok {
			return Value{}, NumberWrong
		}
		return Value{Type: Number, Number: n, Text: strconv.FormatFloat(n, 'f', -1, 64)}, ""
	case Date:
		if _, err := time.Parse(time.DateOnly, cell); err != nil {
			return Value{}, DateWrong
		}
	}
	return Value{Type: t, Text: cell}, ""
}

// decimal reads a plain decimal number of at most 15 digits, which a float64
// holds exactly enough to be written back the same. A leading zero is refused:
// such a column holds codes, not numbers.
func decimal(s string) (float64, bool) {
	digits := strings.TrimPrefix(s, "-")
	whole, part, dotted := strings.Cut(digits, ".")
	bad := whole == "" || len(whole) > 1 && whole[0] == '0' || dotted && part == "" || len(whole)+len(part) > 15
	if bad || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if n == 0 {
		n = 0 // no negative zero
	}
	return n, err == nil
}

func canonicalLocale(s string) (string, bool) {
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		return "", false
	}
	return tag.String(), true
}

func zoneName(s string) (string, bool) {
	if s == "Local" {
		return "", false
	}
	loc, err := time.LoadLocation(s)
	if err != nil {
		return "", false
	}
	return loc.String(), true
}

// known remembers the answers about the few values that a column repeats.
type known map[string]string

// maxKnown bounds the memory for a column that does not repeat itself.
const maxKnown = 4096

func (k known) look(cell string, find func(string) (string, bool)) (string, bool) {
	if v, ok := k[cell]; ok {
		return v, v != ""
	}
	v, ok := find(cell)
	if !ok {
		v = ""
	}
	if len(k) < maxKnown {
		k[strings.Clone(cell)] = v
	}
	return v, ok
}
