package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

const (
	markup   = `<b onmouseover=x>"'&`
	wrongHex = "00000000000000000000000000000000000000000000000000000000000000aa"
)

// badCase is something that a field was not made for.
type badCase struct{ name, value string }

// cases are sent to every field.
var cases = []badCase{
	{"empty", ""},
	{"20,000 characters", strings.Repeat("a", 20_000)},
	{"markup", markup},
	{"NUL", "a\x00b"},
}

// texts are sent to those that somebody types into as well.
var texts = []badCase{{"right to left, zero width, lone CR and LF", "\u202eمرحبا بكم\u202c a\u200b\u200d\u2060\ufeffb c\r\nd\re\nf"}}

// numbers are sent to fields for numbers as well, and to versions.
var numbers = []badCase{{"letters", "abc"}, {"negative", "-1"}, {"huge", "99999999999999999999"}, {"infinite", "Inf"}, {"no number", "NaN"}}

var anID = regexp.MustCompile(`^[a-z]{3}_\d+$`)

// casesOf are those that fit a field.
func casesOf(f webField) []badCase {
	all := slices.Clone(cases)
	if f.kind != "hidden" && f.options == nil {
		all = append(all, texts...)
	}
	switch {
	case f.name == "code": // four wrong ones of one person are free
		return []badCase{{"empty", ""}, {"wrong code", "000000"}}
	case f.name == "csrf" || f.name == "once":
		return nil
	case f.kind == "file":
		return []badCase{{"none", ""}, {"markup in the name", markup + ".csv\nemail\nann@example.com\n"}, {"empty file", "a.csv\n"}, {"NUL in it", "a.csv\nemail\na\x00b@example.com\n"},
			{"a picture", "a.csv\n\x89PNG\r\n\x1a\n0000"}}
	case f.numeric || f.name == "version" || f.name == "shown":
		all = append(all, numbers...)
	}
	for _, v := range append(f.options, f.value) {
		if anID.MatchString(v) {
			return append(all, badCase{"unknown id", v[:4] + "99999999"}, badCase{"id of another kind", "tok_1"})
		}
	}
	if len(f.value) == 64 && f.kind == "hidden" {
		all = append(all, badCase{"another hash", wrongHex})
	}
	if f.name == "version" {
		all = append(all, badCase{"stale", "0"}, badCase{"of tomorrow", "999"})
	}
	return all
}

// usual fills what a page leaves empty with what is fit for it, so that one
// thing only is wrong.
var usual = map[string]string{"reason": "because", "comment": "because", "password": "a long pass phrase", "confirm_recipients": "999999", "host": "127.0.0.1", "from": "swept@larkfield.test",
	"from_name": "Swept", "reply_to": "help@larkfield.test", "bounce_domain": "bounce.larkfield.test", "value": "x", "subject": "About your account", "body": "Words.", "code": "",
	"auth": "none", "tls": "none"}

// filled is a form as somebody would send it.
func (sw *sweep) filled(f webForm) url.Values {
	out := f.values()
	for _, field := range f.fields {
		if out.Get(field.name) != "" {
			continue
		}
		name := field.name[strings.LastIndexByte(field.name, '.')+1:]
		switch {
		case field.kind == "hidden" || field.kind == "checkbox":
		case field.kind == "radio":
			out.Set(field.name, field.options[0])
		case field.kind == "file":
			out.Set(field.name, fmt.Sprintf("swept.csv\nemail\nann%d@example.net\n", sw.next()))
		case name == "name" && strings.HasSuffix(f.action, "/codes"):
			out.Set(field.name, fmt.Sprintf("swept%d", sw.next()))
		case name == "name":
			out.Set(field.name, fmt.Sprintf("Swept %d", sw.next()))
		case name == "email":
			out.Set(field.name, fmt.Sprintf("swept%d@crew.test", sw.next()))
		default:
			out.Set(field.name, usual[name])
		}
	}
	if f.action == "/relays/new" || strings.HasPrefix(f.action, "/relays/rel_") && strings.Count(f.action, "/") == 2 {
		for name, v := range sw.inboxRelay() {
			out.Set(name, v)
		}
	}
	return out
}

// tried is what came of the cases of one form.
type tried struct {
	*sweep
	swept
	shown   *webForm // as the page shows it now; nil: it has to be asked for
	cases   int
	answers map[int]int
}

// through sends every case to every field of a form, then what its address can
// be made to say, then the form as it is, twice.
func (sw *sweep) through(one swept) string {
	sw.t.Helper()
	r := &tried{sweep: sw, swept: one, answers: map[int]int{}}
	fields := 0
	for _, field := range one.form.fields {
		all := casesOf(field)
		if len(all) > 0 {
			fields++
		}
		for _, c := range all {
			r.try(field, c, "")
		}
	}
	r.otherButtons()
	r.otherAddresses()
	r.twice()
	return r.line(fields)
}

