package canon_test

import (
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/canon"
)

func TestTextsAreWhatTheGenericWayWrites(t *testing.T) {
	odd := rapid.SampledFrom([]string{"\x00", "\x1f", "\x7f", "\"", "\\", "/", "<&>", "\u2028", "\u2029", "é", "\ufffd", "\uffff", "\ue000", "\U00010000", "\U0010ffff", "a", "\r\n\t\b\f", "\xff", "\xed\xa0\x80", "\xc3"})
	word := rapid.Custom(func(t *rapid.T) string {
		s := ""
		for _, part := range rapid.SliceOfN(rapid.OneOf(odd, rapid.StringN(0, 3, 12)), 0, 4).Draw(t, "parts") {
			s += part
		}
		return s
	})
	name := rapid.StringMatching("[a-z\"\\\\\x01é\ue000\U00010000]{0,4}") // valid: two broken names could become one
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.MapOfN(name, rapid.OneOf(rapid.SliceOfN(word, 0, 3), rapid.Just([]string(nil))), 0, 20).Draw(t, "lists")
		want, err := canon.JSON(lists)
		if err != nil {
			t.Fatal(err)
		}
		if got := canon.Texts(nil, lists); string(got) != string(want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
	if got := canon.Texts([]byte("x"), nil); string(got) != "xnull" {
		t.Errorf("none gives %q", got)
	}
}

func BenchmarkTexts(b *testing.B) {
	lists := map[string][]string{"recipient.name": {"Ann Example"}, "recipient.reference": {"C-10482"}, "merge.plan": {"open"}, "merge.last_mail": {"2022-08-05"}}
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		out = canon.Texts(out[:0], lists)
	}
}
