package genuine

import (
	"context"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/id"
)

// Word is what a code is worth.
type Word string

// The words.
const (
	Unknown    Word = "unknown"
	Genuine    Word = "genuine"
	Withdrawn  Word = "withdrawn"
	Superseded Word = "superseded" // by a correction, whose facts are told
)

// Answer is all that is told about a code. One that is genuine has its facts, one
// that is superseded those of the newest correction.
type Answer struct {
	Word  Word
	Facts *Facts
}

// Launch is a campaign that was launched, as far as anybody may know of it.
type Launch struct {
	Campaign  id.Campaign
	Plan      canon.Hash
	Corrects  id.Campaign // whose text it takes the place of; 0: of none
	Withdrawn bool        // legal took its text back
	At        time.Time
	Ended     time.Time // zero: it is under way
}

// Book holds every answer that there is. It never changes: what has become
// different is another book.
type Book struct {
	Answers  []Answer
	of       map[id.Campaign]int
	launches []Launch
	facts    map[Launch]*Facts
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
	b := &Book{Answers: []Answer{{Word: Unknown}, {Word: Withdrawn}}, of: make(map[id.Campaign]int, len(launches)), launches: launches, facts: make(map[Launch]*Facts, len(launches))}
	last := newest(launches)
	for _, l := range launches {
		stands := last(l)
		if stands.Withdrawn {
			b.of[l.Campaign] = withdrawnAt
			continue
		}
		facts, err := b.factsOf(ctx, s, stands, before)
		if err != nil {
			return nil, err
		}
		word := Genuine
		if stands.Campaign != l.Campaign {
			word = Superseded
		}
		b.of[l.Campaign] = len(b.Answers)
		b.Answers = append(b.Answers, Answer{word, facts})
	}
	return b, nil
}

// newest tells which campaign stands in the place of another: itself, or the
// latest correction, or what corrects that one.
func newest(launches []Launch) func(Launch) Launch {
	by := map[id.Campaign]Launch{}
	for _, l := range launches {
		if now, there := by[l.Corrects]; l.Corrects != 0 && (!there || l.At.After(now.At)) {
			by[l.Corrects] = l
		}
	}
	return func(l Launch) Launch {
		for range launches { // a correction is newer than what it corrects, so that there is no circle
			next, corrected := by[l.Campaign]
			if !corrected {
				break
			}
			l = next
		}
		return l
	}
}

// factsOf gives the facts of a launch: those that this book has, or the one before
// it, or what the plan says.
func (b *Book) factsOf(ctx context.Context, s Store, l Launch, before *Book) (*Facts, error) {
	if f := b.facts[l]; f != nil {
		return f, nil
	}
	if before != nil && before.facts[l] != nil {
		b.facts[l] = before.facts[l]
		return b.facts[l], nil
	}
	document, err := s.Plan(ctx, l.Plan)
	if err != nil {
		return nil, err
	}
	f, err := factsOf(document, l)
	b.facts[l] = f
	return f, err
}
