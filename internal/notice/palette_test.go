package notice_test

import (
	"strings"
	"testing"

	"forthwith/internal/notice"
)

func TestATextIsOfferedTheBlocksThatItCanQuote(t *testing.T) {
	d := notice.Draft{DefaultLocale: "en", Blocks: []notice.Block{
		{Name: "reach_us", Locale: "en", Body: "Write"}, {Name: "reach_us", Locale: "fr", Body: "Écrivez"}, {Name: "reach_us", Locale: "fr-CA", Body: "Appelez"},
		{Name: "hilfe", Locale: "de", Body: "Hilfe"}, {Name: "", Locale: "en", Body: "Unnamed"}, {Name: "No Name", Locale: "en", Body: "Misnamed"}}}
	for locale, want := range map[string]string{"en": "Write", "fr-CA": "Appelez", "fr-BE": "Écrivez", "es": "Write", "de-AT": "Write Hilfe"} {
		var got []string
		for _, b := range d.Quotable(locale) {
			got = append(got, b.Body)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", locale, got, want)
		}
	}
}

func TestWhatIsInsertedIsRead(t *testing.T) {
	for _, c := range []struct{ body, what, want string }{
		{"Dear ", "recipient.name", "Dear {{recipient.name}}"},
		{"", "block reach_us", "{{block reach_us}}\n"},
		{"Dear you.", "block reach_us", "Dear you.\n\n{{block reach_us}}\n"},
		{"Dear you.\n \n\n", "block reach_us", "Dear you.\n\n{{block reach_us}}\n"},
		{"{{block reach_us}}\n", "recipient.name", "{{block reach_us}}\n{{recipient.name}}"},
	} {
		got := notice.Insert(c.body, c.what)
		if got != c.want {
			t.Errorf("%q and %s: %q", c.body, c.what, got)
		}
		d := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "S", Body: got}}, Blocks: []notice.Block{{Name: "reach_us", Locale: "en", Body: "Write to us."}}}
		if _, _, _, err := d.Compile(1, 1); err != nil {
			t.Errorf("%q is refused: %v", got, err)
		}
	}
}
