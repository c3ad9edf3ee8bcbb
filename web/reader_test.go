package web

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
)

// thirty are more people than a preview lists; the last reads French.
func thirty() string {
	file := "email,state,tongue\n"
	for i := range 29 {
		file += fmt.Sprintf("p%d@example.com,CA,en\n", i+1)
	}
	return file + "last@example.com,MA,fr\n"
}

var inTwoTongues = notice.Draft{DefaultLocale: "en", Variants: []notice.Source{
	{Locale: "en", Jurisdictions: []string{}, Subject: "Your account", Body: "B"}, {Locale: "fr", Jurisdictions: []string{}, Subject: "Votre compte", Body: "B"}}}

func TestAnybodyOfAnIncidentCanBeChosenAsTheReader(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, thirty(), fourMapping)
	other, _ := r.imported(by, "email,state,tongue\nelse@example.com,CA,en\n", fourMapping)
	v := r.written(by, in, inTwoTongues)
	b, path := r.signedIn(cem), versionURL(v.ID)
	last := "rcp_" + fmt.Sprint(int64(in)) + "-30"
	if strings.Contains(b.get(path).body, last) {
		t.Fatal("the last of thirty is listed unasked")
	}
	for _, typed := range []string{" last@EXAMPLE.com ", last} {
		got := b.submit(path, path, url.Values{"person": {typed}, "format": {"phone"}})
		if want := path + "?format=phone&recipient=" + last + "#preview"; got.status != 303 || got.location != want {
			t.Fatalf("%q: %d %s, not %s", typed, got.status, got.location, want)
		}
	}
	page := b.get(path + "?format=phone&recipient=" + last).body
	for _, want := range []string{`<option value="` + last + `" selected>l•••@e•••.com, US-MA, fr</option>`, "Votre compte", "<dd><bdi>l•••@e•••.com</bdi></dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for typed, want := range map[string]string{
		"nobody@example.com":                     "Nobody of this incident has this address",
		"else@example.com":                       "Nobody of this incident has this address",
		"":                                       "neither an e-mail address nor a number",
		"rcp_x":                                  "neither an e-mail address nor a number",
		"rcp_" + fmt.Sprint(int64(other)) + "-1": "belongs to another incident",
		"rcp_" + strings.Split(last[4:], "-")[0] + "-999": "There is no such person in this incident",
	} {
		got := b.submit(path, path, url.Values{"person": {typed}, "format": {"text"}})
		if got.status != 422 || !strings.Contains(got.body, `<a href="#f-person">`) || !strings.Contains(text(got.body), want) || !strings.Contains(got.body, `<option value="text" selected>`) || !strings.Contains(got.body, path+`/frame?format=text"`) {
			t.Errorf("%q: %d %s", typed, got.status, text(got.body))
		}
	}
	if got := b.get(path + "?recipient=rcp_" + fmt.Sprint(int64(other)) + "-1"); got.status != 200 || !strings.Contains(text(got.body), "belongs to another incident") || strings.Contains(got.body, "e•••@e•••.com") {
		t.Errorf("somebody of another incident: %d %s", got.status, text(got.body))
	}
	if n := r.count("SELECT count(*) FROM ledger_entry WHERE verb = 'person_looked_up'"); n != 3 {
		t.Errorf("%d look-ups by address are on record", n)
	}
	for who, role := range map[string]access.Role{"eli": access.Admin, "fay": access.Support} {
		stranger := r.signedIn(r.hire(who, role))
		if got := stranger.submit("/account", path, url.Values{"person": {"last@example.com"}}); got.status != 403 {
			t.Errorf("%s: %d", role, got.status)
		}
	}
}

