package postgres_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/notice"
)

func TestWhatAnAuthorTypedIsKeptUntilAVersionIsMadeOfIt(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	typed := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{"US-CA"}, Subject: "Half", Body: "Dear {{recipient.nam}}, <b>\u202e"}}}
	for _, again := range []string{"", " more"} {
		typed.Variants[0].Body += again
		if err := s.Keep(ctx, d.ops, n.ID, 0, typed); err != nil {
			t.Fatal(err)
		}
	}
	desk, err := s.Desk(ctx, d.ops, n.ID)
	if err != nil || desk.Unsaved == nil || desk.Unsaved.KeptAt.IsZero() {
		t.Fatalf("the desk holds %+v: %v", desk.Unsaved, err)
	}
	if diff := cmp.Diff(typed, desk.Draft()); diff != "" {
		t.Error(diff)
	}
	if len(desk.Wrong) != 2 || desk.Wrong[0].Name != "variants[0].body" {
		t.Errorf("what is wrong: %+v", desk.Wrong)
	}
	if other, err := s.Desk(ctx, d.legal, n.ID); err != nil || other.Unsaved != nil {
		t.Errorf("another author sees %+v: %v", other.Unsaved, err)
	}
	if d.count(t, "SELECT count(*) FROM notice_draft WHERE encode(body, 'escape') LIKE '%Half%'") != 0 {
		t.Error("an unsaved text lies open")
	}
	v, err := s.SaveOver(ctx, d.ops, n.ID, 0, letter("Whole words."))
	if err != nil || v.No != 1 {
		t.Fatalf("saved v%d: %v", v.No, err)
	}
	if desk, err = s.Desk(ctx, d.ops, n.ID); err != nil || desk.Unsaved != nil || desk.Newest.ID != v.ID || desk.Draft().Variants[0].Body != "Whole words." {
		t.Errorf("after it was saved the desk holds %+v: %v", desk, err)
	}
}

func TestNothingIsSavedOverAVersionThatTheAuthorDidNotSee(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	one := d.version(t, d.ops, n.ID, "First words.")
	two, err := s.SaveOver(ctx, d.legal, n.ID, one.ID, letter("Second words."))
	if err != nil {
		t.Fatal(err)
	}
	for what, write := range map[string]func() (notice.Version, error){
		"saved":     func() (notice.Version, error) { return s.SaveOver(ctx, d.ops, n.ID, one.ID, letter("Mine.")) },
		"submitted": func() (notice.Version, error) { return s.SubmitOver(ctx, d.ops, n.ID, one.ID, letter("Mine.")) },
	} {
		if _, err := write(); !fault.Is(err, "notice_changed") {
			t.Errorf("%s over an older version: %v", what, err)
		}
	}
	desk, err := s.Desk(ctx, d.ops, n.ID)
	if err != nil || !desk.Behind() || desk.Draft().Variants[0].Body != "Mine." || desk.Newest.ID != two.ID {
		t.Fatalf("the desk holds %+v: %v", desk, err)
	}
	if v, err := s.SaveOver(ctx, d.ops, n.ID, two.ID, desk.Draft()); err != nil || v.No != 3 {
		t.Errorf("over the newest: v%d, %v", v.No, err)
	}
}

