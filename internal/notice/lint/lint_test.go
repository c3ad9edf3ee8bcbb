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
	law.ID, law.Name, law.Citation, law.AsOf, law.Confidence = "xx", "XX law", "XX 1", "2026-01-01", "high"
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

func TestWhatALawAsksForIsFound(t *testing.T) {
	required := func(id string) Law { return Law{Required: []string{id}} }
	known := func(id string) Law { return Law{RequiredIf: []RequiredIf{{All: []string{"known"}, IDs: []string{id}}}} }
	cases := map[string]struct {
		body, locale string
		law          Law
		facts        map[string]string
		conditions   []string
		want         []string
	}{
		"by its field":                                   {body: "{{incident.summary}}", law: required("incident_description")},
		"by its heading with words below":                {body: "## What Happened\n\nThieves came.", law: required("incident_description")},
		"not by an empty heading":                        {body: "## What Happened\n", law: required("incident_description"), want: []string{"block required incident_description"}},
		"by a value that is written out":                 {body: "It was on 7 August 2022.", law: required("breach_date"), facts: map[string]string{"incident.date": "7 August 2022"}},
		"not by a heading that is about something else":  {body: "## What Happened\n\nThieves came.", law: required("breach_date"), want: []string{"block required breach_date"}},
		"by words, where they are plain":                 {body: "You can get a police report.", law: required("police_report_right")},
		"not by a part of a word":                        {body: "We saw police reporters.", law: required("police_report_right"), want: []string{"block required police_report_right"}},
		"words that a person must judge":                 {body: "We have done things.", law: required("measures_taken"), want: []string{"warn unsure measures_taken"}},
		"words that stand in other sentences too":        {body: "Report it to law enforcement.", law: required("law_enforcement_delay_statement"), want: []string{"warn unsure law_enforcement_delay_statement"}},
		"only with every field that it takes":            {body: "{{incident.date_range}}", law: required("time_frame_of_exposure"), want: []string{"block required time_frame_of_exposure"}},
		"with both":                                      {body: "{{incident.date_range}} {{incident.discovered_on}}", law: required("time_frame_of_exposure")},
		"one channel is not two":                         {body: "{{contact.email}}", law: required("entity_contact_two_channels"), want: []string{"block required entity_contact_two_channels"}},
		"two channels":                                   {body: "{{contact.email}} {{contact.url}}", law: required("entity_contact_two_channels")},
		"what no program can find":                       {law: required("other_people"), want: []string{"warn unsure other_people"}},
		"an item that nobody described":                  {law: required("something_new"), want: []string{"warn unsure something_new"}},
		"another language, words we do not know":         {locale: "nl", law: required("police_report_right"), want: []string{"warn unsure police_report_right"}},
		"another language, words that we know":           {locale: "es", body: "Pida un informe policial.", law: required("police_report_right")},
		"another language, where only a field decides":   {locale: "nl", law: required("notice_date"), want: []string{"block required notice_date"}},
		"English words do not count in another language": {locale: "fr", body: "police report", law: required("police_report_right"), want: []string{"warn unsure police_report_right"}},
		"known or not: a person says":                    {law: known("breach_date"), want: []string{"ask known breach_date"}},
		"known, and not said":                            {law: known("breach_date"), facts: map[string]string{"incident.date": "7 August"}, want: []string{"block required breach_date"}},
		"known, and said":                                {body: "{{incident.date}}", law: known("breach_date"), facts: map[string]string{"incident.date": "7 August"}},
		"a condition that does not hold":                 {law: Law{RequiredIf: []RequiredIf{{All: []string{"ssn"}, IDs: []string{"notice_date"}}}}},
		"a condition that holds":                         {law: Law{RequiredIf: []RequiredIf{{All: []string{"ssn"}, IDs: []string{"notice_date"}}}}, conditions: []string{"ssn"}, want: []string{"block required notice_date"}},
		"one of several conditions":                      {law: Law{RequiredIf: []RequiredIf{{All: []string{"source"}, Any: []string{"ssn", "dl"}, IDs: []string{"notice_date"}}}}, conditions: []string{"dl", "source"}, want: []string{"block required notice_date"}},
		"none of several conditions":                     {law: Law{RequiredIf: []RequiredIf{{All: []string{"source"}, Any: []string{"ssn", "dl"}, IDs: []string{"notice_date"}}}}, conditions: []string{"source"}},
		"our notices are e-mails":                        {law: Law{RequiredIf: []RequiredIf{{All: []string{"email_is_channel"}, IDs: []string{"notice_date"}}}}, want: []string{"block required notice_date"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := plainly(c.body)
			if c.locale != "" {
				in.Texts[0].Locale, in.Places[0].Locale = c.locale, c.locale
			}
			in.Conditions = c.conditions
			for k, v := range c.facts {
				in.Facts[k] = v
			}
			got := Check(under(in, c.law))
			got = slices.DeleteFunc(got, func(f Finding) bool { return f.Law == "" })
			for _, f := range got {
				whole(t, f)
				if f.Citation != "XX 1" || f.AsOf != "2026-01-01" || f.Confidence != "high" || f.Jurisdiction != "US-XX" {
					t.Errorf("a finding without its law: %+v", f)
				}
			}
			want := c.want
			if want == nil {
				want = []string{}
			}
			if d := cmp.Diff(want, short(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestAFixNamesTheFieldsThatBelongTogether(t *testing.T) {
	for id, want := range map[string]string{
		"breach_date":            "{{incident.date}} or {{incident.date_range}}",
		"time_frame_of_exposure": "{{incident.date_range}} or {{incident.date}} and {{incident.discovered_on}}",
		"other_people":           "Particulars of others",
	} {
		it := items[slices.IndexFunc(items, func(it Item) bool { return it.ID == id })]
		if got := fieldsOf(it); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}

func TestWhatALawForbidsIsFound(t *testing.T) {
	forbid := func(id string) Law { return Law{Prohibited: []string{id}} }
	cases := map[string]struct {
		body string
		law  Law
		want []string
	}{
		"a field":                           {"{{incident.cause}}", forbid("nature_of_breach"), []string{"block prohibited nature_of_breach @4"}},
		"a section":                         {"\n## What Happened\n\nA lot.", forbid("nature_of_breach"), []string{"block prohibited nature_of_breach @5"}},
		"an empty section":                  {"\n## What Happened\n", forbid("nature_of_breach"), nil},
		"words that may mean it":            {"It was ransomware.", forbid("nature_of_breach"), []string{"ask prohibited_words nature_of_breach @3"}},
		"words that are denied":             {"It was not ransomware.", forbid("nature_of_breach"), nil},
		"a part of a word":                  {"Stolensky wrote this.", forbid("nature_of_breach"), nil},
		"words that mean nothing else":      {"In all, 90 people were affected.", forbid("affected_count"), []string{"block prohibited affected_count @3"}},
		"words that only words tell of":     {"Please verify your account.", forbid("link_requesting_personal_info"), []string{"block prohibited link_requesting_personal_info @3"}},
		"a warning of such words":           {"Never verify your account.", forbid("link_requesting_personal_info"), nil},
		"what no program can find":          {"", forbid("other_people"), []string{"ask prohibited_manual other_people"}},
		"asked for and forbidden":           {"{{incident.summary}}", Law{Required: []string{"incident_description"}, Prohibited: []string{"nature_of_breach"}}, []string{"ask conflict nature_of_breach @4"}},
		"asked for, forbidden and not said": {"", Law{Required: []string{"incident_description"}, Prohibited: []string{"nature_of_breach"}}, []string{"ask conflict incident_description"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			check(t, under(plainly(c.body), c.law), c.want...)
		})
	}
	t.Run("in the subject", func(t *testing.T) {
		in := under(plainly(""), forbid("nature_of_breach"))
		in.Texts[0].Subject += " {{incident.cause}}"
		check(t, in, "block prohibited nature_of_breach")
	})
	t.Run("for some of those who read it, while others must be told", func(t *testing.T) {
		in := under(plainly("{{incident.summary}}"), forbid("nature_of_breach"))
		in.Places = append(in.Places, Place{Jurisdictions: []string{"US-YY"}, Locale: "en", People: 1, Consenting: 1})
		in.Laws["US-YY"] = []Law{{ID: "yy", Required: []string{"incident_description"}}}
		check(t, in, "block prohibited_here nature_of_breach @4")
	})
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

func TestFormIsHeldWordForWord(t *testing.T) {
	law := Law{Title: "Notice of Data Breach", Headings: []string{"What Happened", "What You Can Do"}}
	good := "# Notice of Data Breach\n\n" + calm + "## What Happened\n\nx\n\n## More\n\nx\n\n## What You Can Do\n\nx\n"
	cases := map[string]struct {
		body string
		want []string
	}{
		"as it must be":          {good, nil},
		"another title":          {strings.Replace(good, "Notice of Data", "Notice of a Data", 1), []string{"block title"}},
		"small letters":          {strings.Replace(good, "Data Breach", "data breach", 1), []string{"block title"}},
		"the title lower":        {strings.Replace(good, "# Notice", "## Notice", 1), []string{"block title"}},
		"the title not first":    {"# Hello\n\n" + good, []string{"block title"}},
		"a heading is missing":   {strings.Replace(good, "## What Happened\n\n", "", 1), []string{"block heading"}},
		"a heading as bold text": {strings.Replace(good, "## What Happened", "**What Happened**", 1), []string{"block heading"}},
		"a heading with a stop":  {strings.Replace(good, "## What Happened", "## What Happened?", 1), []string{"block heading"}},
		"an empty section":       {strings.Replace(good, "## What Happened\n\nx", "## What Happened", 1), []string{"block heading_empty @6"}},
		"only a subsection":      {strings.Replace(good, "## What Happened\n\nx", "## What Happened\n\n### And\n\nx", 1), nil},
		"the other order":        {"# Notice of Data Breach\n\n" + calm + "## What You Can Do\n\nx\n\n## What Happened\n\nx\n", []string{"block heading_order @7"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := under(plainly(""), law)
			in.Texts[0].Body = c.body
			got := short(Check(in))
			got = slices.DeleteFunc(got, func(s string) bool { return !strings.HasPrefix(s, "block") })
			if name == "the other order" {
				// the second in the law stands first: whichever is named, one is
				if len(got) != 1 || !strings.HasPrefix(got[0], "block heading_order") {
					t.Errorf("got %v", got)
				}
				return
			}
			if d := cmp.Diff(append([]string{}, c.want...), got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestTheSmallestTypeIsFound(t *testing.T) {
	cases := map[string]struct {
		html string
		want float64
	}{
		"nothing said":                        {"<p>x</p>", 12},
		"pixels":                              {`<td style="font-size: 16px">x</td>`, 12},
		"ten points in pixels":                {`<p style="font-size:13.33px">x</p>`, 10},
		"a footer":                            {`<p style="font-size:16px">x</p><p style="font-size:12px">y</p>`, 9},
		"a footer without words":              {`<p style="font-size:16px">x</p><p style="font-size:1px"> </p>`, 12},
		"below a size":                        {`<td style="font-size:20px"><p>x</p></td>`, 15},
		"percent of what is around":           {`<td style="font-size:20px"><p style="font-size:50%">x</p></td>`, 7.5},
		"em of what is around":                {`<td style="font-size:20px"><p style="color:red; font-size: 0.5em">x</p></td>`, 7.5},
		"rem of the page":                     {`<td style="font-size:8px"><p style="font-size:1rem">x</p></td>`, 12},
		"a keyword":                           {`<p style="font-size:small">x</p>`, 9.75},
		"the small element":                   {`<p>x<small>y</small></p>`, 10},
		"the last of two sizes":               {`<p style="font-size:8px;font-size:16px">x</p>`, 12},
		"a size that cannot be read":          {`<p style="font-size:calc(1px)">x</p>`, 0},
		"after an element that closed":        {`<div><p style="font-size:8px">x</p>y</div>`, 6},
		"the size of a closed one ends there": {`<div style="font-size:16px"><p style="font-size:8px"></p>y</div>`, 12},
		"the head is not shown":               {`<head><title style="font-size:1px">x</title></head><p>y</p>`, 12},
		"nor is what stands in it":            {`<head><div style="font-size:1px">x</div></head><p>y</p>`, 12},
		"line heights are no sizes":           {`<p style="line-height:1px">y</p>`, 12},
		"a break closes nothing":              {`<p style="font-size:8px">x<br>y</p>`, 6},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := smallestIn(c.html); got != c.want {
				t.Errorf("%v points, want %v", got, c.want)
			}
		})
	}
	for html, want := range map[string]string{`<p style="font-size:13.33px">x</p>`: "note size_found", `<p style="font-size:13.32px">x</p>`: "block size"} {
		in := under(plainly(""), Law{MinPoints: 10})
		in.Texts[0].HTML = html
		check(t, in, want)
	}
}

func TestTheOfferIsLongEnough(t *testing.T) {
	law := Law{Monitoring: Monitoring{Required: true, Months: 18, Any: []string{"ssn"}, Note: "42 months for a consumer reporting agency"}}
	for name, c := range map[string]struct {
		months     int
		fact       string
		conditions []string
		want       []string
	}{
		"nothing offered":          {0, "", []string{"ssn"}, []string{"block months"}},
		"one month short":          {17, "", []string{"ssn"}, []string{"block months"}},
		"exactly":                  {18, "", []string{"ssn"}, nil},
		"longer":                   {24, "", []string{"ssn"}, nil},
		"by the fact":              {0, " 24 ", []string{"ssn"}, nil},
		"by a fact in words":       {0, "two years", []string{"ssn"}, []string{"block months"}},
		"not demanded now":         {0, "", nil, nil},
		"a credit bureau is asked": {18, "", []string{"ssn", "entity_is_cra"}, []string{"ask months_bureau"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := under(plainly(""), law)
			in.Months, in.Conditions, in.Facts["offer.months"] = c.months, c.conditions, c.fact
			check(t, in, c.want...)
		})
	}
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
		"any channel":                   {law: email("any_effective_channel")},
		"consent of everybody":          {law: email("esign"), place: Place{Consenting: 7}},
		"consent of all but one":        {law: email("esign"), place: Place{Consenting: 6}, want: []string{"warn email_consent"}},
		"a means that a person knows":   {law: email("primary_means"), want: []string{"ask email_means"}},
		"a means that all agreed to":    {law: email("primary_means"), place: Place{Consenting: 7}},
		"a word that is new":            {law: email("carrier_pigeon"), want: []string{"ask email_means"}},
		"to a mailbox that was broken":  {law: email("on_file", "not_to_compromised_email_account"), place: Place{AtMailboxes: 1}, want: []string{"block mailbox"}},
		"to other mailboxes":            {law: email("on_file", "not_to_compromised_email_account")},
		"mailboxes that nobody named":   {law: email("on_file", "not_to_compromised_email_account"), more: func(in *Input) { in.Conditions = []string{"email_account_credentials"} }, want: []string{"ask mailbox_unknown"}},
		"mailboxes that somebody named": {law: email("on_file", "not_to_compromised_email_account"), more: func(in *Input) { in.Conditions, in.Mailboxes = []string{"email_account_credentials"}, []string{"x"} }},
		"no warning":                    {law: email("on_file", "phishing_warning_required"), more: without("We will never ask you for a password."), want: []string{"block safeguard phishing_warning", "warn no_never"}},
		"no warning, but consent":       {law: email("on_file", "phishing_warning_required"), place: Place{Consenting: 7}, more: without("We will never ask you for a password."), want: []string{"note safeguard phishing_warning", "warn no_never"}},
		"a warning":                     {law: email("on_file", "phishing_warning_required")},
		"a request":                     {law: email("on_file", "no_request_for_personal_information", "no_link_to_request_for_personal_information"), more: adding("Please enter your name."), want: []string{"block request link_requesting_personal_info @3"}},
		"a request, but consent":        {law: email("on_file", "no_request_for_personal_information"), place: Place{Consenting: 7}, more: adding("Please enter your name."), want: []string{"note request link_requesting_personal_info @3"}},
		"a second channel":              {law: email("on_file", "second_electronic_channel_required"), want: []string{"ask email_restriction"}},
		"a restriction that is new":     {law: email("on_file", "by_full_moon_only"), want: []string{"ask email_restriction"}},
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

func TestATickAnswersAQuestionAndNothingElse(t *testing.T) {
	in := under(plainly(""), Law{RequiredIf: []RequiredIf{{All: []string{"known"}, IDs: []string{"breach_date"}}}, Required: []string{"notice_date"}})
	before := Check(in)
	for _, f := range before {
		in.Ticked = append(in.Ticked, f.Key())
	}
	check(t, in, "block required notice_date", "note known breach_date")
	if !Blocking(Check(in)) || Blocking(Check(plainly(""))) {
		t.Error("blocking is not told from the severities")
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
