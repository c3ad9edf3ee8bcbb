package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const customers = "E-Mail;Vorname;Kundennr;Bundesland;Sprache;last_mail;plan;pw_hash\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"tom@example.net;Tom;C-10483;;en;2021-11-30;closed;b7c\n" +
	"jo@example.org;Jo;C-10511;US-TX;fr;2022-07-19;open;c6d\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"lea@example.org;Lea;C-1;FR;fr;2022-07-19;open;c6d;extra\n" +
	"sam@example.com;Sam;C-9;US-MA;en;2020-07-19;open;c6d\n"

// attach chooses a file of some content in a form.
func (w *window) attach(field, name, content string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="`+field+`"]`), []string{path}))
}

// until reloads a page until it says something.
func (w *window) until(path, words string) {
	w.t.Helper()
	for end := time.Now().Add(step); !strings.Contains(w.text(), words); w.visit(path) {
		if time.Now().After(end) {
			w.says(words)
		}
		<-time.After(between)
	}
}

// upload sends a file from the page of an incident's lists.
func (w *window) upload(incident, name, content string) {
	w.t.Helper()
	w.visit(incident + "/lists")
	w.attach("file", name, content)
	w.click("Upload")
}

// sums demands that a bar says an equation.
func (w *window) sums(equation string) {
	w.t.Helper()
	if got := eval[string](w, `document.querySelector(".fw-sum__bar").getAttribute("aria-label")`); got != equation {
		w.t.Errorf("%s: the bar says %q, want %q", w.where(), got, equation)
	}
}

// whole demands what must hold for every page of the one that is shown.
func (w *window) whole(scripts bool) {
	w.t.Helper()
	w.holds()
	if scripts {
		w.passesAxe()
	}
}

func TestAFileBecomesAFrozenCohort(t *testing.T) {
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
			w.signInAs("Cem")
			incident := w.newIncident("Lists " + name)
			w.visit(incident + "/cohorts")
			w.says("No cohorts: import a list first.")
			w.upload(incident, "customers.csv", customers)
			w.says("customers.csv", "a•••@e•••.com", "A•••", "hidden", "Row 6 has 9 cells, the header 8")
			w.sums("6 rows = 5 can be imported + 1 refused")
			list := w.where()
			w.whole(v.scripts)

			w.fill("use.0", "ignore")
			w.click("Import 6 rows")
			w.says("No column holds addresses – nobody can be reached – choose a column or another file.")
			w.whole(v.scripts)
			w.fill("use.0", "email")
			w.fill("use.3", "jurisdiction")
			w.click("Import 6 rows")
			w.until(list, "new people")
			w.sums("6 rows = 4 new people + 1 repeats + 1 refused")
			w.says("The row has more or fewer cells than the header")
			w.whole(v.scripts)

			w.click("Build a cohort of it")
			w.click("Save")
			w.says("‘Name’ is empty")
			w.fill("name", "Exposed")
			w.click("Add group")
			w.fill("r.1.0.what", "attribute:plan")
			w.click("Show size")
			w.says("The rule is not complete.")
			w.fill("r.1.0.value", "open")
			w.click("Add line")
			w.fill("r.1.1.value", "US-MA")
			w.whole(v.scripts)
			w.click("Show size")
			w.says("3 people match this rule", "This rule is not saved yet.", "Everyone who is in ‘customers.csv’ and (has plan ‘open’ or has jurisdiction ‘US-MA’).")
			w.click("Save")
			w.sums("3 match = 3 told here")
			cohort := w.where()
			w.whole(v.scripts)

			w.click("Freeze 3 people")
			w.whole(v.scripts)
			w.click("Freeze 3 people")
			w.until(cohort, "Plan a campaign")
			w.says("Frozen by Cem", "a•••@e•••.com")
			w.whole(v.scripts)
			w.click("a•••@e•••.com")
			w.says("They match the rule of ‘Exposed’.", "customers.csv", "plan: open")
			w.whole(v.scripts)
			for _, page := range []string{"/lists", "/cohorts"} {
				w.visit(incident + page)
				w.whole(v.scripts)
			}
		})
	}
}

func TestAFileThatIsNoListIsRefused(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Cem")
	incident := w.newIncident("Refused files")
	for _, c := range []struct{ name, content, says string }{
		{"a.png", "\x89PNG\r\n\x1a\n0000", "‘a.png’ is a picture – nothing was kept – choose a CSV, TSV, NDJSON or XLSX file."},
		{"big.png", "\x89PNG\r\n\x1a\n" + strings.Repeat("0", 8<<20), "‘big.png’ is a picture – nothing was kept"},
		{"a.csv", "", "‘a.csv’ has no rows – nothing was kept – export again."},
		{"header.csv", "email,name\n", "‘header.csv’ has no rows – nothing was kept – export again."},
		{"none.csv", "name,plan\nAna,pro\n", "No column holds addresses – nobody can be reached – choose a column or another file."},
		{"twice.csv", "email,email\nana@example.com,b@example.com\n", "Two columns are ‘email’ – nothing was kept – rename one."},
	} {
		w.upload(incident, c.name, c.content)
		w.says(c.says)
		w.holds()
	}
	w.visit(incident + "/lists")
	w.fill("name", strings.Repeat("a", 201))
	w.attach("file", "ok.csv", "email,name\nana@example.com,Ana\n")
	w.click("Upload")
	w.says("200")
	w.click("Upload")
	w.says("No file was chosen – nothing was kept – choose a CSV or XLSX file.")
	w.fill("name", "<b>x</b> \u202e\u200b")
	w.attach("file", "ok.csv", "email,name\nana@example.com,Ana\n")
	w.click("Upload")
	w.says("<b>x</b>", "Waits to be imported")
	w.holds()
	list := w.where()
	w.visit(list + "?header_row=9&encoding=utf-8&delimiter=tab")
	w.says("There is no row of column names at line 9")
	w.holds()
	w.visit(list + "?header_row=x")
	w.says("The header row is a line number")
	w.visit(list)
	w.fill("use.1", "attribute")
	w.fill("as.1", "No Name")
	w.click("Import 1 row")
	w.says("‘name’ cannot become this")
	w.holds()
	w.click("Discard the file")
	w.holds()
	w.click("Discard the file")
	w.says("Cancelled")

	w.upload(incident, "ok.csv", customers)
	list = w.where()
	w.click("Import 6 rows")
	w.until(list, "new people")
	w.upload(incident, "again.csv", customers)
	w.click("Import 6 rows")
	w.says("This incident has the same file as a list already")
	w.holds()
}

func TestAStaleDraftKeepsWhatWasTyped(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Cem")
	incident := w.newIncident("Stale drafts")
	w.upload(incident, "c.csv", customers)
	list := w.where()
	w.click("Import 6 rows")
	w.until(list, "new people")
	w.visit(incident + "/cohorts/new")
	w.fill("name", "First")
	w.click("Save")
	cohort := w.where()

	other := open(t, desk)
	other.signInAs("Cem")
	other.visit(cohort)
	w.fill("name", "Second")
	w.click("Save")
	other.click("Add line")
	other.fill("r.1.what", "attribute:plan")
	other.fill("r.1.op", "in")
	other.click("Show size")
	other.fill("r.1.value", "open\nclosed")
	other.fill("name", "Third")
	other.click("Save")
	other.says("This changed under you – yours is kept, not saved", "Saved now: Everyone who is in ‘c.csv’.")
	other.holds()
	if kept := eval[string](other, `document.querySelector("[name='r.1.value']").value + document.querySelector("[name=name]").value`); kept != "open\nclosedThird" {
		t.Errorf("what was typed became %q", kept)
	}
	other.click("Save")
	other.says("has plan one of ‘open’, ‘closed’")

	for _, bad := range []struct{ name, value, says string }{
		{"name", strings.Repeat("x", 201), "200"}, {"precedence", "0", "1"}, {"precedence", "soon", "is no number"}, {"r.1.value", " ", "There is nothing to compare with"},
	} {
		other.visit(cohort)
		other.fill(bad.name, bad.value)
		other.click("Save")
		other.says("Fix this", bad.says)
		other.holds()
	}
	other.visit(incident + "/cohorts/new")
	other.fill("name", "Third")
	other.click("Save")
	other.says("Another cohort of this incident has this name")
	other.visit(cohort)
	other.click("Delete the draft")
	other.holds()
	other.click("Delete the draft")
	other.says("No cohorts yet: build one of your lists.")
}

// Whoever chooses twice and types on before the first answer is there keeps all
// of it.
func TestAChoiceMadeWhileARuleIsAskedForStays(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Cem")
	incident := w.newIncident("Quick hands")
	w.upload(incident, "c.csv", customers)
	list := w.where()
	w.click("Import 6 rows")
	w.until(list, "new people")
	w.visit(incident + "/cohorts/new")
	w.fill("name", "Quick")
	w.click("Save")
	w.click("Add line")
	eval[bool](w, `(() => {
		const field = (name) => document.getElementsByName(name)[0];
		document.addEventListener("htmx:beforeRequest", (event) => {
			if (event.detail.target.id !== "rule" || field("precedence").value === "7") return;
			field("r.1.op").value = "in";
			field("precedence").value = "7";
		});
		field("r.1.what").value = "attribute:plan";
		field("r.1.what").dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`)
	w.do(chromedp.WaitReady(chromedp.CSS(`textarea[name="r.1.value"]`)))
	if got := eval[string](w, `["r.1.what", "r.1.op", "precedence"].map((n) => document.getElementsByName(n)[0].value).join(" ")`); got != "attribute:plan in 7" {
		t.Errorf("what was chosen became %q", got)
	}
}

func TestListsAndCohortsOfNobodyAreNotFound(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Dee")
	for _, path := range []string{"/lists/lst_99999", "/lists/coh_1", "/lists/lst_99999/discard", "/cohorts/coh_99999", "/cohorts/x/freeze", "/cohorts/coh_99999/delete",
		"/recipients/rcp_1_999999", "/recipients/rcp_1", "/incidents/inc_9999/lists", "/incidents/inc_9999/cohorts"} {
		if got := w.visit(path); got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
}

func TestWhoMayOnlyReadIsOfferedNothing(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Dee")
	if got := w.visit("/incidents/inc_1/lists"); got != http.StatusOK {
		t.Errorf("the sample's lists: %d", got)
	}
	w.says("Ops uploads lists")
	if got := w.visit("/incidents/inc_1/cohorts/new"); got != http.StatusForbidden {
		t.Errorf("an auditor builds a cohort: %d", got)
	}
	w.visit("/cohorts/coh_1")
	w.says("Frozen by")
	if strings.Contains(w.text(), "Plan a campaign") {
		t.Error("an auditor is offered to plan")
	}
}

// A file with an object on each line needs no dialect: its keys are the columns.
func TestObjectsAreImportedInTheBrowser(t *testing.T) {
	s := newScene(t)
	n, cem, page := s.next(), s.people["Cem"], s.incident+"/lists"
	list := cem.does(page, page, map[string]string{"file": fmt.Sprintf("people.txt\n{\"email\":\"ann%d@example.org\",\"name\":\"Ann\"}\nno object\n{\"email\":\"ben%d@example.org\",\"plan\":\"pro\"}\n", n, n)})
	shown := cem.get(list).body
	for _, words := range []string{"Each line is a JSON object; its keys are the columns.", "<bdi>plan</bdi>", "The line is no JSON object"} {
		if !strings.Contains(shown, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(shown, `name="header_row" type="text"`) {
		t.Error("a header row is asked for")
	}
	cem.does(list, list, nil)
	if got := cem.await(list, "new people"); !strings.Contains(got.body, "One JSON object a line") {
		t.Error("the list does not say how it was read")
	}
}