func TestTheEditorShowsItsTextToSomebodyNamed(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, thirty(), fourMapping)
	v := r.written(by, in, inTwoTongues)
	b, path := r.signedIn(cem), noticeURL(v.Notice)
	typed := func(person string) url.Values {
		return url.Values{"do": {"preview"}, "person": {person}, "default_locale": {"en"}, "variants[0].locale": {"en"}, "variants[0].subject": {"Typed"}, "variants[0].body": {"Typed words."}}
	}
	got := b.submit(path, path, typed("last@example.com"))
	if got.status != 303 || !strings.Contains(got.location, "recipient=rcp_"+fmt.Sprint(int64(in))+"-30") || strings.Contains(got.location, "last") {
		t.Fatalf("%d %s", got.status, got.location)
	}
	if page, _, _ := strings.Cut(got.location, "#"); !strings.Contains(b.get(page).body, "<dd><bdi>l•••@e•••.com</bdi></dd>") {
		t.Error("the preview is for somebody else")
	}
	again := b.submit(path, path, typed("nobody@example.com"))
	if again.status != 422 || !strings.Contains(again.body, "Typed words.") || !strings.Contains(text(again.body), "Nobody of this incident") {
		t.Errorf("%d %s", again.status, text(again.body))
	}
	if made := b.submit(path, path, url.Values{"do": {"preview"}, "recipient": {"bare"}}); !strings.Contains(made.location, "recipient=bare") {
		t.Errorf("somebody made up: %s", made.location)
	}
}

func TestAPersonsPageLeadsToTheTextsThatTheyWouldGet(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	b, person := r.signedIn(cem), "/recipients/rcp_"+fmt.Sprint(int64(in))+"-3"
	if page := text(b.get(person).body); !strings.Contains(page, "No notice has a version yet") {
		t.Error(page)
	}
	v := r.written(by, in, inTwoTongues)
	page := b.get(person).body
	link := versionURL(v.ID) + "?recipient=" + strings.TrimPrefix(person, "/recipients/")
	if !strings.Contains(page, `href="`+link+`#preview"`) || !strings.Contains(text(page), "No campaign tells this person yet") {
		t.Error(text(page))
	}
	if shown := html.UnescapeString(b.get(link).body); !strings.Contains(shown, "Votre compte") {
		t.Error("the link leads to another text")
	}
}

func TestReadingsAreThoseOfThePersonsCampaigns(t *testing.T) {
	person := cohort.Recipient{ID: id.Recipient{Parent: 1, No: 7}, MemberOf: []id.Cohort{2, 5}}
	s := overview.Standing{Notices: []overview.Notice{{ID: 1, Name: "Exposed", Version: 9, No: 3, State: notice.Approved}, {ID: 2, Name: "Unwritten"}}}
	told := func(no id.Cohort, version id.Version, state campaign.State) overview.Campaign {
		return overview.Campaign{Name: fmt.Sprintf("of %d", version), Cohort: no, Version: version, State: state}
	}
	for name, c := range map[string]struct {
		campaigns []overview.Campaign
		want      string
	}{
		"none":                   {nil, "Exposed v3 /versions/ver_9?recipient=rcp_1-7#preview"},
		"of others":              {[]overview.Campaign{told(3, 4, campaign.Sending)}, "Exposed v3 /versions/ver_9?recipient=rcp_1-7#preview"},
		"given up":               {[]overview.Campaign{told(2, 4, campaign.Aborted)}, "Exposed v3 /versions/ver_9?recipient=rcp_1-7#preview"},
		"two of theirs":          {[]overview.Campaign{told(2, 4, campaign.Complete), told(3, 6, campaign.Draft), told(5, 8, campaign.Draft)}, "of 4 /versions/ver_4?recipient=rcp_1-7#preview; of 8 /versions/ver_8?recipient=rcp_1-7#preview"},
		"one without a text yet": {[]overview.Campaign{told(2, 0, campaign.Draft)}, "Exposed v3 /versions/ver_9?recipient=rcp_1-7#preview"},
	} {
		s.Campaigns = c.campaigns
		rows, planned := readings(person, s)
		var got []string
		for _, row := range rows {
			got = append(got, row.Text+" "+row.URL)
		}
		if joined := strings.Join(got, "; "); joined != c.want || planned != strings.HasPrefix(c.want, "of") {
			t.Errorf("%s: %s, %v", name, joined, planned)
		}
	}
}
