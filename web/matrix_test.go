package web

import (
	"html"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

// imported opens an incident with one list of people.
func (r *rig) imported(by access.Actor, file string, mapping map[string]string) (id.Incident, id.List) {
	r.t.Helper()
	i, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.Open(r.t.Context(), by, incident.Facts{Name: "Breach"})
	if err != nil {
		r.t.Fatal(err)
	}
	files := postgres.ListStore{DB: r.db.DB}
	lists := intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files}
	l, err := lists.Upload(r.t.Context(), by, i.ID, intake.File{Name: "people.csv", Content: strings.NewReader(file),
		Form: func() (intake.Form, error) { return intake.Form{Name: "List A", Mapping: mapping}, nil }})
	if err == nil {
		err = lists.Import(r.t.Context(), l.ID)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return i.ID, l.ID
}

// drafted makes a cohort of everybody on a list.
func (r *rig) drafted(by access.Actor, in id.Incident, list id.List, name string, precedence int) id.Cohort {
	r.t.Helper()
	c, err := rigCohorts(r).Create(r.t.Context(), by, in, cohort.Draft{Name: name, Precedence: precedence, Rule: cohort.Rule{List: list}})
	if err != nil {
		r.t.Fatal(err)
	}
	return c.ID
}

func rigCohorts(r *rig) cohort.Service {
	return cohort.Service{Store: postgres.CohortStore{DB: r.db.DB}, People: postgres.CohortStore{DB: r.db.DB}}
}

func (r *rig) frozen(by access.Actor, no id.Cohort) {
	r.t.Helper()
	_, err := rigCohorts(r).Freeze(r.t.Context(), by, no)
	if err == nil {
		err = rigCohorts(r).FreezeNow(r.t.Context(), no)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) notices() notice.Service {
	store := postgres.NoticeStore{DB: r.db.DB}
	return notice.Service{Store: store, Scene: store}
}

// written makes a notice with texts.
func (r *rig) written(by access.Actor, in id.Incident, d notice.Draft) notice.Version {
	r.t.Helper()
	notices := r.notices()
	n, err := notices.Create(r.t.Context(), by, in, "Addresses exposed")
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := notices.Save(r.t.Context(), by, n.ID, 0, d)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

const fourPeople = "email,state,tongue\na@example.com,CA,en\nb@example.com,CA,en\nc@example.com,MA,fr\nd@example.com,,\n"

var fourMapping = map[string]string{"email": "email", "state": "jurisdiction:US", "tongue": "locale"}

func TestAVersionSaysWhoGetsWhichText(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, list := r.imported(by, fourPeople, fourMapping)
	here := func(places ...string) notice.Source {
		return notice.Source{Locale: "en", Jurisdictions: places, Subject: "S", Body: "B"}
	}
	v := r.written(by, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{here("US-CA"), here("US-NY")}})
	b := r.signedIn(cem)
	path := "/versions/" + v.ID.String()
	if page := text(b.get(path).body); !strings.Contains(page, "There is no cohort yet") {
		t.Errorf("without a cohort: %s", page)
	}
	c := r.drafted(by, in, list, "Everybody", 10)
	if page := text(b.get(path).body); !strings.Contains(page, "No cohort is frozen yet") {
		t.Errorf("with a draft: %s", page)
	}
	sum := "en, US-CA 2 + en, US-NY 0 + no text 2 = 4"
	check := func(path string) {
		t.Helper()
		page := html.UnescapeString(text(b.get(path).body))
		for _, want := range []string{sum, "1 person (Massachusetts (US-MA), French (fr)) without a text – they would hear nothing – add one.", "California (US-CA) English (en) en, US-CA 2"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q: %s", path, want, page)
			}
		}
	}
	check(path + "?cohort=" + c.String())
	r.frozen(by, c)
	check(path)
	if page := html.UnescapeString(text(b.get("/notices/" + v.Notice.String()).body)); !strings.Contains(page, sum) {
		t.Errorf("the editor does not say it: %s", page)
	}
	for _, wrong := range []string{"x", "coh_99", "<b>"} {
		if got := b.get(path + "?cohort=" + wrong); got.status != 404 {
			t.Errorf("cohort %s: %d", wrong, got.status)
		}
	}
}
