package regime

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"forthwith/internal/fault"
)

// deepest is how far a rule file may nest; the schema needs 7.
const deepest = 32

// Load reads a rule file. It is strict: a key that is unknown, doubled or
// missing, a value of another type or out of its list, a reference to nothing
// and a second document are refused, with up to 50 defects named by line and
// path in the fields of the fault. Anchors and aliases are refused, so that no
// file is larger than it looks; so is one over MaxFile bytes.
func Load(raw []byte) (Set, error) {
	if len(raw) > MaxFile {
		return Set{}, fault.New(fault.TooLarge, "rules_too_large", fault.Values{"limit": MaxFile >> 20})
	}
	root, err := parse(raw)
	if err != nil {
		return Set{}, err
	}
	in := &reader{}
	set := Set{SHA256: hashOf(raw)}
	top := in.object(root, "")
	set.read(top)
	top.done()
	if len(in.wrong) == 0 {
		set.check(in, root)
	}
	if len(in.wrong) > 0 {
		return Set{}, fault.Wrongs(in.wrong)
	}
	set.facts = factsOf(root)
	return set, nil
}

// parse gives the one mapping that a file holds.
func parse(raw []byte) (*yaml.Node, error) {
	var docs []yaml.Node
	err := yaml.Load(raw, &docs, yaml.WithAllDocuments(), yaml.WithUniqueKeys(false),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(deepest))))
	if err != nil {
		return nil, fault.New(fault.Malformed, "rules_not_yaml", fault.Values{"line": lineOf(err)}).Because(err)
	}
	if len(docs) != 1 {
		return nil, fault.New(fault.Malformed, "rules_one_document", fault.Values{"documents": len(docs)})
	}
	root := &docs[0]
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if line := aliased(root); line > 0 {
		return nil, fault.New(fault.Malformed, "rules_aliased", fault.Values{"line": strconv.Itoa(line)})
	}
	return root, nil
}

func lineOf(err error) string {
	var at *yaml.LoadError
	if errors.As(err, &at) && at.Mark.Line > 0 {
		return strconv.Itoa(at.Mark.Line)
	}
	return "?"
}

// aliased gives the line of the first anchor or alias, or 0.
func aliased(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return max(n.Line, 1)
	}
	for _, part := range n.Content {
		if line := aliased(part); line > 0 {
			return line
		}
	}
	return 0
}

func (s *Set) read(top *object) {
	s.Version = top.text("version")
	s.Schema = top.number("schema_version")
	if s.Schema != schemaVersion && top.keys != nil {
		top.in.refuse(fault.Field{Code: "rules_schema_unknown", Values: fault.Values{"schema": s.Schema, "reads": schemaVersion}}, "schema_version", top.lineOf("schema_version"))
	}
	s.Generated = top.date("generated")
	s.Disclaimer = top.text("disclaimer")
	s.events = terms(top, "events")
	s.conditions = terms(top, "conditions")
	top.each("content_items", func(o *object) { s.items = append(s.items, readItem(o)) })
	top.each("contacts", func(o *object) { s.contacts = append(s.contacts, readContact(o)) })
	top.each("conflicts", func(o *object) {
		s.conflicts = append(s.conflicts, Conflict{Item: o.text("item"), ProhibitedBy: o.texts("prohibited_by"), RequiredBy: o.texts("required_by"), Advice: o.text("advice")})
	})
	top.each("sources", func(o *object) {
		s.sources = append(s.sources, Source{ID: idOf(o), Title: o.text("title"), URL: o.textOr("url")})
	})
	s.notCovered = top.texts("not_covered")
	top.each("regimes", func(o *object) { s.rules = append(s.rules, readRule(o)) })
}

func terms(top *object, key string) []Term {
	var all []Term
	top.each(key, func(o *object) { all = append(all, Term{ID: idOf(o), Description: o.text("description")}) })
	return all
}

func readItem(o *object) Item {
	i := Item{ID: idOf(o), Description: o.text("description"), Check: oneOf(o, "check", "auto", "partial", "manual")}
	o.within("detect", func(d *object) {
		i.MergeFields, i.Headings, i.Keywords = d.texts("merge_fields"), d.texts("headings"), d.texts("keywords")
	})
	return i
}

func readContact(o *object) Contact {
	return Contact{ID: idOf(o), Name: o.text("name"), Jurisdiction: jurisdictionOf(o), Domains: o.texts("domains"), Phones: o.texts("phones"),
		Postal: o.textOr("postal"), Confidence: oneOf(o, "confidence", High, Medium, Low)}
}

// idOf reads an id. Ids become parts of dotted names, so they hold no dot.
func idOf(o *object) string { return slug(o, "id") }

const slugWanted = "a name of small letters, digits, hyphens and underscores"

func slug(o *object, key string) string {
	text := o.text(key)
	if text != "" && !isSlug(text) {
		o.wrong(key, slugWanted)
	}
	return text
}

func isSlug(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func jurisdictionOf(o *object) string {
	code := o.text("jurisdiction")
	if code != "" && !isPlace(code) {
		o.wrong("jurisdiction", placeWanted)
	}
	return code
}

func places(o *object, key string) []string {
	codes := o.texts(key)
	if slices.ContainsFunc(codes, func(c string) bool { return !isPlace(c) }) {
		o.wrong(key, placeWanted)
	}
	return codes
}

const placeWanted = "a code such as CA, US-CA or EU"

// isPlace tells whether a text has the form of a code of ISO 3166-1 or -2.
func isPlace(code string) bool {
	if len(code) < 2 || len(code) == 3 || len(code) > 6 {
		return false
	}
	for i, r := range code {
		switch {
		case i == 2 && r != '-':
			return false
		case i != 2 && (r < 'A' || r > 'Z') && (i < 3 || r < '0' || r > '9'):
			return false
		}
	}
	return true
}