func TestSubmittingFromTheEditorSavesFirstOnlyWhatDiffers(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	if _, err := s.SubmitOver(ctx, d.ops, n.ID, 0, letter("Your {{merge.acount}}.")); !fault.Is(err, "field_no_column") {
		t.Errorf("a column that no list has: %v", err)
	}
	if desk, err := s.Desk(ctx, d.ops, n.ID); err != nil || desk.Newest != nil || desk.Unsaved == nil {
		t.Fatalf("a text that could not be submitted was saved, or not kept: %+v, %v", desk, err)
	}
	one, err := s.SaveOver(ctx, d.ops, n.ID, 0, letter("Words."))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.SaveOver(ctx, d.ops, n.ID, one.ID, letter("Words.")); err != nil || again.ID != one.ID {
		t.Errorf("the same words were saved as v%d: %v", again.No, err)
	}
	if v, err := s.SubmitOver(ctx, d.ops, n.ID, one.ID, letter("Words.")); err != nil || v.ID != one.ID || v.State != notice.InReview {
		t.Errorf("submitted v%d, %s: %v", v.No, v.State, err)
	}
	two, err := s.SubmitOver(ctx, d.ops, n.ID, one.ID, letter("Other words."))
	if err != nil || two.No != 2 || two.State != notice.InReview {
		t.Fatalf("submitted v%d, %s: %v", two.No, two.State, err)
	}
	if _, err := s.Reject(ctx, d.legal, two.ID, two.SHA256, "No."); err != nil {
		t.Fatal(err)
	}
	if v, err := s.SubmitOver(ctx, d.ops, n.ID, two.ID, letter("Other words.")); err != nil || v.No != 3 {
		t.Errorf("the words that were sent back are v%d: %v", v.No, err)
	}
}

func TestARedlineGoesAgainstWhatWasApprovedLast(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	one := d.version(t, d.ops, n.ID, "We reset your password.")
	if no, all, err := s.Redline(ctx, d.legal, one); err != nil || no != 0 || all != nil {
		t.Errorf("nothing was approved, and it says v%d %v: %v", no, all, err)
	}
	if _, err := s.Submit(ctx, d.ops, one.ID, one.SHA256, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve(ctx, d.legal, one.ID, one.SHA256, ""); err != nil {
		t.Fatal(err)
	}
	d.version(t, d.ops, n.ID, "Not approved.")
	three := d.version(t, d.ops, n.ID, "We changed your password.")
	no, all, err := s.Redline(ctx, d.legal, three)
	want := []notice.Edit{{Kind: notice.Kept, Text: "We "}, {Kind: notice.Removed, Text: "reset"}, {Kind: notice.Added, Text: "changed"}, {Kind: notice.Kept, Text: " your password."}}
	if err != nil || no != 1 || len(all) != 1 {
		t.Fatalf("v%d %v: %v", no, all, err)
	}
	if diff := cmp.Diff(want, all[0].Body); diff != "" {
		t.Error(diff)
	}
}

// What no notice may hold is refused before anything is saved: the author goes on
// where they were.
func TestNothingIsSavedThatNoNoticeMayHold(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	if _, err := s.SubmitOver(ctx, d.ops, n.ID, 0, letter("Your card 4111 1111 1111 1111 was seen.")); !fault.Is(err, "lint_secret_card") {
		t.Errorf("submitted with a card: %v", err)
	}
	desk, err := s.Desk(ctx, d.ops, n.ID)
	if err != nil || desk.Newest != nil || desk.Unsaved == nil {
		t.Fatalf("the desk holds %+v: %v", desk, err)
	}
	if v, err := s.SubmitOver(ctx, d.ops, n.ID, 0, letter("Your card was seen.")); err != nil || v.State != notice.InReview {
		t.Errorf("submitted without it: %s, %v", v.State, err)
	}
}

// Facts are asked for as the texts stand in the editor of who asks.
func TestQuotedFactsAreThoseOfTheTextsAsTheyStand(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	quotes := func(by access.Actor, want ...string) {
		t.Helper()
		got, err := s.Quoted(ctx, by, d.incident)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Facts(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	n := d.notice(t)
	quotes(d.ops)
	d.version(t, d.ops, n.ID, "{{incident.cause}} {{recipient.name}} {{contact.email}} {{incident.summary}}")
	quotes(d.ops, "incident.cause")
	if err := s.Keep(ctx, d.ops, n.ID, 0, letter("{{offer.months}} {{advice.steps}}")); err != nil {
		t.Fatal(err)
	}
	quotes(d.ops, "advice.steps", "offer.months")
	quotes(d.legal, "incident.cause")
}
