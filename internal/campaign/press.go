package campaign

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
)

// dateField is the one field that follows from the letter itself.
const dateField = "notice.date"

// codeField is the genuineness code of a delivery.
const codeField = "notice.code"

// Press makes what each person gets from a text, facts and keys: at preflight
// to check it and to write the manifest, at sending to make the letter. It is
// safe for use by several goroutines at once.
type Press struct {
	campaign      int64
	facts         []notice.Values // of each variant, in its language
	defaultLocale string
	variants      []notice.Variant
	texts         []*notice.Text
	hashes        []canon.Hash
	sources       []notice.Source
	fields        []string
	pools         []string   // of codes that the text asks for
	coded         [][]string // the same of each variant
	keys          *vault.Incident
	codes         *vault.Installation
	days          []atomic.Pointer[written] // of each variant, the last that was written
}

// written is a day in the words of a variant's language. Most letters of a run
// carry the same.
type written struct {
	day  time.Time
	text []string
}

// NewPress loads the variants of a text.
func NewPress(campaign int64, text notice.Document, facts notice.Facts, keys *vault.Incident, codes *vault.Installation) (*Press, error) {
	p := &Press{campaign: campaign, defaultLocale: text.DefaultLocale, variants: text.Ordered(), keys: keys, codes: codes}
	for _, v := range p.variants {
		loaded, err := v.Compiled.Load()
		if err != nil {
			return nil, fmt.Errorf("load variant %s: %w", v.Locale, err)
		}
		_, sum, err := canon.Sum(v)
		if err != nil {
			return nil, fmt.Errorf("hash variant %s: %w", v.Locale, err)
		}
		p.texts, p.hashes, p.sources = append(p.texts, loaded), append(p.hashes, sum), append(p.sources, v.Source)
		p.coded = append(p.coded, poolsOf(v.Compiled.Fields))
		p.facts = append(p.facts, stated(v.Compiled.Fields, facts.For(v.Locale)))
	}
	p.days = make([]atomic.Pointer[written], len(p.variants))
	for _, f := range text.Fields() {
		if f.Group == "recipient" || f.Group == "merge" {
			p.fields = append(p.fields, f.Key())
		}
	}
	p.pools = poolsOf(text.Fields())
	return p, nil
}

// stated are those of the facts that a text asks for.
func stated(fields []notice.Field, facts map[string]string) notice.Values {
	v := notice.Values{}
	for _, f := range fields {
		if text, ok := facts[f.Key()]; ok {
			v[f.Key()] = []string{text}
		}
	}
	return v
}

// Fields are the personal fields that the text asks for.
func (p *Press) Fields() []string {
	all := slices.Clone(p.fields)
	for _, pool := range p.pools {
		all = append(all, intake.CodeGroup+pool)
	}
	return all
}

// Listed are those of them whose values stand in lists.
func (p *Press) Listed() []string { return p.fields }

// Text gives a loaded variant.
func (p *Press) Text(variant int) *notice.Text { return p.texts[variant] }

// Variants is how many there are.
func (p *Press) Variants() int { return len(p.texts) }

// VariantName names a variant in counts and reports: its locale, and where it
// holds.
func (p *Press) VariantName(variant int) string { return VariantName(p.sources[variant]) }

// VariantName names a variant in counts and reports.
func VariantName(s notice.Source) string {
	name := s.Locale
	for i, j := range s.Jurisdictions {
		if i == 0 {
			name += " "
		} else {
			name += "+"
		}
		name += j
	}
	return name
}

// Entry is one person's place in the manifest.
type Entry struct {
	Variant int // -1: nothing can be sent to them
	Leaf    canon.Hash
	Code    vault.Index
	Values  notice.Values
}

// Variant finds the variant that a person gets by what is known of them now.
// ok is false when none fits them; a person without an address needs none.
func (p *Press) Variant(person intake.Person) (variant int, ok bool) {
	if person.Unaddressed {
		return -1, true
	}
	if variant, ok = notice.PickVariant(p.sources, p.defaultLocale, person.Jurisdictions, person.Locale); !ok {
		variant = -1
	}
	return variant, ok
}

