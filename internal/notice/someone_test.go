package notice

import (
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
)

func TestSomebodyMadeUpIsToldToo(t *testing.T) {
	d, _, _, err := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "A notice", Body: "Dear {{recipient.name}}, {{list merge.account}}; {{merge.plan}} {{list merge.plan}} {{notice.code}}."}}}.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(m MadeUp) (string, error) {
		s, err := d.show(d.madeUp(m), Facts{}, -1, time.Now())
		return s.Message.Text, err
	}
	for m, parts := range map[MadeUp][]string{
		"":          {"[sample recipient.name]", "[sample account]"},
		Longest:     {longName, strings.Repeat("A", longWord/2) + ", " + strings.Repeat("B", longWord/2), strings.Repeat("W", longWord)},
		RightToLeft: {"مثال", "דוגמה"},
	} {
		text, err := shown(m)
		if err != nil {
			t.Errorf("%q: %v", m, err)
		}
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not told %q: %s", m, part, text)
			}
		}
	}
	if _, err := shown(Bare); !fault.Is(err, "value_missing") {
		t.Errorf("somebody of whom nothing is known: %v", err)
	}
}

func TestSomeoneIsReadAsWritten(t *testing.T) {
	for _, text := range []string{"", "longest", "right_to_left", "bare"} {
		if got, err := ParseSomeone(text); err != nil || got.String() != text {
			t.Errorf("%q is read as %q: %v", text, got, err)
		}
	}
	if _, err := ParseSomeone("nobody"); !fault.Is(err, "no_such_recipient") {
		t.Errorf("nobody: %v", err)
	}
}
