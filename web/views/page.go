package views

import (
	"net/url"
	"strings"
)

// Page is everything that the layout shows around a screen.
type Page struct {
	Title  string // the h1; the document's title is made of it
	Scheme string // light, dark, or empty: the system's
	Static string // where files are served from
	Me     *Me    // nil: nobody is signed in
	Needs  string // how many things need them; empty: none
	Nav    []Link
	Keys   []Key // that are on
	Sample bool  // the stack is a sample
	Inbox  bool  // and its reader may open the capture inbox
	Bar    *Bar  // the incident that the page belongs to
	Back   *Link
	Notice *Banner
	CSRF   string
	Once   string // the key under which this page's form counts once
	Faults []Fault
	Old    url.Values // what was typed into a form that was refused
	Body   any
}

// Me is who looks at the page.
type Me struct{ Name, Role string }

// Key is a single key that leads to a page.
type Key struct{ Key, URL, Text string }

// Link is a way to another page.
type Link struct {
	Text, URL string
	Current   bool
}

// Banner is the one message that stays until it is solved.
type Banner struct {
	Tone string // info, ok, warn
	Icon string
	Text string
	Link *Link
}

// Fault is one thing that is wrong with what was sent. Field is empty where it
// belongs to no field.
type Fault struct{ Field, Text string }

// Bar is the bar of an incident.
type Bar struct {
	Name    string
	URL     string
	Large   bool // the overview: the name is the page's h1
	Needs   string
	Tabs    []Tab
	Current Tab
}

// Tab is a part of an incident with its state.
type Tab struct {
	Text, URL string
	Current   bool
	State     Said
}

// Said is a state as a word with its shape and tone.
type Said struct{ Icon, Tone, Word string }

// When is an instant as a reader sees it: in their zone, and in UTC beneath
// where that differs.
type When struct{ ISO, Text, UTC string }

// error says all that is wrong with a field.
func (p Page) error(field string) string {
	var all []string
	for _, f := range p.Faults {
		if f.Field == field {
			all = append(all, f.Text)
		}
	}
	return strings.Join(all, " ")
}

// Value gives what was typed into a field, or what it held before.
func (p Page) Value(field, before string) string {
	if p.Old != nil {
		return p.Old.Get(field)
	}
	return before
}
