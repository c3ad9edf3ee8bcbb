package web

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/notice"
)

func TestABombIsRefusedInTheEditorWithItsLine(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	v := r.written(by, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "S", Body: "Saved words."}}})
	path, b := "/notices/"+v.Notice.String(), r.signedIn(cem)
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"5 MB", strings.Repeat("Words.\n", 5<<20/7), 413, "over 1 MiB"},
		{"900 KB", strings.Repeat("Words.\n", 900<<10/9), 422, "over 64 KiB, by line"},
		{"quotes in quotes", "A.\n\n" + strings.Repeat("> ", 2000), 422, "Line 3 opens over 8 quotes and lists in one another"},
		{"a field in a field", "A.\n\n{{merge.{{org.name}}}}", 422, "line 3, is no field"},
		{"thousands of fields", strings.Repeat("{{a.b}}\n", 5000), 422, "over 2,000 lines, by line 2,001"},
	} {
		for _, do := range []string{"save", "submit"} {
			typed := url.Values{"do": {do}, "default_locale": {"en"}, "variants[0].locale": {"en"}, "variants[0].subject": {"S"}, "variants[0].body": {c.body}}
			got := b.submit(path, path, typed)
			if said := text(got.body); got.status != c.status || !strings.Contains(said, c.says) {
				t.Errorf("%s, %s: %d %.900s", c.name, do, got.status, said)
			}
		}
	}
	if page := b.get(path); page.status != 200 {
		t.Errorf("the editor is closed afterwards: %d", page.status)
	}
}
