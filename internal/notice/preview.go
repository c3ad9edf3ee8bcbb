package notice

import (
	"context"
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// Scene is what a text is previewed against.
type Scene interface {
	// Facts gives the values that are the same for everybody, and the clock.
	Facts(ctx context.Context, incident id.Incident) (Facts, time.Time, error)
	// Audience gives whom a lint is made for: the members of a frozen cohort, or
	// everybody of the incident.
	Audience(ctx context.Context, incident id.Incident, cohort id.Cohort) (Audience, error)
	// Frozen gives the frozen cohorts of an incident.
	Frozen(ctx context.Context, incident id.Incident) ([]id.Cohort, error)
	// Reader opens one person with the values of some fields.
	Reader(ctx context.Context, no id.Recipient, fields []string) (Reader, error)
}

// Reader is a person as a text meets them.
type Reader struct {
	Jurisdictions []string
	Locale        string
	Values        Values
}

// Shown is a preview.
type Shown struct {
	Variant  int
	Source   Source
	Message  Message
	Compiled Skeleton
}

// Preview renders a version for one person of its incident, or for somebody made
// up. variant is its place in the notice's order; -1 means the one that the person
// gets. A genuineness code belongs to
// a delivery: here a sample stands for it, and for each code that the person was
// not handed yet.
func (s Service) Preview(ctx context.Context, by access.Actor, no id.Version, reader Someone, variant int) (Shown, error) {
	v, err := s.Version(ctx, by, no)
	if err != nil {
		return Shown{}, err
	}
	return s.shown(ctx, v.Incident, v.Document, reader, variant)
}

func (s Service) shown(ctx context.Context, in id.Incident, d Document, whom Someone, variant int) (Shown, error) {
	facts, now, err := s.Scene.Facts(ctx, in)
	if err != nil {
		return Shown{}, err
	}
	reader := d.madeUp(whom.MadeUp)
	if person := whom.Person; person.No != 0 {
		if person.Parent != int64(in) {
			return Shown{}, fault.Wrong("recipient", "recipient_of_another_incident", nil)
		}
		if reader, err = s.Scene.Reader(ctx, person, d.asked()); err != nil {
			return Shown{}, err
		}
	}
	return d.show(reader, facts, variant, now)
}

// asked gives the fields whose values differ from person to person and stand
// in lists, or are codes that were handed out.
func (d Document) asked() []string {
	var keys []string
	for _, f := range d.askedFields() {
		keys = append(keys, f.Key())
	}
	return keys
}

func (d Document) askedFields() []Field {
	return slices.DeleteFunc(d.Fields(), func(f Field) bool { return f.Group != "recipient" && f.Group != "merge" && f.Group != "code" })
}

// madeUp is a person whom everybody recognises as made up.
func (d Document) madeUp(m MadeUp) Reader {
	r := Reader{Locale: d.DefaultLocale, Values: Values{}}
	for _, f := range d.askedFields() {
		values, before := m.values(f), r.Values[f.Key()]
		if before == nil || len(values) < len(before) { // what also stands alone has one value
			r.Values[f.Key()] = values
		}
	}
	return r
}

// sampleOf is a value that everybody recognises as made up.
func sampleOf(key string) string {
	return phrase.Say("sample_value", map[string]any{"field": strings.TrimPrefix(key, "merge.")})
}

// SampleCode stands for a code of a pool that nobody was handed.
func SampleCode(pool string) string { return sampleOf("code." + pool) }

const sampleCode = "0000-0000-0000-0000"

func (d Document) show(r Reader, facts Facts, variant int, now time.Time) (Shown, error) {
	sources := d.Sources()
	if variant < 0 {
		var ok bool
		if variant, ok = PickVariant(sources, d.DefaultLocale, r.Jurisdictions, r.Locale); !ok {
			return Shown{}, fault.Wrong("recipient", "person_has_no_text", nil)
		}
	}
	if variant >= len(sources) {
		return Shown{}, fault.Wrong("variant", "field_out_of_range", fault.Values{"name": "variant", "from": 0, "to": len(sources) - 1})
	}
	shown := Shown{Variant: variant, Source: sources[variant], Compiled: d.Ordered()[variant].Compiled}
	text, err := shown.Compiled.Load()
	if err != nil {
		return shown, err
	}
	shown.Message, err = text.Render(d.values(r, facts, shown.Source.Locale, now))
	return shown, err
}

// values are what a reader is told, with a sample in place of every code that is
// not theirs.
func (d Document) values(r Reader, facts Facts, locale string, now time.Time) Values {
	values := Values{"notice.date": {phrase.Day(locale, now)}}
	for name, text := range facts.For(locale) {
		values[name] = []string{text}
	}
	for name, texts := range r.Values {
		values[name] = texts
	}
	for _, f := range d.Fields() {
		switch {
		case f.Key() == "notice.code":
			values[f.Key()] = []string{sampleCode}
		case f.Group == "code" && len(values[f.Key()]) == 0:
			values[f.Key()] = []string{SampleCode(f.Name)}
		}
	}
	return values
}

// Sample gives the text that a made-up person gets, and what it tells them.
// Nothing of it is a recipient's. Where no text is for everywhere else, it is
// the first one.
func (d Document) Sample(facts Facts, now time.Time) (Skeleton, Values) {
	reader, sources := d.madeUp(""), d.Sources()
	variant, ok := PickVariant(sources, d.DefaultLocale, nil, reader.Locale)
	if !ok {
		variant = 0
	}
	return d.Ordered()[variant].Compiled, d.values(reader, facts, sources[variant].Locale, now)
}

// Marked gives the text with a mark before its subject. The mark holds no brace.
func (s Skeleton) Marked(mark string) Skeleton {
	s.Subject = mark + " " + s.Subject
	return s
}
