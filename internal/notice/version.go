package notice

import (
	"cmp"
	"slices"
	"strings"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Draft is what an author sends to become a version.
type Draft struct {
	DefaultLocale string   `json:"default_locale"`
	Variants      []Source `json:"variants"` // in the notice's order
	Blocks        []Block  `json:"blocks,omitempty"`
}

// Variant is one text of a version, written and compiled.
type Variant struct {
	Position int `json:"position"` // its place in the notice's order
	Source
	Compiled Skeleton `json:"compiled"`
}

// Document is everything that the hash of a version covers. Variants are in
// the order of their locale and jurisdictions.
type Document struct {
	Format        string    `json:"format"`
	Notice        id.Notice `json:"notice"`
	Version       int       `json:"version"`
	DefaultLocale string    `json:"default_locale"`
	Variants      []Variant `json:"variants"`
	Blocks        []Block   `json:"blocks,omitempty"` // absent where there are none: such versions keep their hash
}

// documentFormat changes when the same sources would compile to other bytes.
const documentFormat = "forthwith/notice-version/1"

// Limits of a draft.
const (
	maxVariants = 200
	maxPlaces   = 1000 // of a variant: more than there are countries and states to tell apart
)

// Compile makes the document of a version and its hash. The same draft under
// the same numbers gives the same hash; every mistake in it is named at once.
func (d Draft) Compile(notice id.Notice, version int) (Document, []byte, canon.Hash, error) {
	doc := Document{Format: documentFormat, Notice: notice, Version: version, DefaultLocale: d.DefaultLocale, Blocks: d.Blocks}
	wrong := append(d.check(), d.checkBlocks()...)
	for i, src := range d.Variants {
		if len(wrong) > mostMistakes || len(d.Variants) > maxVariants {
			break
		}
		m := mistakes{where: where(i)}
		src.Jurisdictions = append([]string{}, src.Jurisdictions...)
		text, origins := d.expand(src, &m)
		m.origins = origins
		v := Variant{Position: i, Source: src, Compiled: text.compile(&m)}
		doc.Variants, wrong = append(doc.Variants, v), once(wrong, m.fields)
	}
	if err := fault.Wrongs(wrong); err != nil {
		return Document{}, nil, canon.Hash{}, err
	}
	slices.SortFunc(doc.Variants, func(a, b Variant) int {
		return cmp.Or(cmp.Compare(a.Locale, b.Locale), slices.Compare(a.Jurisdictions, b.Jurisdictions), cmp.Compare(a.Position, b.Position))
	})
	raw, hash, err := canon.Sum(doc)
	return doc, raw, hash, err
}

// once adds the mistakes of a text, and those of a block once for all texts.
func once(wrong, of []fault.Field) []fault.Field {
	for _, f := range of {
		if !strings.HasPrefix(f.Name, "blocks[") || !slices.ContainsFunc(wrong, func(o fault.Field) bool {
			return o.Name == f.Name && o.Code == f.Code && o.Values["line"] == f.Values["line"]
		}) {
			wrong = append(wrong, f)
		}
	}
	return wrong
}

// check names mistakes between variants.
func (d Draft) check() []fault.Field {
	var wrong []fault.Field
	if len(d.Variants) == 0 || len(d.Variants) > maxVariants {
		return []fault.Field{{Name: "variants", Code: "variants_count", Values: fault.Values{"limit": maxVariants}}}
	}
	seen, inDefault := map[string]bool{}, false
	for i, v := range d.Variants {
		if len(wrong) > mostMistakes {
			return wrong
		}
		inDefault = inDefault || strings.EqualFold(v.Locale, d.DefaultLocale)
		places := v.Jurisdictions
		switch {
		case len(places) == 0:
			places = []string{""}
		case len(places) > maxPlaces:
			wrong = append(wrong, fault.Field{Name: where(i) + ".jurisdictions", Code: "jurisdictions_many", Values: fault.Values{"limit": maxPlaces}})
			continue
		}
		for _, p := range places {
			if p != "" && !placeForm.MatchString(p) {
				wrong = append(wrong, fault.Field{Name: where(i) + ".jurisdictions", Code: "jurisdiction_unknown", Values: fault.Values{"jurisdiction": shown(p)}})
			}
			key := strings.ToLower(v.Locale) + "|" + p
			if seen[key] {
				wrong = append(wrong, fault.Field{Name: where(i), Code: "variant_twice", Values: fault.Values{"locale": shown(v.Locale), "jurisdiction": shown(p)}})
			}
			seen[key] = true
		}
	}
	if !inDefault {
		wrong = append(wrong, fault.Field{Name: "default_locale", Code: "default_locale_missing", Values: fault.Values{"locale": shown(d.DefaultLocale)}})
	}
	return wrong
}

// Ordered gives the variants in the notice's order, as PickVariant takes them.
func (d Document) Ordered() []Variant {
	all := slices.Clone(d.Variants)
	slices.SortFunc(all, func(a, b Variant) int { return a.Position - b.Position })
	return all
}

// Sources gives the sources in the notice's order.
func (d Document) Sources() []Source {
	var all []Source
	for _, v := range d.Ordered() {
		all = append(all, v.Source)
	}
	return all
}

// Fields gives every field that any variant uses, sorted, each once.
func (d Document) Fields() []Field {
	var all []Field
	for _, v := range d.Variants {
		all = append(all, v.Compiled.Fields...)
	}
	slices.SortFunc(all, func(a, b Field) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}
