package genuine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// shelf is a store in memory: the digest of a code is its first bytes.
type shelf struct {
	codes    map[vault.Index]id.Campaign
	launches []Launch
	plan     campaign.Plan
	down     error
	asked    struct{ codes, launches, plans int }
}

func (s *shelf) CodeDigest(code string) (ix vault.Index) {
	copy(ix[:], code)
	return ix
}

func (s *shelf) CodeOf(_ context.Context, digest vault.Index) (id.Campaign, error) {
	s.asked.codes++
	return s.codes[digest], s.down
}

func (s *shelf) Launches(context.Context) ([]Launch, error) {
	s.asked.launches++
	return slices.Clone(s.launches), s.down
}

func (s *shelf) Plan(context.Context, canon.Hash) ([]byte, error) {
	s.asked.plans++
	document, _, err := s.plan.Seal()
	return document, err
}

const ours, stranger = "7K2M-9QXD-04TB-ZR5H", "0000-0000-0000-0000"

var launched = time.Date(2022, 8, 8, 19, 30, 0, 0, time.UTC)

func newShelf(t *testing.T, texts ...notice.Source) *shelf {
	t.Helper()
	if len(texts) == 0 {
		texts = []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "A notice", Body: "Read this."}}
	}
	document, _, _, err := notice.Draft{DefaultLocale: texts[0].Locale, Variants: texts}.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{launches: []Launch{{Campaign: 1, Plan: canon.Hash{1}, At: launched}}, plan: campaign.Plan{Text: document, Facts: map[string]string{"org.name": "Larkfield Cloud"}}}
	s.codes = map[vault.Index]id.Campaign{s.CodeDigest(ours): 1}
	return s
}

func ask(t *testing.T, d *Desk, code string) Answer {
	t.Helper()
	book, at, err := d.Ask(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	return book.Answers[at]
}

func TestWhatDiffersBetweenPeopleIsNeverPublished(t *testing.T) {
	s := newShelf(t, notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "{{org.name}}: for {{recipient.name}}, {{list merge.account}}, {{notice.code}}", Body: "Read this."},
		notice.Source{Locale: "de", Jurisdictions: []string{}, Subject: "{{org.name}}: eine Mitteilung", Body: "Lesen Sie dies."},
		notice.Source{Locale: "de", Jurisdictions: []string{"AT"}, Subject: "{{org.name}}: eine Mitteilung", Body: "Lesen Sie das."})
	got := ask(t, NewDesk(s, s), ours)
	slices.Sort(got.Facts.Subjects)
	if want := []string{"Larkfield Cloud: eine Mitteilung", "Larkfield Cloud: for …, …, …"}; !slices.Equal(got.Facts.Subjects, want) {
		t.Errorf("%q", got.Facts.Subjects)
	}
}

func TestWhatCannotBeLookedUpIsNoAnswer(t *testing.T) {
	s := newShelf(t)
	d := NewDesk(s, s)
	ask(t, d, ours)
	s.down = errors.New("down")
	for _, code := range []string{ours, stranger} {
		if book, _, err := d.Ask(t.Context(), code); err == nil || book != nil {
			t.Errorf("%s was answered", code)
		}
	}
	if _, _, err := NewDesk(s, s).Ask(t.Context(), ours); err == nil {
		t.Error("an empty book answers")
	}
}

// TestTheBookIsReadByTheClockAlone asks many times: known and unknown codes ask
// the store for the same things.
func TestTheBookIsReadByTheClockAlone(t *testing.T) {
	for _, code := range []string{ours, stranger} {
		s := newShelf(t)
		d := NewDesk(s, s)
		for range 50 {
			ask(t, d, code)
		}
		if s.asked.codes != 50 || s.asked.launches != 1 || s.asked.plans != 1 {
			t.Errorf("%s: %+v", code, s.asked)
		}
	}
}

