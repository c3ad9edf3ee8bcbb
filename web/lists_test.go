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
	lists := intake.Service{Store: files, Uploads: files, Importer: files}
	for file, want := range map[string]bool{fourPeople: true, "E-Mail;Ort\na@example.com;Rom\nbroken;Rom\n": false} {
		l, err := lists.Upload(t.Context(), by, in, intake.File{Name: "again.csv", Content: strings.NewReader(file), Form: func() (intake.Form, error) { return intake.Form{Name: "Again"}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		page := r.signedInAt(cem, map[bool]int{true: 0, false: 1}[want]).get("/lists/" + l.ID.String()).body
		if got := strings.Contains(text(page), "has the same file already: ‘List A’") && strings.Contains(page, `href="/lists/`+first.String()+`"`); got != want {
			t.Errorf("said to be there before: %v", got)
		}
		why := map[bool]string{true: "by its name, and 4 of 4 cells fit", false: "by its name, and 1 of 2 cells fit"}[want]
		if !strings.Contains(text(page), why) {
			t.Errorf("no %q: %s", why, text(page))
		}
	}
}
