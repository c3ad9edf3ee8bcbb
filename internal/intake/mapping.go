package intake

import (
	"sort"
	"strconv"
	"strings"

	"forthwith/internal/fault"
)

// Mapping says, for each column in its order, what it becomes.
type Mapping []Target

// ColumnNames makes the names of the columns from the header's cells: without
// outer spaces, and "column 3" where a cell is empty. Two columns with one
// name are refused, for a mapping could not tell them apart.
func ColumnNames(header [][]byte) ([]string, error) {
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, cell := range header {
		names[i] = strings.TrimSpace(string(cell))
		if names[i] == "" {
			names[i] = numbered(i)
		}
		if seen[names[i]] {
			return nil, fault.Wrong("file", "header_twice", fault.Values{"column": names[i]})
		}
		seen[names[i]] = true
	}
	return names, nil
}

func numbered(i int) string { return "column " + strconv.Itoa(i+1) }

// ParseMapping reads the API's form, column name to target. Columns that it
// does not name are ignored. It names every mistake at once.
func ParseMapping(columns []string, raw map[string]string) (Mapping, error) {
	m := make(Mapping, len(columns))
	at := map[string]int{}
	for i, c := range columns {
		at[c] = i
	}
	names := make([]string, 0, len(raw))
	for c := range raw {
		names = append(names, c)
	}
	sort.Strings(names)
	var wrong []fault.Field
	for _, c := range names {
		i, known := at[c]
		t, ok := ParseTarget(raw[c])
		switch {
		case !known:
			wrong = append(wrong, mappingField(c, "column_unknown", fault.Values{"column": c}))
		case !ok:
			wrong = append(wrong, mappingField(c, "target_unknown", fault.Values{"column": c, "target": raw[c]}))
		default:
			m[i] = t
		}
	}
	return m, fault.Wrongs(append(wrong, m.check(columns)...))
}

func mappingField(column, code string, v fault.Values) fault.Field {
	return fault.Field{Name: "mapping." + column, Code: code, Values: v}
}

// Check names what is wrong with a mapping of these columns.
func (m Mapping) Check(columns []string) error { return fault.Wrongs(m.check(columns)) }

func (m Mapping) check(columns []string) []fault.Field {
	var wrong []fault.Field
	seen := map[string]bool{}
	for i, t := range m {
		if t.Kind == Ignore {
			continue
		}
		key := t.key()
		if seen[key] {
			wrong = append(wrong, mappingField(columns[i], "target_twice", fault.Values{"column": columns[i], "target": key}))
		}
		seen[key] = true
	}
	if !seen["email"] {
		wrong = append(wrong, fault.Field{Name: "mapping", Code: "no_address_column"})
	}
	return wrong
}

// key is the same for two targets that cannot stand together: one target of
// each kind, one attribute (secret or not) and one merge field of each name.
func (t Target) key() string {
	switch t.Kind {
	case Attribute, SecretAttribute:
		return "attribute:" + t.Name
	case Merge:
		return "merge:" + t.Name
	}
	return t.Kind.String()
}

// Raw gives the API's form back.
func (m Mapping) Raw(columns []string) map[string]string {
	raw := make(map[string]string, len(m))
	for i, t := range m {
		raw[columns[i]] = t.String()
	}
	return raw
}
