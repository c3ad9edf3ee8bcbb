package notice

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sides puts a redline together again.
func sides(all []Edit) (before, after string) {
	for _, e := range all {
		if e.Kind != Added {
			before += e.Text
		}
		if e.Kind != Removed {
			after += e.Text
		}
	}
	return before, after
}

func TestARedlineGivesBothTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom([]string{"you ", "your ", "account", " ", "\n", "{{merge.account}}", "é", "👩‍👩‍👧", "\u202e", ". "}), rapid.String())
		text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 40).Draw(t, "parts"), "") })
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		all := Redline(before, after)
		if a, b := sides(all); a != before || b != after {
			t.Fatalf("%q to %q became %q to %q", before, after, a, b)
		}
		for i, e := range all {
			if e.Text == "" || i > 0 && all[i-1].Kind == e.Kind {
				t.Fatalf("edit %d of %+v is empty or torn", i, all)
			}
		}
		if before == after && len(all) > 1 {
			t.Fatalf("nothing changed, and the redline says %+v", all)
		}
	})
}

func TestARedlineGoesByWords(t *testing.T) {
	got := Redline("We reset your password.", "We changed all passwords today.")
	want := []Edit{{Kept, "We "}, {Removed, "reset your password"}, {Added, "changed all passwords today"}, {Kept, "."}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestARedlineOfManyWords has more words than there are runes before the
// surrogates.
func TestARedlineOfManyWords(t *testing.T) {
	var before, after strings.Builder
	for i := range 70_000 {
		fmt.Fprintf(&before, "w%d ", i)
		fmt.Fprintf(&after, "w%d ", i+1)
	}
	if a, b := sides(Redline(before.String(), after.String())); a != before.String() || b != after.String() {
		t.Error("the texts are not given back")
	}
}

func TestChangesGoByThePeopleWhomATextIsFor(t *testing.T) {
	before := []Source{{Locale: "en", Subject: "A", Body: "one two"}, {Locale: "fr", Subject: "F", Body: "un"}}
	after := []Source{{Locale: "en", Jurisdictions: []string{"US-CA"}, Subject: "C", Body: "ca"}, {Locale: "EN", Subject: "A", Body: "one three"}}
	var got []string
	for _, c := range Changes(before, after) {
		got = append(got, fmt.Sprintf("%s %v %s same=%v %v", c.Locale, c.Jurisdictions, c.Kind, c.Same(), c.Body))
	}
	want := []string{"en [US-CA] added same=false [{added ca}]", "EN [] kept same=false [{kept one } {removed two} {added three}]", "fr [] removed same=false [{removed un}]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Each of many texts without a word in common would be searched for a second.
func TestManyTextsAreComparedInTheTimeOfOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for b.Len() < maxSource {
			fmt.Fprintf(&b, "%c ", 'a'+rune(r.IntN(26)))
		}
		return b.String()
	}
	var before, after []Source
	for i := range 8 {
		locale := fmt.Sprintf("en-%d", i)
		before, after = append(before, Source{Locale: locale, Body: text()}), append(after, Source{Locale: locale, Body: text()})
	}
	begun := time.Now()
	Changes(before, after)
	if took := time.Since(begun); took > 6*redlineTime {
		t.Errorf("it took %s", took)
	}
}
