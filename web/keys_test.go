package web

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
)

func TestKeysLeadWhereTheReaderMayGoAndAreSwitchedOff(t *testing.T) {
	r := newRig(t)
	legal, support := r.signedIn(r.hire("ada", access.Legal)), r.signedIn(r.hire("fay", access.Support))
	for b, want := range map[*browser]bool{legal: true, support: false} {
		page := b.get("/keys")
		if page.status != 200 || strings.Contains(page.body, `href="/organisation">Organisation</a></dd>`) != want || strings.Contains(page.body, `data-key="o"`) != want || !strings.Contains(page.body, `data-key="?"`) {
			t.Errorf("%d %s", page.status, text(page.body))
		}
	}
	if got := legal.submit("/account", "/account", url.Values{"zone": {"UTC"}, "scheme": {"system"}}); got.status != 303 {
		t.Fatalf("switched off: %d", got.status)
	}
	if page := legal.get("/keys").body; strings.Contains(page, "data-key") || !strings.Contains(page, "Keys are off") {
		t.Errorf("they are on still: %s", text(page))
	}
}
