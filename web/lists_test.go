package web

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

func TestAFileThatWaitsSaysWhyAndWhetherItWasThereBefore(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, first := r.imported(by, fourPeople, fourMapping)
	files := postgres.ListStore{DB: r.db.DB}
	lists := intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files}
	b := r.signedIn(cem)
	for file, want := range map[string]bool{fourPeople: true, "E-Mail;Ort\na@example.com;Rom\nbroken;Rom\n": false} {
		l, err := lists.Upload(t.Context(), by, in, intake.File{Name: "again.csv", Content: strings.NewReader(file), Form: func() (intake.Form, error) { return intake.Form{Name: "Again"}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		page := b.get("/lists/" + l.ID.String()).body
		if got := strings.Contains(text(page), "has the same file already: ‘List A’") && strings.Contains(page, `href="/lists/`+first.String()+`"`); got != want {
			t.Errorf("said to be there before: %v", got)
		}
		why := map[bool]string{true: "by its name, and 4 of 4 cells fit", false: "by its name, and 1 of 2 cells fit"}[want]
		if !strings.Contains(text(page), why) {
			t.Errorf("no %q: %s", why, text(page))
		}
	}
}

func TestADraftCohortShowsSomeOfItsPeopleMasked(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, list := r.imported(by, fourPeople, fourMapping)
	first := r.drafted(by, in, list, "Everybody", 10)
	r.drafted(by, in, list, "Later", 20)
	page := r.signedIn(cem).get("/cohorts/" + first.String()).body
	said := text(page)
	if strings.Count(page, `href="/recipients/rcp_`) != 4 || strings.Contains(page, "a@example.com") {
		t.Errorf("the people: %s", said)
	}
	for _, want := range []string{"a•••@e•••.com", "California (US-CA) English (en)", "Fits the rule, and comes before Later List A, line 2"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q: %s", want, said)
		}
	}
}
