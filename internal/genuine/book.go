package genuine

import (
	"context"
	"slices"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/id"
)

// Word is what a code is worth.
type Word string

// The words. A correction that takes the place of a notice will add one.
const (
	Unknown   Word = "unknown"
	Genuine   Word = "genuine"
	Withdrawn Word = "withdrawn"
)

// Answer is all that is told about a code. Only a genuine one has facts.
type Answer struct {
	Word  Word
	Facts *Facts
}

// Launch is a campaign that was launched, as far as anybody may know of it.
type Launch struct {
	Campaign  id.Campaign
	Plan      canon.Hash
	Withdrawn bool // legal took its text back
	At        time.Time
	Ended     time.Time // zero: it is under way
}

// Book holds every answer that there is. It never changes: what has become
// different is another book.
type Book struct {
	Answers  []Answer
	of       map[id.Campaign]int
	launches []Launch
}

// The places of the answers that are the same for every code.
const (
	unknownAt = iota
	withdrawnAt
	firstGenuine
)

// write makes the book of some launches. A plan that an earlier book had is not
// read again.
func write(ctx context.Context, s Store, launches []Launch, before *Book) (*Book, error) {
	b := &Book{Answers: []Answer{{Word: Unknown}, {Word: Withdrawn}}, of: make(map[id.Campaign]int, len(launches)), launches: launches}
	for _, l := range launches {
		if l.Withdrawn {
			b.of[l.Campaign] = withdrawnAt
			continue
		}
		facts, err := before.facts(l)
		if facts == nil {
			var document []byte
			if document, err = s.Plan(ctx, l.Plan); err == nil {
				facts, err = factsOf(document, l)
			}
		}
		if err != nil {
			return nil, err
		}
		b.of[l.Campaign] = len(b.Answers)
		b.Answers = append(b.Answers, Answer{Genuine, facts})
	}
	return b, nil
}

// facts gives what the book has of exactly this launch; nil for nothing.
func (b *Book) facts(l Launch) (*Facts, error) {
	if b == nil || !slices.Contains(b.launches, l) {
		return nil, nil
	}
	return b.Answers[b.of[l.Campaign]].Facts, nil
}
