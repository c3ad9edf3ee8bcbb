package lint

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
				if f.Citation != "XX 1" || f.AsOf != "2026-01-01" || f.Confidence != "high" || f.Jurisdiction != "US-XX" || len(f.Doubts) != 1 {
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
		"words that are denied in short":    {"We don’t have ransomware.", forbid("nature_of_breach"), nil},
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