// Entry makes the leaf of a person who gets a variant, or none (-1).
func (p *Press) Entry(seq int64, person intake.Person, of int) (Entry, error) {
	code := p.codes.Code(p.campaign, seq)
	e := Entry{Variant: of, Code: p.codes.CodeDigest(code)}
	var variant canon.Hash
	switch {
	case of >= len(p.hashes):
		return e, fmt.Errorf("the text has no variant %d", of)
	case of >= 0:
		variant = p.hashes[of]
	}
	person.Values = p.told(person.Values, of)
	e.Leaf = Leaf(person.Proof, variant, p.keys.ValuesDigest(p.campaign, seq, canon.Texts(nil, person.Values)), e.Code)
	e.Values = p.values(person, of, code)
	return e, nil
}

func (p *Press) values(person intake.Person, variant int, code string) notice.Values {
	var facts notice.Values
	if variant >= 0 {
		facts = p.facts[variant]
	}
	v := make(notice.Values, len(facts)+len(person.Values)+2)
	for name, text := range facts {
		v[name] = text
	}
	for name, texts := range person.Values {
		v[name] = texts
	}
	v[codeField] = []string{code}
	return v
}

// Dated adds the date that a letter carries, in the words of its language
// where we have them.
func (p *Press) Dated(e Entry, date time.Time) notice.Values {
	e.Values[dateField] = p.day(e.Variant, date.UTC().Truncate(24*time.Hour))
	return e.Values
}

func (p *Press) day(variant int, day time.Time) []string {
	if last := p.days[variant].Load(); last != nil && last.day.Equal(day) {
		return last.text
	}
	text := []string{phrase.Day(p.sources[variant].Locale, day)}
	p.days[variant].Store(&written{day, text})
	return text
}

// try makes a person's notice and counts what stands against it. The entry has
// its code in any case: no two are the same.
func (p *Press) try(seq int64, person intake.Person, at time.Time, found *findings) (Entry, error) {
	variant, ok := p.Variant(person)
	e, err := p.Entry(seq, person, variant)
	if err == nil && person.Broken != nil {
		found.add("", Finding{Code: "people_not_readable"}, 1)
		return e, nil
	}
	if err != nil || person.Unaddressed {
		return e, err
	}
	if !ok {
		where, locale := "–", person.Locale
		if len(person.Jurisdictions) > 0 {
			where = person.Jurisdictions[0]
		}
		if locale == "" {
			locale = "–"
		}
		found.add(where+"/"+locale, Finding{Code: "people_have_no_text", Values: fault.Values{"jurisdiction": where, "locale": locale}}, 1)
		return e, nil
	}
	err = p.render(e, at)
	if f, told := fault.As(err); told {
		finding, key := finding(f)
		found.add(key, finding, 1)
		return e, nil
	}
	return e, err
}

// render fills a text in. A panic is this person's alone, as it is when letters
// are made.
func (p *Press) render(e Entry, at time.Time) (err error) {
	defer func() {
		if recover() != nil {
			err = fault.New(fault.Conflict, "people_break_text", nil)
		}
	}()
	_, err = p.texts[e.Variant].Render(p.Dated(e, at))
	return err
}

// finding turns what rendering says into the finding that counts people.
func finding(f *fault.Fault) (Finding, string) {
	field, _ := f.Values["field"].(string)
	switch f.Code {
	case "value_missing":
		return Finding{Code: "people_lack_field", Values: fault.Values{"field": field}}, field
	case "several_values":
		return Finding{Code: "people_have_several", Values: fault.Values{"field": field}}, field
	case "output_too_long":
		return Finding{Code: "notice_too_large"}, ""
	}
	return Finding{Code: f.Code, Values: f.Values}, field
}
