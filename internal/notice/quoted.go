package notice

import (
	"context"
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// Quotes are the fields that texts quote, by the language of the text.
type Quotes map[string]map[string]bool

// Facts are those of them that somebody writes down for an incident, in any text.
func (q Quotes) Facts() []string {
	return slices.DeleteFunc(FactFields(), func(key string) bool {
		for _, in := range q {
			if in[key] {
				return false
			}
		}
		return true
	})
}

// In are the facts that texts in a language quote, those included that the facts
// state of themselves; days are written by the product.
func (q Quotes) In(language string) []string {
	all := append(FactFields(), "incident.data_types", "incident.summary")
	slices.Sort(all)
	return slices.DeleteFunc(all, func(key string) bool { return !q[language][key] })
}

// mostQuoting bounds the notices whose texts are read for the facts they quote.
const mostQuoting = 200

// Quoted gives the facts of an incident that the texts of its notices quote, as
// they stand in the editors of who asks: unsaved, or the newest version.
func (s Service) Quoted(ctx context.Context, by access.Actor, incident id.Incident) (Quotes, error) {
	all, err := s.List(ctx, by, incident, 0, mostQuoting)
	if err != nil {
		return nil, err
	}
	quoted := Quotes{}
	for _, n := range all {
		draft, err := s.draft(ctx, n, by.User)
		if err != nil {
			return nil, err
		}
		draft.quote(quoted)
	}
	return quoted, nil
}

// quote adds the fields of a draft, whether it compiles or not.
func (d Draft) quote(all Quotes) {
	for _, v := range d.Texts() {
		in := phrase.Primary(strings.TrimSpace(v.Locale))
		if all[in] == nil {
			all[in] = map[string]bool{}
		}
		for _, m := range inTarget.FindAllStringSubmatch(v.Subject+"\n"+v.Body, -1) {
			f, _, _ := parseField(m[1])
			all[in][f.Key()] = true
		}
	}
}

// draft is what somebody's editor of a notice shows.
func (s Service) draft(ctx context.Context, n Notice, author id.User) (Draft, error) {
	unsaved, found, err := s.Store.Unsaved(ctx, n.ID, author)
	if err != nil || found {
		return unsaved.Draft, err
	}
	newest := n.newest()
	if newest.ID == 0 {
		return Draft{}, nil
	}
	v, err := s.Store.Version(ctx, newest.ID)
	return v.Document.Draft(), err
}