func (r *tried) line(fields int) string {
	answers := ""
	for _, status := range slices.Sorted(maps.Keys(r.answers)) {
		answers += fmt.Sprintf(" %d×%d", r.answers[status], status)
	}
	return fmt.Sprintf("%-42s %3d %4d %s", r.route, fields, r.cases, answers)
}

// fresh is the form as its page shows it; where it was used up, another like it.
func (r *tried) fresh() webForm {
	r.t.Helper()
	if r.shown != nil {
		return *r.shown
	}
	if r.route == "/campaigns/:campaign/edit" {
		r.people["Cem"].awaitNot(strings.TrimSuffix(r.page, "/edit"), "Checking")
	}
	for range 2 {
		for _, f := range formsOf(r.as(r.who).get(r.page).body) {
			if routeOf(r.routes, f.action) == r.route {
				r.shown = &f
				return f
			}
		}
		if again := r.remake[r.route]; again != nil {
			r.page = again()
		}
	}
	r.t.Fatalf("%s is gone from %s: %s", r.route, r.page, refusal(r.as(r.who).get(r.page).body))
	return webForm{}
}

// try sends one case in one field, by one of the form's buttons.
func (r *tried) try(field webField, c badCase, do string) {
	r.t.Helper()
	f := r.fresh()
	values := r.filled(f)
	if do != "" {
		values.Set("do", do)
	}
	if field.name != "" {
		values.Set(field.name, c.value)
	}
	got := r.as(r.who).post(f, values)
	r.judge(strings.TrimSpace(field.name+" "+do), c, f, got)
	if got.status < 400 || got.status == http.StatusConflict || got.status == http.StatusPreconditionFailed {
		r.shown = nil // it, or what it was made over, is used up
	}
}

// otherButtons sends by every button but the first what a text can hold worst.
func (r *tried) otherButtons() {
	r.t.Helper()
	for i, b := range r.form.buttons {
		if i == 0 || b.name == "" {
			continue
		}
		for _, field := range r.form.fields {
			if field.kind == "text" || field.kind == "textarea" {
				r.try(field, cases[1], b.value)
				r.try(field, cases[2], b.value)
			}
		}
	}
}

// otherAddresses puts what is not there, and what is of another kind, into the
// address.
func (r *tried) otherAddresses() {
	r.t.Helper()
	if !strings.Contains(r.route, ":") {
		return
	}
	f := r.fresh()
	at := strings.Index(r.route, ":")
	end := at + strings.IndexByte(f.action[at:]+"/", '/')
	for _, other := range []string{f.action[at:min(at+4, end)] + "99999999", "tok_1", "x", url.PathEscape(markup), "%00", "%F0%28", f.action[at:min(at+4, end)] + "99999999999999999999"} {
		g := f
		g.action = f.action[:at] + other + f.action[end:]
		got := r.as(r.who).post(g, r.filled(f))
		r.judge("address", badCase{"address " + other, ""}, webForm{}, got)
		ended := r.route == "/account/sessions/:session/end" && got.status == http.StatusSeeOther // what is not there has ended
		if got.status != http.StatusNotFound && !ended {
			r.t.Errorf("%s: %d: %s", g.action, got.status, refusal(got.body))
		}
	}
}

// twice sends the form as it is two times: done once. Under the same key nothing
// else is done.
func (r *tried) twice() {
	r.t.Helper()
	r.shown = nil
	f := r.fresh()
	if _, keyed := f.field("once"); !keyed {
		return
	}
	values := r.filled(f)
	first := r.as(r.who).post(f, values)
	again := r.as(r.who).post(f, values)
	r.judge("", badCase{"as it is", ""}, f, first)
	if first.status == http.StatusSeeOther && (again.status != first.status || again.location != first.location) {
		r.t.Errorf("%s was answered %d %s, pressed again %d %s: %s", f.action, first.status, first.location, again.status, again.location, refusal(again.body))
	}
	values.Set("another", "x")
	if got := r.as(r.who).post(f, values); first.status == http.StatusSeeOther && got.status != http.StatusUnprocessableEntity {
		r.t.Errorf("%s: the same key with another text is answered %d", f.action, got.status)
	}
}

