package lint

import (
	cmp2 "cmp"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// calm is a text of which nothing is said.
const calm = "Dear {{recipient.name}},\n\nyour code is {{notice.code}}. We will never ask you for a password.\n"

// plainly gives a lint of one text that has nothing wrong but what is added.
func plainly(body string) Input {
	return Input{
		Texts:  []Text{{Locale: "en", Subject: "{{org.name}}: your data", Body: calm + body}},
		Places: []Place{{Jurisdictions: []string{"US-XX"}, Locale: "en", People: 7, Consenting: 7}},
		Facts:  map[string]string{"org.name": "Mills", "contact.url": "https://www.mills-and-sons.org/breach"},
		Hosts:  []string{"www.mills-and-sons.org"},
		Items:  items, Contacts: contacts,
	}
}

var items = []Item{
	{ID: "notice_date", Description: "Date of the notice", Fields: []string{"notice.date"}, Check: "auto"},
	{ID: "incident_description", Description: "What happened", Fields: []string{"incident.summary"}, Headings: []string{"What Happened"}, Keywords: []string{"what happened"}, Check: "partial"},
	{ID: "nature_of_breach", Description: "Nature of the breach", Fields: []string{"incident.summary", "incident.cause"}, Headings: []string{"What Happened"}, Keywords: []string{"ransomware", "stolen"}, Check: "partial"},
	{ID: "breach_date", Description: "Date of the breach", Fields: []string{"incident.date", "incident.date_range"}, Headings: []string{"What Happened"}, Check: "auto"},
	{ID: "time_frame_of_exposure", Description: "Time frame", Fields: []string{"incident.date_range", "incident.discovered_on"}, Check: "auto"},
	{ID: "affected_count", Description: "Number of people", Fields: []string{"incident.affected_total"}, Keywords: []string{"people were affected"}, Check: "auto"},
	{ID: "cra_contact", Description: "Credit agencies", Fields: []string{"contacts.cra"}, Headings: []string{"What You Can Do"}, Keywords: []string{"Equifax", "Experian", "TransUnion"}, Check: "auto"},
	{ID: "state_ag_contact", Description: "Attorney general", Fields: []string{"contacts.state_ag"}, Keywords: []string{"Attorney General"}, Check: "auto"},
	{ID: "remediation_services", Description: "Services", Fields: []string{"offer.description", "contacts.cra", "contacts.state_ag"}, Check: "partial"},
	{ID: "police_report_right", Description: "Police report", Fields: []string{"advice.police_report"}, Keywords: []string{"police report"}, Check: "auto"},
	{ID: "entity_contact_two_channels", Description: "Two channels", Fields: []string{"contact.tollfree", "contact.email", "contact.url"}, Check: "auto"},
	{ID: "phishing_warning", Description: "Warning", Fields: []string{"advice.phishing_warning"}, Keywords: []string{"do not provide", "never ask you"}, Check: "auto"},
	{ID: "link_requesting_personal_info", Description: "Request", Keywords: []string{"verify your account", "enter your"}, Check: "partial"},
	{ID: "other_people", Description: "Particulars of others", Check: "manual"},
	{ID: "law_enforcement_delay_statement", Description: "Delay", Fields: []string{"incident.law_enforcement_delay"}, Keywords: []string{"law enforcement"}, Check: "auto"},
	{ID: "measures_taken", Description: "Measures", Fields: []string{"incident.measures"}, Headings: []string{"What We Are Doing"}, Keywords: []string{"we have"}, Check: "partial"},
}

var contacts = []Contact{
	{ID: "equifax", Domains: []string{"equifax.com"}}, {ID: "experian", Domains: []string{"experian.com"}, Phones: []string{"888-397-3742"}}, {ID: "transunion", Domains: []string{"transunion.com"}},
	{ID: "ag-us-xx", Jurisdiction: "US-XX", Domains: []string{"ag.state.xx.us"}, Phones: []string{"401-274-4400"}},
}

// under puts one law over the place of a lint.
func under(in Input, law Law) Input {
	law.ID, law.Name, law.Citation, law.AsOf, law.Confidence, law.Doubts = "xx", "XX law", "XX 1", "2026-01-01", "high", []string{"content.required"}
	in.Laws = map[string][]Law{"US-XX": {law}}
	return in
}

// short gives findings as "severity rule item line", without what is passed.
func short(all []Finding) []string {
	out := []string{}
	for _, f := range all {
		if f.Severity != Pass {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Item))+line(f))
		}
	}
	return out
}

