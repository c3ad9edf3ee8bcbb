package phrase

import "testing"

func TestAValueCannotTurnTheTextAround(t *testing.T) {
	for in, want := range map[string]string{
		"a\u202eb":       "\u2068a\u202eb\u2069",
		"\u2067a":        "\u2068\u2067a\u2069\u2069",
		"a\u2069\u202eb": "\u2068a\u202eb\u2069",
		"a\u200db":       "a\u200db",
		"שלום":           "שלום",
	} {
		if got := Isolated(in); got != want {
			t.Errorf("%+q became %+q", in, got)
		}
	}
}

func TestAValueIsIsolatedInItsSentence(t *testing.T) {
	sentences["test"] = "{name} in {count|row|rows}"
	defer delete(sentences, "test")
	if got := Say("test", map[string]any{"name": "a\u202eb", "count": 2}); got != "\u2068a\u202eb\u2069 in 2 rows" {
		t.Errorf("%+q", got)
	}
}
