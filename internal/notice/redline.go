package notice

import (
	"strings"
	"time"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// EditKind says what happened to a piece of text.
type EditKind string

// The kinds of edit.
const (
	Kept    EditKind = "kept"
	Added   EditKind = "added"
	Removed EditKind = "removed"
)

// Edit is a piece of a redline. What is kept and removed, put together, is the
// text before; what is kept and added is the text after.
type Edit struct {
	Kind EditKind
	Text string
}

// redlineTime bounds the search for short redlines of all that is compared at
// once; longer ones are as true.
const redlineTime = time.Second

// Redline compares two texts word by word.
func Redline(before, after string) []Edit { return redline(before, after, time.Now().Add(redlineTime)) }

func redline(before, after string, until time.Time) []Edit {
	names := wordNames{}
	a, b := names.runes(before), names.runes(after)
	d := diffmatchpatch.New()
	d.DiffTimeout = max(time.Until(until), time.Millisecond) // none at all would be no bound
	var all []Edit
	for _, piece := range d.DiffMainRunes(a, b, false) {
		all = append(all, Edit{editKinds[piece.Type], names.text(piece.Text)})
	}
	return joined(all)
}

var editKinds = map[diffmatchpatch.Operation]EditKind{
	diffmatchpatch.DiffEqual: Kept, diffmatchpatch.DiffInsert: Added, diffmatchpatch.DiffDelete: Removed,
}

// wordNames give each word of two texts a rune of its own, so that words are
// compared as letters are.
type wordNames struct {
	words []string
	by    map[string]rune
}

// surrogates are no runes; numbers jump over them.
const surrogates, surrogatesEnd = 0xD800, 0xE000

func (n *wordNames) runes(text string) []rune {
	if n.by == nil {
		n.by = map[string]rune{}
	}
	var all []rune
	for _, w := range words(text) {
		r, known := n.by[w]
		if !known {
			r = rune(len(n.words) + 1)
			if r >= surrogates {
				r += surrogatesEnd - surrogates
			}
			n.by[w], n.words = r, append(n.words, w)
		}
		all = append(all, r)
	}
	return all
}

func (n *wordNames) text(runes string) string {
	var out strings.Builder
	for _, r := range runes {
		if r >= surrogatesEnd {
			r -= surrogatesEnd - surrogates
		}
		out.WriteString(n.words[r-1])
	}
	return out.String()
}

// words cuts a text into words, spaces and signs; together they are the text.
func words(text string) []string {
	var all []string
	start, last := 0, 0
	for i, r := range text {
		class := wordClass(r)
		if i > start && (class != last || class == sign) {
			all, start = append(all, text[start:i]), i
		}
		last = class
	}
	if start < len(text) {
		all = append(all, text[start:])
	}
	return all
}

const (
	letter = iota
	space
	sign
)

func wordClass(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.IsPunct(r) && r != '_' || unicode.IsSymbol(r):
		return sign
	}
	return letter
}

// joined makes one removal and one addition of changes that only a space
// keeps apart, and one edit of those that follow each other.
func joined(all []Edit) []Edit {
	var out []Edit
	var gone, came strings.Builder
	flush := func() {
		for _, e := range []Edit{{Removed, gone.String()}, {Added, came.String()}} {
			if e.Text != "" {
				out = append(out, e)
			}
		}
		gone.Reset()
		came.Reset()
	}
	for i, e := range all {
		changing := gone.Len()+came.Len() > 0
		between := e.Kind == Kept && changing && i+1 < len(all) && strings.Trim(e.Text, " ") == ""
		if e.Kind == Kept && !between {
			flush()
			out = append(out, e)
			continue
		}
		if e.Kind != Added {
			gone.WriteString(e.Text)
		}
		if e.Kind != Removed {
			came.WriteString(e.Text)
		}
	}
	flush()
	return out
}

// Change is what became of one text of a notice between two versions.
type Change struct {
	Locale        string
	Jurisdictions []string
	Kind          EditKind // kept: it is in both, perhaps with other words
	Subject, Body []Edit
}

// Same tells whether not a word changed.
func (c Change) Same() bool {
	for _, e := range append(append([]Edit{}, c.Subject...), c.Body...) {
		if e.Kind != Kept {
			return false
		}
	}
	return true
}

// Changes compares texts by the people whom they are for, in the order of
// those after; removed ones come last.
func Changes(before, after []Source) []Change {
	earlier := map[string]Source{}
	for _, s := range before {
		earlier[s.key()] = s
	}
	var all []Change
	until := time.Now().Add(redlineTime)
	for _, s := range after {
		old, was := earlier[s.key()]
		delete(earlier, s.key())
		c := changed(old, s, until)
		if !was {
			c.Kind = Added
		}
		all = append(all, c)
	}
	for _, s := range before {
		if _, gone := earlier[s.key()]; gone {
			c := changed(s, Source{Locale: s.Locale, Jurisdictions: s.Jurisdictions}, until)
			c.Kind = Removed
			all = append(all, c)
		}
	}
	return all
}

func changed(before, after Source, until time.Time) Change {
	return Change{Locale: after.Locale, Jurisdictions: after.Jurisdictions, Kind: Kept,
		Subject: redline(before.Subject, after.Subject, until), Body: redline(before.Body, after.Body, until)}
}

// key names whom a text is for.
func (s Source) key() string {
	return strings.ToLower(s.Locale) + "|" + strings.Join(s.Jurisdictions, " ")
}