func line(f Finding) string {
	if f.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" @%d", f.Line)
}

// check lints, holds each finding against the catalogue, and compares.
func check(t *testing.T, in Input, want ...string) {
	t.Helper()
	all := Check(in)
	for _, f := range all {
		whole(t, f)
	}
	if want == nil {
		want = []string{}
	}
	got := short(all)
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

var catalogue = func() map[string]string {
	raw, err := os.ReadFile("../../phrase/en/lint.json")
	if err != nil {
		panic(err)
	}
	all := map[string]string{}
	if err := json.Unmarshal(raw, &all); err != nil {
		panic(err)
	}
	return all
}()

var gap = regexp.MustCompile(`\{([a-z]+)[|}]`)

// whole wants sentences without holes.
func whole(t interface {
	Helper()
	Errorf(string, ...any)
}, f Finding) {
	t.Helper()
	codes := []string{f.Code()}
	if f.Severity == Block || f.Severity == Ask || f.Severity == Warn {
		codes = append(codes, f.Code()+"_fix")
	}
	for _, code := range codes {
		sentence, ok := catalogue[code]
		if !ok {
			t.Errorf("%s has no sentence", code)
		}
		for _, m := range gap.FindAllStringSubmatch(sentence, -1) {
			if _, filled := f.Values[m[1]]; !filled {
				t.Errorf("%s: nothing fills %s", code, m[1])
			}
		}
	}
}

func TestContactLinesAreThoseOfTheReadersState(t *testing.T) {
	cases := map[string]struct {
		body, fact string
		item       string
		want       []string
	}{
		"a domain":                             {"Ask ag.state.xx.us about it.", "", "state_ag_contact", nil},
		"below www":                            {"{{contacts.state_ag}}", "XX, www.ag.state.xx.us", "state_ag_contact", nil},
		"a number":                             {"Call (401) 274-4400.", "", "state_ag_contact", nil},
		"a number with its country":            {"Call +1 401.274.4400.", "", "state_ag_contact", nil},
		"a number in one piece":                {"Call 14012744400.", "", "state_ag_contact", nil},
		"another number":                       {"Call 401-274-4401.", "", "state_ag_contact", []string{"block required state_ag_contact"}},
		"another domain":                       {"Ask ag.state.yy.us about it.", "", "state_ag_contact", []string{"block required state_ag_contact"}},
		"the name alone":                       {"Ask the Attorney General.", "", "state_ag_contact", []string{"block required state_ag_contact"}},
		"a field with the right line":          {"{{contacts.state_ag}}", "XX, ag.state.xx.us", "state_ag_contact", nil},
		"a field with the line of another":     {"{{contacts.state_ag}}", "YY, ag.state.yy.us", "state_ag_contact", []string{"block required state_ag_contact"}},
		"a field without a value yet":          {"{{contacts.state_ag}}", "", "state_ag_contact", []string{"warn unsure state_ag_contact @4"}},
		"services with the line written out":   {"{{offer.description}} {{contacts.cra}} ag.state.xx.us", "", "remediation_services", nil},
		"services without the line":            {"{{offer.description}} {{contacts.cra}}", "", "remediation_services", []string{"block required remediation_services"}},
		"two of three agencies":                {"Ask equifax.com and Experian.", "", "cra_contact", []string{"block required cra_contact @4"}},
		"three agencies":                       {"Ask equifax.com, experian.com and transunion.com.", "", "cra_contact", nil},
		"three agencies by name":               {"Ask Equifax, Experian and TransUnion.", "", "cra_contact", nil},
		"a number of digits that only ends so": {"Your number is 9401-274-4400.", "", "state_ag_contact", []string{"block required state_ag_contact"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := under(plainly(c.body), Law{Required: []string{c.item}})
			if c.fact != "" {
				in.Facts["contacts.state_ag"] = c.fact
			}
			check(t, in, c.want...)
		})
	}
	t.Run("a fact that lacks an agency", func(t *testing.T) {
		in := under(plainly("{{contacts.cra}}"), Law{Required: []string{"cra_contact"}})
		in.Facts["contacts.cra"] = "equifax.com, experian.com"
		check(t, in, "block required cra_contact @4")
	})
}

func TestEMailIsALawfulWay(t *testing.T) {
	email := func(primary string, restrictions ...string) Law {
		return Law{Email: Email{Primary: primary, Restrictions: restrictions}}
	}
	cases := map[string]struct {
		law   Law
		place Place
		more  func(*Input)
		want  []string
	}{
		"any channel":                    {law: email("any_effective_channel")},
		"consent of everybody":           {law: email("esign"), place: Place{Consenting: 7}},
		"consent of all but one":         {law: email("esign"), place: Place{Consenting: 6}, want: []string{"warn email_consent"}},
		"a means that a person knows":    {law: email("primary_means"), want: []string{"ask email_means"}},
		"a means that all agreed to":     {law: email("primary_means"), place: Place{Consenting: 7}},
		"a word that is new":             {law: email("carrier_pigeon"), want: []string{"ask email_means"}},
		"to a mailbox that was broken":   {law: email("on_file", "not_to_compromised_email_account"), place: Place{AtMailboxes: 1}, want: []string{"block mailbox"}},
		"to other mailboxes":             {law: email("on_file", "not_to_compromised_email_account")},
		"mailboxes that nobody named":    {law: email("on_file", "not_to_compromised_email_account"), more: func(in *Input) { in.Conditions = []string{"email_account_credentials"} }, want: []string{"ask mailbox_unknown"}},
		"to one where no law forbids it": {law: email("on_file"), place: Place{AtMailboxes: 1}, want: []string{"ask mailbox_reached"}},
		"mailboxes that somebody named":  {law: email("on_file", "not_to_compromised_email_account"), more: func(in *Input) { in.Conditions, in.Mailboxes = []string{"email_account_credentials"}, []string{"x"} }},
		"no warning":                     {law: email("on_file", "phishing_warning_required"), more: without("We will never ask you for a password."), want: []string{"block safeguard phishing_warning", "warn no_never"}},
		"no warning, but consent":        {law: email("on_file", "phishing_warning_required"), place: Place{Consenting: 7}, more: without("We will never ask you for a password."), want: []string{"note safeguard phishing_warning", "warn no_never"}},
		"a warning":                      {law: email("on_file", "phishing_warning_required")},
		"a request":                      {law: email("on_file", "no_request_for_personal_information", "no_link_to_request_for_personal_information"), more: adding("Please enter your name."), want: []string{"block request link_requesting_personal_info @3"}},
		"a request, but consent":         {law: email("on_file", "no_request_for_personal_information"), place: Place{Consenting: 7}, more: adding("Please enter your name."), want: []string{"note request link_requesting_personal_info @3"}},
		"a second channel":               {law: email("on_file", "second_electronic_channel_required"), want: []string{"ask email_restriction"}},
		"a restriction that is new":      {law: email("on_file", "by_full_moon_only"), want: []string{"ask email_restriction"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := under(plainly(""), c.law)
			in.Places[0].Consenting, in.Places[0].AtMailboxes = c.place.Consenting, c.place.AtMailboxes
			if c.more != nil {
				c.more(&in)
			}
			check(t, in, c.want...)
		})
	}
}

// Who gets which text decides of which text it is asked.
func TestMailboxesAreAskedAboutWhereTheirPeopleGetTheText(t *testing.T) {
	in := plainly("")
	in.Texts = append(in.Texts, Text{Locale: "en", Jurisdictions: []string{"US-YY"}, Subject: "{{org.name}}: your data", Body: calm})
	in.Places = append(in.Places, Place{Jurisdictions: []string{"US-YY"}, Locale: "en", Text: 1, People: 3, Consenting: 3, AtMailboxes: 2})
	found := Check(in)
	if len(found) != 1 || found[0].Rule != "mailbox_reached" || found[0].Text != 1 || found[0].Values["count"] != int64(2) {
		t.Errorf("found %+v", found)
	}
}

func TestPlainLanguageIsAskedForByLaw(t *testing.T) {
	check(t, under(plainly(""), Law{PlainLanguage: true}))
	check(t, under(plainly("A threat actor came."), Law{PlainLanguage: true}), "warn jargon @3", "warn plain")
	check(t, under(plainly("A threat actor came."), Law{}), "warn jargon @3")
}

func TestWhatALawAsksForItselfIsSaidOnce(t *testing.T) {
	law := Law{Required: []string{"phishing_warning"}, Prohibited: []string{"link_requesting_personal_info"}, Email: Email{Restrictions: []string{"phishing_warning_required", "no_request_for_personal_information"}}}
	in := under(plainly("Please enter your name."), law)
	in.Texts[0].Body = strings.Replace(in.Texts[0].Body, "We will never ask you for a password.", "", 1)
	check(t, in, "block prohibited link_requesting_personal_info @3", "block required phishing_warning", "warn no_never")
}

func without(words string) func(*Input) {
	return func(in *Input) { in.Texts[0].Body = strings.Replace(in.Texts[0].Body, words, "", 1) }
}

func adding(words string) func(*Input) {
	return func(in *Input) { in.Texts[0].Body += words }
}

func TestEveryWordOfTheRulesOnEMailIsKnown(t *testing.T) {
	for word := range footings {
		if _, ok := catalogue["lint_means_"+word]; !ok {
			t.Errorf("%s has no words", word)
		}
	}
}

func TestPeopleReadTheirLanguage(t *testing.T) {
	in := plainly("")
	in.Places = []Place{
		{Jurisdictions: []string{"US-XX"}, Locale: "en-GB", People: 3}, {Jurisdictions: []string{"US-XX"}, Locale: "fr", People: 4},
		{Jurisdictions: []string{"US-YY", "US-XX"}, Locale: "fr-CA", People: 5}, {Locale: "", People: 6}, {Locale: "de", People: 0}, {Locale: "nl", Text: NoText, People: 8},
	}
	all := Check(in)
	if d := cmp.Diff([]string{"block no_text", "warn language fr"}, short(all)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, f := range all {
		want := int64(9)
		if f.Rule == "no_text" {
			want = 8
		}
		if f.Values["count"] != want {
			t.Errorf("%s counts %v, want %d", f.Rule, f.Values["count"], want)
		}
	}
}

func TestKindsOfDataSwitchTheirRulesOn(t *testing.T) {
	in := plainly("")
	in.DataTypes = []string{"names", "passwordless sign-in"}
	check(t, in)
	in.DataTypes = []string{"names", "Social Security numbers"}
	check(t, in, "ask condition ssn")
	in.Conditions = []string{"ssn"}
	check(t, in)
}

// An answer settles a question, and what a law asks for; what no notice may hold
// has none.
func TestAnAnswerSettlesWhatAPersonMayJudge(t *testing.T) {
	in := under(plainly("Your card 4111 1111 1111 1111 was seen."), Law{RequiredIf: []RequiredIf{{All: []string{"known"}, IDs: []string{"breach_date"}}}, Required: []string{"notice_date"}})
	before := Check(in)
	for _, f := range before {
		in.Ticked = append(in.Ticked, f.Key())
	}
	var block, note int
	for i, f := range Check(in) {
		switch {
		case f.Severity == Block && f.Law == "":
			block++
		case f.Severity == Note:
			note++
		default:
			t.Errorf("%d: %s %s of %q is still there", i, f.Severity, f.Rule, f.Law)
		}
	}
	if block != 1 || note != 2 {
		t.Errorf("%d block, %d are notes, of %v", block, note, short(before))
	}
}

func TestATickIsForTheWordsThatWereSeen(t *testing.T) {
	in := under(plainly("It was ransomware."), Law{Prohibited: []string{"nature_of_breach"}})
	in.Ticked = []string{Check(in)[0].Key()}
	check(t, in, "note prohibited_words nature_of_breach @3")
	in.Texts[0].Body = strings.Replace(in.Texts[0].Body, "ransomware", "stolen", 1)
	check(t, in, "ask prohibited_words nature_of_breach @3")
}

func TestTheSameInputGivesTheSameFindings(t *testing.T) {
	in := under(plainly("## What Happened\n\n{{incident.cause}} [here](https://bit.ly/x?utm_a=1&gclid=2) Visit mllls-and-sons.org, аpple.com and www.mills-and-sоns.org. Out of an abundance of caution, unsubscribe. 4111 1111 1111 1111"),
		Law{Required: []string{"notice_date", "cra_contact"}, Prohibited: []string{"nature_of_breach"}})
	in.Places = append(in.Places, Place{Jurisdictions: []string{"US-YY"}, Locale: "fr", People: 2}, Place{Locale: "de", People: 2})
	first := Check(in)
	if len(first) < 10 {
		t.Fatalf("only %d findings", len(first))
	}
	if !slices.IsSortedFunc(first, func(a, b Finding) int {
		return cmp2.Or(a.Text-b.Text, gravity[a.Severity]-gravity[b.Severity], strings.Compare(a.Rule, b.Rule))
	}) {
		t.Errorf("the gravest do not come first: %v", short(first))
	}
	for range 20 {
		if d := cmp.Diff(first, Check(in)); d != "" {
			t.Fatal(d)
		}
		slices.Reverse(in.Places)
	}
}
