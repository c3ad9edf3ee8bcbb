//go:build conformance

package e2e

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"forthwith/internal/notice"
)

// canaries act wherever markup of somebody else is taken for ours: they run a
// script, ask another host for something, or send a form.
var canaries = []string{
	`<img src=x onerror="top.__acted=1;alert(1)">`, `"><script>window.__acted=1</script>`, `'><svg onload=alert(1)>`, `<img src=https://canary.invalid/a.png>`,
	`</title></textarea></style></script><script>alert(1)</script>`, `<iframe src=https://canary.invalid/></iframe>`, `<link rel=stylesheet href=//canary.invalid/a.css>`,
	`<meta http-equiv=refresh content="0;url=https://canary.invalid/">`, `<style>@import "https://canary.invalid/b.css";</style>`, `<base href=https://canary.invalid/>`,
	`<a href="javascript:alert(1)" autofocus onfocus=alert(1)>x</a>`, `{{constructor.constructor('alert(1)')()}}`, `" autofocus onfocus="alert(1)`, `<details open ontoggle=alert(1)>`,
}

// payloads are those of the corpora and our own.
func payloads(t *testing.T) (all []string) {
	t.Helper()
	dir := cmp.Or(os.Getenv("FORTHWITH_CORPORA"), "../shared/corpora")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	read := func(name string, into any) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var cases []struct{ Payload string }
	var texts []string
	read("xss/xss.json", &cases)
	read("strings/blns.json", &texts)
	for _, c := range cases {
		all = append(all, c.Payload)
	}
	for _, s := range texts {
		if strings.ContainsAny(s, `<>"'`) {
			all = append(all, s)
		}
	}
	return append(all, canaries...)
}

const (
	longestName  = 150 // of what a subject repeats
	crowdOfNames = 12
	everything   = "all@example.com"
)

// people is a list in which one mailbox has every payload as a value, and others
// have as many in their names as a subject takes.
func people(t *testing.T, all []string) (file string, mailboxes int) {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"email", "name", "plan"}}
	for _, p := range all {
		rows = append(rows, []string{everything, "Reader", p})
	}
	names, used := []string{""}, 0
	for _, p := range slices.Backward(all) { // the canaries first
		if len(p) > longestName {
			continue
		}
		if used += len(p); used > longestName {
			names, used = append(names, ""), len(p)
		}
		names[len(names)-1] += p
	}
	names = names[:min(len(names), crowdOfNames)]
	for i, name := range names {
		rows = append(rows, []string{fmt.Sprintf("p%d@example.com", i), name, canaries[i%len(canaries)]})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String(), len(names) + 1
}

// harmless are the payloads that may stand in a text.
func harmless(all []string) (body string, n int) {
	for _, p := range all {
		more := body + "\n\n" + p
		if _, err := (notice.Source{Locale: "en", Subject: "x", Body: more}).Compile(); err == nil {
			body, n = more, n+1
		}
	}
	return body, n
}

const valued = "# {{recipient.name}}\n\nDear {{recipient.name}}, *{{list merge.plan}}*\n\n- {{list merge.plan}}\n\n> {{recipient.name}}\n\n| a |\n|---|\n| {{list merge.plan}} |\n\n[{{recipient.name}}](mailto:help@larkfield.test)\n"

// TestConformanceNoPayloadActsInABrowser takes every payload through a list, a
// text, a letter and the capture inbox, and looks at each page that shows them in
// a real browser: nothing runs, nothing is asked of another host, and the content
// policy has nothing to refuse.
func TestConformanceNoPayloadActsInABrowser(t *testing.T) {
	begun := time.Now()
	all := payloads(t)
	file, mailboxes := people(t, all)
	texts, asTexts := harmless(all)
	s := newScene(t)
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(canaries[:4], ""))
	cohort := s.hostile(canaries[0], quoted+".csv\n"+file)
	bo := s.people["Bo"]
	write := func(name string, typed map[string]string) string {
		page := s.incident + "/notices"
		desk := bo.does(page, page, map[string]string{"name": name})
		return bo.does(desk, desk, typed)
	}
	saved := write(canaries[1], map[string]string{subject: "A " + canaries[0], body: valued + texts, "do": "save"})
	sent := write(canaries[2], map[string]string{subject: "For {{recipient.name}}", body: valued, "do": "submit"})
	s.people["Ada"].does(sent+"/approve", sent+"/approve", nil)
	plan := s.planned(map[string]string{"name": canaries[3], "cohort_id": last(cohort), "version_id": last(sent), "sender_id": "snd_1", "relays": "rel_1", "max_rate_per_second": "100"})
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	s.people["Cem"].does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": fmt.Sprint(mailboxes)})
	s.people["Cem"].await(plan, "Complete")

	w := watchful(t)
	t.Logf("%d payloads: %d as values of one mailbox, %d mailboxes with them as names, %d as Markdown that is no mistake", len(all), len(all), mailboxes-1, asTexts)
	look := func(what string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			w.inspect(path)
		}
		t.Logf("%-34s %3d pages", what, len(paths))
	}
	persons := s.linked(cohort, `/recipients/rcp_\d+-\d+`)
	look("lists, the list, its cohort", append(s.linked(s.incident+"/lists", `/lists/lst_\d+`), s.incident+"/lists", s.incident+"/cohorts", cohort, s.incident)...)
	look("people", persons...)
	look("notices, versions, the editor", s.incident+"/notices", saved, sent, regexp.MustCompile(`/notices/ntc_\d+`).FindString(bo.get(saved).body))
	for _, format := range []string{"html", "text", "phone"} {
		var shown []string
		for i, p := range persons {
			if i > 2 && format != "html" {
				break
			}
			choice := "?format=" + format + "&recipient=" + last(p)
			shown = append(shown, saved+choice, saved+"/frame"+choice)
		}
		look("previews and their frames, "+format, shown...)
	}
	look("the campaign and its deliveries", append(s.linked(plan+"/deliveries", `/deliveries/dlv_\d+-\d+`), plan, plan+"/deliveries", s.incident+"/campaigns")...)
	letters := []string{"/inbox"}
	for _, l := range s.letters(mailboxes) {
		letters = append(letters, l, l+"/frame")
	}
	look("the capture inbox and its frames", letters...)
	if !t.Failed() {
		t.Logf("nothing acted, in %s", time.Since(begun).Round(time.Second))
	}
}

// hostile is a frozen cohort of everybody in a file whose third column texts quote.
func (s *scene) hostile(name, file string) string {
	s.t.Helper()
	cem, page := s.people["Cem"], s.incident+"/lists"
	list := cem.does(page, page, map[string]string{"file": file})
	cem.does(list, list, map[string]string{"use.2": "merge", "as.2": "plan"})
	cem.await(list, "new people")
	page = s.incident + "/cohorts/new"
	cohort := cem.does(page, page, map[string]string{"name": name})
	cem.does(cohort+"/freeze", cohort+"/freeze", nil)
	cem.await(cohort, "Frozen by")
	return cohort
}

// letters are the newest ones of the capture inbox.
func (s *scene) letters(n int) []string {
	s.t.Helper()
	all := s.linked("/inbox", `/inbox/\d+`)
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(b, a)) })
	return all[:n]
}

// linked are the addresses of a form to which a page leads.
func (s *scene) linked(page, form string) []string {
	s.t.Helper()
	found := regexp.MustCompile(form+`\b`).FindAllString(s.people["Ada"].get(page).body, -1)
	slices.Sort(found)
	if found = slices.Compact(found); len(found) == 0 {
		s.t.Fatalf("%s leads to no %s", page, form)
	}
	return found
}