// withoutPage sends a form that no page offers now, with a token of another.
func (sw *sweep) withoutPage(route string, fields map[string]string) string {
	sw.t.Helper()
	f := webForm{action: strings.NewReplacer(":incident", last(sw.incident), ":duty", "eu-gdpr.individual_notice", ":campaign", last(sw.running), ":cohort", last(sw.cohort), ":delivery", "dlv_"+strings.TrimPrefix(last(sw.running), "cmp_")+"-1").Replace(route)}
	borrowed := sw.found["/incidents/:incident/cohorts/new"]
	for _, name := range []string{"csrf", "once"} {
		field, _ := borrowed.form.field(name)
		f.fields = append(f.fields, field)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f.fields = append(f.fields, webField{name: name, kind: "hidden", value: fields[name]})
	}
	r := &tried{sweep: sw, swept: swept{route, "", "Cem", f}, shown: &f, answers: map[int]int{}}
	for _, field := range f.fields {
		for _, c := range casesOf(field) {
			r.shown = &f
			r.try(field, c, "")
		}
	}
	r.shown = &f
	r.otherAddresses()
	return r.line(len(fields))
}

// judge holds an answer against what every answer promises.
func (r *tried) judge(where string, c badCase, f webForm, got replied) {
	r.t.Helper()
	r.cases++
	r.answers[got.status]++
	wrong := func(format string, args ...any) {
		r.t.Helper()
		r.t.Errorf("%s, %s: %s: %d: %s", r.route, where, c.name, got.status, fmt.Sprintf(format, args...))
	}
	switch {
	case got.status >= 500:
		wrong("%s", refusal(got.body))
	case got.status == http.StatusSeeOther:
		r.follow(got.location, wrong)
	case got.status == http.StatusOK:
	case got.status >= 400:
		r.judgeRefusal(where, c, f, got, wrong)
	default:
		wrong("no answer to a form")
	}
	runs(got, wrong)
}

// runs finds what was typed where a browser would run it.
func runs(got replied, wrong func(string, ...any)) {
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		return
	}
	for n := range parsed(got.body).Descendants() {
		if has(n, "onmouseover") {
			wrong("markup stands in the page as it was typed")
		}
	}
}

// follow goes where a form leads.
func (r *tried) follow(to string, wrong func(string, ...any)) {
	r.t.Helper()
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		wrong("it leads away, to %s", to)
		return
	}
	if to, _, _ = strings.Cut(to, "#"); r.route == "/signin/code" {
		return // it leads to whoever signed in
	}
	got := r.as(r.who).get(to)
	if got.status >= 400 {
		wrong("it leads to %s, which is answered %d", to, got.status)
	}
	runs(got, wrong)
}

// judgeRefusal wants a page that says what is wrong and where, with what was
// typed.
func (r *tried) judgeRefusal(where string, c badCase, f webForm, got replied, wrong func(string, ...any)) {
	r.t.Helper()
	doc := parsed(got.body)
	if refusal(got.body) == "" || firstWith(doc, "h1") == nil {
		wrong("a dead end: %.300s", got.body)
		return
	}
	summary := firstWith(doc, "govuk-error-summary")
	if summary == nil {
		if got.status == http.StatusUnprocessableEntity || got.status == http.StatusConflict {
			wrong("the form is not shown again: %s", refusal(got.body))
		}
		return
	}
	if title := firstWith(doc, "title"); !strings.HasPrefix(textOf(title), "Error: ") {
		wrong("the title is %q", textOf(title))
	}
	if links := leads(doc, summary, wrong); links == 0 && got.status == http.StatusUnprocessableEntity {
		wrong("no fault leads to a field: %s", refusal(got.body))
	}
	name, _, _ := strings.Cut(where, " ")
	sent, there := f.field(name)
	if again, shown := formTo(formsOf(got.body), f.action); there && shown && keepsText(sent) {
		if back, _ := again.field(name); lines(back.value) != lines(c.value) {
			wrong("%.40q came back as %.40q", c.value, back.value)
		}
	} else if there && !shown && keepsText(sent) && c.value != "" {
		wrong("what was typed is lost: %s", refusal(got.body))
	}
}

// leads counts the links of an error summary, which have to reach a field.
func leads(doc, summary *html.Node, wrong func(string, ...any)) int {
	links := 0
	for a := range summary.Descendants() {
		if a.Data != "a" {
			continue
		}
		links++
		id, err := url.PathUnescape(strings.TrimPrefix(attribute(a, "href"), "#"))
		if err != nil {
			id = ""
		}
		found := false
		for n := range doc.Descendants() {
			found = found || attribute(n, "id") == id
		}
		if !found {
			wrong("the summary leads to %q, which is not there", id)
		}
	}
	return links
}

// keepsText tells whether a page has to give back what was typed into a field.
func keepsText(f webField) bool {
	if f.name == "code" {
		return false
	}
	return slices.Contains([]string{"text", "email", "textarea", "datetime-local", "date"}, f.kind)
}

// lines is a text with its line ends as a page reads them.
func lines(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }
