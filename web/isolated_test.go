package web

import (
	"regexp"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

var isolate = regexp.MustCompile(`(?s)<bdi[^>]*>.*?</bdi>|\x{2068}[^\x{2069}]*\x{2069}`)

// What a file says may turn the text around it only inside of its own isolate.
func TestWhatAFileSaysIsShownIsolated(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	files := postgres.ListStore{DB: r.db.DB}
	lists := intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files}
	const file = "email,na\u202eme,country\na@example.com,\u202eAna,\u202eXX\nb@example.com,\u202eBen,\u202eXX\nbroken@,\u202eCy,US\n"
	l, err := lists.Upload(t.Context(), by, in, intake.File{Name: "x.csv", Content: strings.NewReader(file), Form: func() (intake.Form, error) { return intake.Form{Name: "\u202eList"}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	b := r.signedIn(cem)
	for _, at := range []string{"/lists/" + l.ID.String(), "/incidents/" + in.String() + "/lists", "/incidents/" + in.String()} {
		page := b.get(at).body
		if strings.Contains(text(isolate.ReplaceAllString(page, "")), "\u202e") {
			t.Errorf("%s: %+q", at, text(isolate.ReplaceAllString(page, "")))
		}
		if at == "/lists/"+l.ID.String() && strings.Count(page, "<bdi>\u202e•••</bdi>") < 2 {
			t.Errorf("the names are not shown: %+q", text(page))
		}
	}
}