func TestABookStaysUntilSomethingChanges(t *testing.T) {
	s := newShelf(t)
	d := NewDesk(s, s)
	first, _, err := d.Ask(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	old := func() { d.read = time.Now().Add(-fresh) }
	old()
	if again, _, err := d.Ask(t.Context(), ours); err != nil || again != first {
		t.Errorf("nothing changed, and the book is another: %v", err)
	}
	s.launches = append(s.launches, Launch{Campaign: 2, Plan: canon.Hash{2}, At: launched})
	old()
	if got := ask(t, d, ours); got.Facts != first.Answers[firstGenuine].Facts || s.asked.plans != 2 {
		t.Errorf("plans were read %d times", s.asked.plans)
	}
	s.launches[0].Ended = launched.Add(time.Hour)
	old()
	if got := ask(t, d, ours); !got.Facts.Last.Equal(launched.Add(time.Hour)) {
		t.Errorf("it ended, and the answer is %+v", got.Facts)
	}
	s.launches[0].Withdrawn = true
	old()
	if got := ask(t, d, ours); got.Word != Withdrawn || got.Facts != nil {
		t.Errorf("withdrawn: %+v", got)
	}
}

func TestThePlannedDayIsTheFirst(t *testing.T) {
	s := newShelf(t)
	later, sooner := launched.Add(30*time.Hour), launched.Add(-time.Hour)
	for at, want := range map[*time.Time]time.Time{&later: later, &sooner: launched, nil: launched} {
		s.plan.ScheduleAt = at
		if got := ask(t, NewDesk(s, s), ours); !got.Facts.First.Equal(want) {
			t.Errorf("first %s, want %s", got.Facts.First, want)
		}
	}
}

// What a campaign says is what stands in its place: the newest correction, or what
// corrects that one, unless its text was withdrawn.
func TestACodeTellsWhatStandsInItsPlace(t *testing.T) {
	at := func(hours int) time.Time { return launched.Add(time.Duration(hours) * time.Hour) }
	of := func(no, corrects id.Campaign, hours int, withdrawn bool) Launch {
		return Launch{Campaign: no, Corrects: corrects, Plan: canon.Hash{byte(no)}, At: at(hours), Withdrawn: withdrawn}
	}
	first, gone := of(1, 0, 0, false), of(1, 0, 0, true)
	for name, c := range map[string]struct {
		launches []Launch
		word     Word
		day      time.Time
	}{
		"nothing":                               {[]Launch{first}, Genuine, at(0)},
		"another campaign":                      {[]Launch{first, of(2, 0, 5, false)}, Genuine, at(0)},
		"a correction":                          {[]Launch{first, of(2, 1, 5, false)}, Superseded, at(5)},
		"a correction of what was withdrawn":    {[]Launch{gone, of(2, 1, 5, false)}, Superseded, at(5)},
		"a correction that was withdrawn":       {[]Launch{first, of(2, 1, 5, true)}, Withdrawn, time.Time{}},
		"the newer of two, launched second":     {[]Launch{first, of(2, 1, 5, false), of(3, 1, 9, false)}, Superseded, at(9)},
		"the newer of two, made first":          {[]Launch{first, of(2, 1, 9, false), of(3, 1, 5, false)}, Superseded, at(9)},
		"a correction of the correction":        {[]Launch{first, of(2, 1, 5, false), of(3, 2, 9, false)}, Superseded, at(9)},
		"a withdrawn one that is corrected too": {[]Launch{first, of(2, 1, 5, true), of(3, 2, 9, false)}, Superseded, at(9)},
		"a circle that nothing lets come about": {[]Launch{of(1, 2, 0, false), of(2, 1, 5, false)}, Genuine, at(0)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			s.launches = c.launches
			got := ask(t, NewDesk(s, s), ours)
			if got.Word != c.word || got.Facts == nil != c.day.IsZero() || got.Facts != nil && !got.Facts.First.Equal(c.day) {
				t.Errorf("%s, %+v", got.Word, got.Facts)
			}
		})
	}
}

// slow answers when it is told to, and counts who waits for it.
type slow struct {
	*shelf
	asking atomic.Int64
	answer chan struct{}
}

func (s *slow) CodeOf(context.Context, vault.Index) (id.Campaign, error) {
	s.asking.Add(1)
	<-s.answer
	return 1, nil
}

// Everybody may ask in the same minute, and whoever steers a campaign needs the
// database too.
func TestARushOfQuestionsLeavesTheDatabaseToOthers(t *testing.T) {
	shelf := newShelf(t)
	synctest.Test(t, func(t *testing.T) {
		s := &slow{shelf: shelf, answer: make(chan struct{})}
		d := NewDesk(s, s)
		ctx, giveUp := context.WithTimeout(t.Context(), time.Minute)
		defer giveUp()
		var known, refused atomic.Int64
		for range 10 * atOnce {
			go func() {
				switch _, at, err := d.Ask(ctx, ours); {
				case fault.KindOf(err) == fault.Unavailable:
					refused.Add(1)
				case err == nil && at != unknownAt:
					known.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := s.asking.Load(); n != atOnce {
			t.Errorf("%d are looked up at once", n)
		}
		for range atOnce {
			s.answer <- struct{}{}
		}
		synctest.Wait()
		if n := s.asking.Load(); n != 2*atOnce || known.Load() != atOnce {
			t.Errorf("%d were looked up, %d answered", n, known.Load())
		}
		<-ctx.Done()
		close(s.answer)
		synctest.Wait()
		if known.Load() != 2*atOnce || refused.Load() != 8*atOnce {
			t.Errorf("%d answered, %d told to try again", known.Load(), refused.Load())
		}
	})
}
