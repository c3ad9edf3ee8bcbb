package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
)

// headed gives what the header of a page says, and how many things the home page
// lists.
func headed(b *browser, path string) (header string, listed int) {
	_, after, there := strings.Cut(b.get(path).body, `href="/#needs"`)
	if there {
		link, _, _ := strings.Cut(after, "</a>")
		header = strings.TrimSpace(text("<a" + link))
	}
	_, list, _ := strings.Cut(b.get("/").body, `aria-labelledby="needs"`)
	list, _, _ = strings.Cut(list, "</section>")
	return header, strings.Count(list, "<article")
}

func TestEveryPageSaysHowManyThingsNeedItsReader(t *testing.T) {
	r := newRig(t)
	cem, ada, bo := r.hire("cem", access.Ops), r.hire("ada", access.Legal), r.hire("bo", access.Legal)
	ops, legal, author := r.signedIn(cem), r.signedIn(ada), r.signedIn(bo)
	admin, support, auditor := r.signedIn(r.hire("eli", access.Admin)), r.signedIn(r.hire("fay", access.Support)), r.signedIn(r.hire("dee", access.Auditor))
	in, _ := r.imported(access.Actor{User: cem.User.ID, Role: access.Ops}, fourPeople, fourMapping)
	v := r.written(access.Actor{User: bo.User.ID, Role: access.Legal}, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "S", Body: "B"}}})
	says := func(when string, b *browser, want int) {
		t.Helper()
		for _, path := range []string{"/account", "/", "/no/such/page"} {
			header, listed := headed(b, path)
			said := ""
			if want > 0 {
				said = strconv.Itoa(want) + map[bool]string{true: " needs you", false: " need you"}[want == 1]
			}
			if header != said || listed != want {
				t.Errorf("%s, %s: the header says %q, the page lists %d, want %d", when, path, header, listed, want)
			}
		}
	}
	says("ops has people and no cohort", ops, 1)
	says("who wrote", author, 1)
	says("another of legal", legal, 0)
	for _, b := range []*browser{admin, support, auditor} {
		says("others", b, 0)
	}
	if _, err := r.notices().Submit(t.Context(), access.Actor{User: bo.User.ID, Role: access.Legal}, v.ID, v.SHA256, ""); err != nil {
		t.Fatal(err)
	}
	if got := author.submit("/account", "/account", url.Values{}); got.status >= 500 {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	says("at once after a form", legal, 1)
	says("who submitted", author, 0)
}

// counting counts how often the record is asked, and may be away.
type counting struct {
	Overview
	asked int
	away  bool
}

func (c *counting) Standings(ctx context.Context, by access.Actor, limit int) ([]overview.Standing, error) {
	c.asked++
	if c.away {
		return nil, fault.New(fault.Unavailable, "database_away", nil)
	}
	return c.Overview.Standings(ctx, by, limit)
}

func TestTheNumberInTheHeaderIsRememberedForSomeSeconds(t *testing.T) {
	var c *counting
	r := newRig(t, func(s *Services, _ *Options) { c = &counting{Overview: s.Overview}; s.Overview = c })
	b := r.signedIn(r.hire("cem", access.Ops))
	c.asked = 0
	for range 5 {
		b.get("/account")
	}
	if c.asked > 1 {
		t.Errorf("five pages asked %d times", c.asked)
	}
	c.away = true
	if got := b.submit("/account", "/account", url.Values{}); got.status >= 500 {
		t.Fatalf("%d", got.status)
	}
	if got := b.get("/account"); got.status != 200 || strings.Contains(got.body, "/#needs") {
		t.Errorf("a page whose number cannot be read: %d", got.status)
	}
}

func TestWhatWasReadBeforeAFormIsNotKeptAfterIt(t *testing.T) {
	var s standings
	_, form, _ := s.now()
	s.forget()
	s.keep([]overview.Standing{{Incident: 1}}, form)
	if _, _, known := s.now(); known {
		t.Error("what a reader found before a form is kept after it")
	}
	_, form, _ = s.now()
	s.keep([]overview.Standing{{Incident: 2}}, form)
	if all, _, known := s.now(); !known || all[0].Incident != id.Incident(2) {
		t.Error("what is new is not kept")
	}
	s.at = time.Now().Add(-needsAge)
	if _, _, known := s.now(); known {
		t.Error("what is old is kept")
	}
}
