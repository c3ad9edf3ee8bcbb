package postgres_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"forthwith/internal/genuine"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
	"forthwith/internal/vault"
)

// asks puts a question to a desk that has read nothing yet.
func (r *planRig) asks(typed string) genuine.Answer {
	r.t.Helper()
	book, at, err := genuine.NewDesk(postgres.GenuineStore{DB: r.db.DB}, r.db.Installation()).Ask(context.Background(), typed)
	if err != nil {
		r.t.Fatal(err)
	}
	return book.Answers[at]
}

func (r *planRig) code(no id.Campaign, seq int64) string {
	return r.db.Installation().Code(int64(no), seq)
}

func (r *planRig) withdraw() {
	r.exec("INSERT INTO version_event (version_no, event_no, kind, made_by) VALUES ($1, 1, 'withdraw', $2)", r.version, int64(r.ada.User))
}

func TestACodeIsGenuineFromTheLaunchOn(t *testing.T) {
	r := newPlanRig(t, 5)
	ctx := context.Background()
	c := r.checked()
	code := r.code(c.ID, 3)
	if got := r.asks(code); got.Word != genuine.Unknown {
		t.Errorf("checked only: %s", got.Word)
	}
	c, err := r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.asks(code); got.Word != genuine.Unknown {
		t.Errorf("approved only: %s", got.Word)
	}
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	for seq := range int64(5) {
		got := r.asks(strings.ToLower(strings.ReplaceAll(r.code(c.ID, seq+1), "-", " ")))
		if got.Word != genuine.Genuine {
			t.Fatalf("launched: %s", got.Word)
		}
		if f := got.Facts; f.Organisation != "Larkfield Cloud" || f.From != "notice@example.com" || f.FromName != "Larkfield" ||
			!slices.Equal(f.Subjects, []string{"Larkfield Cloud: a notice"}) || f.First.IsZero() || !f.Last.IsZero() {
			t.Fatalf("the facts are %+v", f)
		}
	}
	for name, typed := range map[string]string{"a code of nobody": r.code(c.ID, 6), "of another campaign": r.code(c.ID+1, 1), "no code": "hello", "nothing": "", "quotes": "' OR 1=1 --"} {
		if got := r.asks(typed); got.Word != genuine.Unknown || got.Facts != nil {
			t.Errorf("%s: %s", name, got.Word)
		}
	}
	r.withdraw()
	if got := r.asks(code); got.Word != genuine.Withdrawn || got.Facts != nil {
		t.Errorf("withdrawn: %+v", got)
	}
}

// TestAnAbortTakesNoNoticeBack aborts a campaign that has begun, and one that
// has not.
func TestAnAbortTakesNoNoticeBack(t *testing.T) {
	r := newPlanRig(t, 5)
	ctx := context.Background()
	s := r.settings()
	later := time.Now().AddDate(0, 0, 3)
	s.ScheduleAt = &later
	c := r.approvedAs(s)
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	if got := r.asks(r.code(c.ID, 1)); got.Word != genuine.Genuine || !got.Facts.First.Equal(r.get(c.ID).Settings.ScheduleAt.UTC()) {
		t.Errorf("scheduled: %+v", got)
	}
	if _, err := r.service.Abort(ctx, r.cem, c.ID, "wrong day"); err != nil {
		t.Fatal(err)
	}
	if got := r.asks(r.code(c.ID, 1)); got.Word != genuine.Unknown {
		t.Errorf("aborted before anything was sent: %s", got.Word)
	}
	s = r.settings()
	s.Name = "Again"
	again := r.approvedAs(s)
	if err := r.launch(again, r.gil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Abort(ctx, r.cem, again.ID, "wrong relay"); err != nil {
		t.Fatal(err)
	}
	got := r.asks(r.code(again.ID, 1))
	if got.Word != genuine.Genuine || got.Facts.Last.IsZero() {
		t.Errorf("aborted while it was sent: %+v", got)
	}
	if again.ID == c.ID {
		t.Error("there is one campaign")
	}
}

func TestNewChecksLeaveOneSetOfCodes(t *testing.T) {
	r := newPlanRig(t, 5)
	c := r.checked()
	c = r.check(c.ID)
	if n := r.number("SELECT count(*) FROM code"); n != 5 {
		t.Errorf("%d codes of 5 people", n)
	}
	c, err := r.service.Approve(context.Background(), r.ada, c.ID, c.PlanHash, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.app.Exec(context.Background(), "DELETE FROM code"); err == nil || !strings.Contains(err.Error(), "codes of a campaign that was started are evidence") {
		t.Errorf("codes of a campaign under way went: %v", err)
	}
	if got := r.asks(r.code(c.ID, 5)); got.Word != genuine.Genuine {
		t.Errorf("after that: %s", got.Word)
	}
}

// TestCodesOutliveTheKeysOfPeople takes away what shredding takes away.
func TestCodesOutliveTheKeysOfPeople(t *testing.T) {
	r := newPlanRig(t, 5)
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.owner.Exec(context.Background(), "DELETE FROM incident_key"); err != nil {
		t.Fatal(err)
	}
	if got := r.asks(r.code(c.ID, 2)); got.Word != genuine.Genuine || got.Facts.Organisation != "Larkfield Cloud" {
		t.Errorf("%+v", got)
	}
}

func TestGuessesHitNothing(t *testing.T) {
	r := newPlanRig(t, 200)
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	desk := genuine.NewDesk(postgres.GenuineStore{DB: r.db.DB}, r.db.Installation())
	hits := 0
	for range 20_000 {
		book, at, err := desk.Ask(context.Background(), rand.Text()[:16])
		if err != nil {
			t.Fatal(err)
		}
		if book.Answers[at].Word != genuine.Unknown {
			hits++
		}
	}
	if hits != 0 {
		t.Errorf("%d of 20000 guesses hit", hits)
	}
}

// TestANeighbourIsNotTheCode asks for digests right before and behind one that
// is there: the row that is fetched is the next one.
func TestANeighbourIsNotTheCode(t *testing.T) {
	r := newPlanRig(t, 1)
	r.exec("INSERT INTO code SELECT gen_random_uuid(), 7 FROM generate_series(1, 500)")
	store := postgres.GenuineStore{DB: r.db.DB}
	for place := range 500 {
		var known [16]byte
		if err := r.app.QueryRow(t.Context(), "SELECT code_digest FROM code ORDER BY code_digest OFFSET $1 LIMIT 1", place).Scan(&known); err != nil {
			t.Fatal(err)
		}
		before, behind := vault.Index(known), vault.Index(known)
		before[15]--
		behind[15]++
		for digest, want := range map[vault.Index]id.Campaign{known: 7, before: 0, behind: 0} {
			if got, err := store.CodeOf(t.Context(), digest); err != nil || got != want {
				t.Fatalf("%d, %v, want %d", got, err, want)
			}
		}
	}
}
