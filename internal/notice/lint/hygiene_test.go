package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rules gives "severity rule", each once, of what is said of a text.
func rules(in Input) []string {
	out := []string{}
	for _, f := range Check(in) {
		if f.Severity != Pass {
			out = append(out, string(f.Severity)+" "+f.Rule)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func saysOf(t *testing.T, in Input, want ...string) {
	t.Helper()
	for _, f := range Check(in) {
		whole(t, f)
	}
	slices.Sort(want)
	if want == nil {
		want = []string{}
	}
	if d := cmp.Diff(want, rules(in)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestLinksLeadWhereReadersCanSee(t *testing.T) {
	const host = "https://www.mills-and-sons.org"
	cases := map[string]struct {
		link string
		want []string
	}{
		"as it should be":                     {"<" + host + "/breach>", nil},
		"the address as its words":            {"[www.mills-and-sons.org/breach](" + host + "/breach)", nil},
		"a slash at the end":                  {"[www.mills-and-sons.org](" + host + "/)", nil},
		"other words":                         {"[our page](" + host + "/breach)", []string{"warn link_text"}},
		"another host as words":               {"[www.example-bank.org](" + host + "/)", []string{"block link_disguised", "warn link_text"}},
		"another path as words":               {"[www.mills-and-sons.org/a](" + host + "/b)", []string{"warn link_text"}},
		"a host that nobody approved":         {"<https://www.thieves.net/>", []string{"block link_host"}},
		"a host below an approved one":        {"<https://a.www.mills-and-sons.org/>", []string{"block link_host"}},
		"an approved host before another":     {"<https://www.mills-and-sons.org.thieves.net/>", []string{"block host_resembles", "block link_resembles"}},
		"one letter other":                    {"<https://www.mills-and-sans.org/>", []string{"block host_resembles", "block link_resembles"}},
		"two letters that look like one":      {"<https://www.rnills-and-sons.org/>", []string{"block host_resembles", "block link_resembles"}},
		"a figure for a letter":               {"<https://www.mi11s-and-sons.org/>", []string{"block host_resembles", "block link_resembles"}},
		"punycode":                            {"<https://www.xn--mlls-and-sons-7db.org/>", []string{"block host_mixed", "block link_letters"}},
		"letters of another script":           {"[x](https://www.mіlls-and-sons.org/)", []string{"block host_mixed", "block link_letters", "warn link_text"}},
		"a user name that looks like a host":  {"<https://www.mills-and-sons.org@thieves.net/>", []string{"block link_host", "block link_user"}},
		"a port":                              {"<https://www.mills-and-sons.org:8443/>", []string{"block link_port"}},
		"an address of numbers":               {"<https://192.0.2.7/>", []string{"block link_address"}},
		"one number":                          {"<https://3221225991/>", []string{"block link_address"}},
		"a number in sixteens":                {"[x](https://0xC0000207/)", []string{"block link_address", "warn link_text"}},
		"an address of version 6":             {"[x](https://[2001:db8::1]/)", []string{"block link_address", "warn link_text"}},
		"without encryption":                  {"<http://www.mills-and-sons.org/>", []string{"block link_scheme"}},
		"a shortener":                         {"<https://bit.ly/3abc>", []string{"block link_redirects"}},
		"a name that ends like a shortener":   {"<https://rabbit.ly/3abc>", []string{"block link_host"}},
		"a counting redirector":               {"<https://u12.ct.sendgrid.net/x?upn=1>", []string{"block link_redirects"}},
		"a path that counts":                  {"<" + host + "/ls/click/1>", []string{"block link_redirects"}},
		"a redirect of our own":               {"<" + host + "/redirect/x>", []string{"block link_redirects"}},
		"a target in the query":               {"[x](" + host + "/?url=https://thieves.net)", []string{"block link_redirects", "warn link_text"}},
		"a login page":                        {"<" + host + "/login>", []string{"block link_login"}},
		"a login host":                        {"<https://login.mills-and-sons.org/>", []string{"block link_host", "block link_login"}},
		"a page that is named so":             {"[x](" + host + "/login-page)", []string{"block link_login", "warn link_text"}},
		"a page to set a password":            {"<" + host + "/account/reset-password>", []string{"block link_login"}},
		"a login in the query":                {"[x](" + host + "/a?next=login)", []string{"block link_login", "warn link_text"}},
		"words that ask to sign in":           {"[Sign in now](" + host + "/)", []string{"block link_login", "warn link_text"}},
		"a login page in German":              {"<" + host + "/anmelden>", []string{"block link_login"}},
		"a path that only sounds like it":     {"<" + host + "/blogging/authors>", nil},
		"a parameter that counts":             {"[x](" + host + "/a?utm_source=breach)", []string{"block link_tracks", "warn link_text"}},
		"a parameter that counts by person":   {"[x](" + host + "/a?mc_eid=1)", []string{"block link_tracks", "warn link_text"}},
		"a parameter that does not count":     {"[x](" + host + "/a?page=2)", []string{"warn link_text"}},
		"a mail address":                      {"<help@mills-and-sons.org>", nil},
		"a mail that is filled in":            {"[x](mailto:help@mills-and-sons.org?body=my+password)", []string{"block link_prefilled"}},
		"a telephone number":                  {"[800-555-0199](tel:+18005550199)", nil},
		"a fact":                              {"{{contact.url}}", nil},
		"a fact as a link":                    {"[{{contact.url}}]({{contact.url}})", nil},
		"a host in the text, of another":      {"See thieves.net.", nil},
		"a host in the text, almost ours":     {"See mills-and-sons.com.org and mills-end-sons.org.", []string{"block host_resembles"}},
		"a host in the text of mixed letters": {"See www.mills-аnd-sons.org.", []string{"block host_mixed"}},
		"a host in the text in one script":    {"See пример.испытание.", nil},
		"a host in the text, ours":            {"See www.mills-and-sons.org/x or mills-and-sons.org.", nil},
		"an agency, almost":                   {"See equifaxx.com.", []string{"block host_resembles"}},
		"an agency":                           {"See www.equifax.com.", nil},
		"a shortener in the text":             {"See bit.ly/x.", []string{"block link_redirects"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := plainly("\n" + c.link)
			// www. in running text becomes a link without encryption, which the compiler refuses
			in.Texts[0].Body = strings.NewReplacer(" www.", " ｗ", " пример", " пример").Replace(in.Texts[0].Body)
			in.Texts[0].Body = strings.ReplaceAll(in.Texts[0].Body, " ｗ", ` \www.`)
			saysOf(t, in, c.want...)
		})
	}
	t.Run("two hosts of ours that are alike", func(t *testing.T) {
		in := plainly("\nSee mills-and-sons.org, or https://www.mills-and-sans.org and mills-and-sans.org.")
		in.Hosts = append(in.Hosts, "www.mills-and-sans.org", "mills-and-sans.org")
		saysOf(t, in)
	})
	t.Run("a fact that leads elsewhere", func(t *testing.T) {
		in := plainly("{{contact.url}}")
		in.Facts["contact.url"] = "https://bit.ly/mills"
		saysOf(t, in, "block link_redirects")
	})
	t.Run("a fact that speaks of an address", func(t *testing.T) {
		in := plainly("{{incident.measures}}")
		in.Facts["incident.measures"] = "We moved to (https://www.thieves.net/login)."
		saysOf(t, in, "block link_host", "block link_login")
		in.Texts[0].Body = calm // a fact that no text tells leads nowhere
		saysOf(t, in)
	})
	t.Run("a fact that its language tells otherwise", func(t *testing.T) {
		in := plainly("{{incident.measures}}")
		in.Facts["incident.measures"] = "We moved."
		in.Texts[0].Facts = map[string]string{"incident.measures": "See https://bit.ly/mills"}
		saysOf(t, in, "block link_redirects")
	})
	t.Run("a fact in another language", func(t *testing.T) {
		in := plainly("{{incident.measures}}")
		in.Facts["incident.measures"] = "Wir sind umgezogen."
		in.Texts[0].Foreign = []string{"incident.cause", "incident.measures"}
		saysOf(t, in, "warn foreign_fact")
	})
	t.Run("a fact without its scheme", func(t *testing.T) {
		in := plainly("{{contact.url}}")
		in.Facts["contact.url"] = "www.mills-and-sons.org/breach"
		saysOf(t, in)
		in.Facts["contact.url"] = "www.thieves.net/breach"
		saysOf(t, in, "block link_host")
	})
}

func TestSecretsStayOutOfMail(t *testing.T) {
	cases := map[string]struct {
		body string
		want []string
	}{
		"a card":                            {"4111 1111 1111 1111", []string{"block secret_card"}},
		"a card in one piece":               {"5500005555555559.", []string{"block secret_card"}},
		"a card with hyphens":               {"(4111-1111-1111-1111)", []string{"block secret_card"}},
		"a card of 15 digits":               {"3782 822463 10005", []string{"block secret_card"}},
		"a card after a number":             {"No. 12 4111 1111 1111 1111", []string{"block secret_card"}},
		"one digit other":                   {"4111 1111 1111 1112", nil},
		"too short":                         {"4111 1111 1111", nil},
		"a number that no card begins with": {"7000 0000 0000 0005", nil},
		"all the same digit":                {"6666666666666", nil},
		"another that no card begins with":  {"1000000000000008", nil},
		"groups that no card has":           {"411 1111 1111 11111", nil},
		"inside a longer number":            {"94111111111111111199", nil},
		"two telephone numbers":             {"212-555-0100 800-555-0199", nil},
		"a Social Security number":          {"123-45-6789", []string{"block secret_ssn"}},
		"with spaces":                       {"SSN 123 45 6789,", []string{"block secret_ssn"}},
		"an area that is never issued":      {"900-45-6789", nil},
		"another area that is never issued": {"666-45-6789", nil},
		"a group that is never issued":      {"123-00-6789", nil},
		"a serial that is never issued":     {"123-45-0000", nil},
		"a telephone number":                {"123-456-7890", nil},
		"inside a longer one":               {"1-123-45-6789", nil},
		"with dots":                         {"123.45.6789", nil},
		"a bank account":                    {"DE89 3704 0044 0532 0130 00", []string{"block secret_iban"}},
		"a bank account in one piece":       {"GB82WEST12345698765432", []string{"block secret_iban"}},
		"a bank account before words":       {"DE89 3704 0044 0532 0130 00 is it", []string{"block secret_iban"}},
		"a bank account in small letters":   {"de89 3704 0044 0532 0130 00", []string{"block secret_iban"}},
		"one sign other":                    {"DE89 3704 0044 0532 0130 02", nil},
		"inside a word":                     {"XDE89370400440532013000", nil},
		"a password":                        {"Your password is: Summer2024!", []string{"block secret_password"}},
		"a password in German":              {"Passwort: geheim99", []string{"block secret_password"}},
		"about passwords":                   {"Password: choose another.", nil},
		"a list of passwords":               {"Password: 1 of 3.", nil},
		"about long passwords":              {"A password is better with 12 signs.", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { saysOf(t, plainly("\n"+c.body), c.want...) })
	}
	t.Run("in the subject", func(t *testing.T) {
		in := plainly("")
		in.Texts[0].Subject += " 123-45-6789"
		saysOf(t, in, "block secret_ssn")
	})
	t.Run("in a fact that the text tells", func(t *testing.T) {
		in := plainly("{{incident.summary}}")
		in.Facts["incident.summary"] = "Card 4111 1111 1111 1111 was taken."
		saysOf(t, in, "block secret_card")
		in.Facts["incident.summary"] = "One line\n\nand another: 4111 1111 1111 1111."
		for _, f := range Check(in) {
			if f.Line != 4 {
				t.Errorf("it stands in line %d of four", f.Line)
			}
		}
	})
}

func TestSubjectsTellStrangersNothing(t *testing.T) {
	cases := map[string]struct {
		subject string
		want    []string
	}{
		"as it should be":         {"{{org.name}}: Notice of Data Breach", nil},
		"the name written out":    {"Mills: Notice of Data Breach", nil},
		"nobody's name":           {"Notice of Data Breach", []string{"warn subject_nameless"}},
		"an answer":               {"Re: {{org.name}}", []string{"block subject_reply"}},
		"a forwarded one":         {"fwd : {{org.name}}", []string{"block subject_reply"}},
		"an answer in German":     {"AW: {{org.name}}", []string{"block subject_reply"}},
		"a word that begins so":   {"Report of {{org.name}}: read it", nil},
		"a sensitive word":        {"{{org.name}}: your HIV test", []string{"ask subject_sensitive"}},
		"a longer word":           {"{{org.name}}: healthy trees", nil},
		"a field of data":         {"{{org.name}}: {{recipient.data_types}}", []string{"block subject_field"}},
		"a field that is marked":  {"{{org.name}}: {{merge.plan}}", []string{"block subject_field"}},
		"urgency":                 {"{{org.name}}: act now", []string{"warn subject_urgent"}},
		"a word that only sounds": {"{{org.name}}: importantly", nil},
		"an exclamation":          {"{{org.name}}: read this!", []string{"warn subject_bait"}},
		"a picture":               {"⚠ {{org.name}}", []string{"warn subject_bait"}},
		"capitals":                {"{{org.name}}: SECURITY notice", []string{"warn subject_shout"}},
		"an abbreviation":         {"{{org.name}}: GDPR notice", nil},
		"78 characters":           {"{{org.name}}: " + strings.Repeat("x", 71), nil},
		"79 characters":           {"{{org.name}}: " + strings.Repeat("x", 72), []string{"warn subject_long"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := plainly("")
			in.Sensitive = []string{"merge.plan"}
			in.Texts[0].Subject = c.subject
			saysOf(t, in, c.want...)
		})
	}
}

func TestTextIsPartedAtItsStops(t *testing.T) {
	for text, want := range map[string][]string{
		"One. Two! Three? Four… Five":       {"One.", "Two!", "Three?", "Four…", "Five"},
		"See a.example and 1.5 of it. Then": {"See a.example and 1.5 of it.", "Then"},
		"He said “go.” She went.":           {"He said “go.”", "She went."},
		"**Bold.** Then":                    {"**Bold.**", "Then"},
		"  ":                                nil,
	} {
		if d := cmp.Diff(want, sentences(text)); d != "" {
			t.Errorf("%q (-want +got)\n%s", text, d)
		}
	}
}

func TestWordsThatANoticeHasNot(t *testing.T) {
	cases := map[string]struct {
		locale, body string
		want         []string
	}{
		"plain words":              {"en", "Somebody copied a list.", nil},
		"advertising":              {"en", "Get a discount.", []string{"warn marketing"}},
		"a word with it inside":    {"en", "Do not discountenance it.", nil},
		"unsubscribing":            {"en", "You can unsubscribe.", []string{"warn unsubscribe"}},
		"hedging":                  {"en", "It may have been seen, out of an abundance of caution.", []string{"warn hedge"}},
		"no hedging":               {"en", "In May, have a look.", nil},
		"hedging in German":        {"de", "Das ist möglicherweise so.", []string{"warn hedge"}},
		"hedging in French":        {"fr", "Ce sera éventuellement vu.", []string{"warn hedge"}},
		"hedging in Spanish":       {"es", "Es posible que sí.", []string{"warn hedge"}},
		"jargon":                   {"en", "A threat actor came.", []string{"warn jargon"}},
		"praise":                   {"en", "We take your privacy very seriously.", []string{"warn praise"}},
		"comfort":                  {"en", "There is no evidence of misuse.", []string{"warn comfort"}},
		"an attachment":            {"en", "See the attached letter.", []string{"warn attachment"}},
		"no attachment":            {"en", "We never send an attachment.", nil},
		"a picture":                {"en", "![x](https://www.mills-and-sons.org/x.png)", []string{"block remote"}},
		"a blank":                  {"en", "On ____ it was.", []string{"block leftover"}},
		"a blank to fill in":       {"de", "Am [Datum einfügen] war es.", []string{"block leftover"}},
		"a date in signs":          {"en", "On DD/MM/YYYY it was.", []string{"block leftover"}},
		"a date":                   {"en", "On 07/08/2022 it was.", nil},
		"a host of examples":       {"en", "See help.example.com for it.", []string{"block leftover"}},
		"a host that begins so":    {"en", "See example.company.org for it.", nil},
		"a name of examples":       {"en", "Ask John Doe.", []string{"block leftover"}},
		"a question":               {"en", "What now?", nil},
		"a greeting of nobody":     {"en", "Dear customer, read on.", []string{"warn greeting"}},
		"a long sentence":          {"en", strings.Repeat("and so on ", 11) + ".", []string{"warn sentence"}},
		"a sentence that is long":  {"en", strings.Repeat("and so on ", 10) + ".", nil},
		"sentences that hide who":  {"en", strings.Repeat("It was taken. ", 4) + strings.Repeat("We saw it. ", 4), []string{"warn passive"}},
		"sentences that tell who":  {"en", strings.Repeat("It was taken. ", 3) + strings.Repeat("We saw it. ", 8), nil},
		"long ones on average":     {"en", strings.Repeat(strings.Repeat("we went on ", 8)+". ", 8), []string{"warn sentences"}},
		"hiding who in German":     {"de", strings.Repeat("Die Daten wurden gestohlen. ", 5) + strings.Repeat("Wir sahen es. ", 3), []string{"warn passive"}},
		"hiding who in French":     {"fr", strings.Repeat("Les données ont été volées. ", 5) + strings.Repeat("Nous le savons. ", 3), []string{"warn passive"}},
		"hiding who in Spanish":    {"es", strings.Repeat("Los datos fueron robados. ", 5) + strings.Repeat("Lo sabemos. ", 3), []string{"warn passive"}},
		"a language without lists": {"nl", "Mogelijk is het zo.", nil},
	}
	never := map[string]string{"en": "We will never ask you for a password.", "de": "Wir fragen nie nach einem Passwort.", "fr": "Nous ne vous demanderons jamais rien.", "es": "Nunca le pediremos nada.", "nl": "x"}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := plainly("")
			in.Texts[0].Locale, in.Places[0].Locale = c.locale, c.locale
			in.Texts[0].Body = "{{notice.code}}\n\n" + never[c.locale] + "\n\n" + c.body
			saysOf(t, in, c.want...)
		})
	}
	t.Run("something is loaded from elsewhere", func(t *testing.T) {
		in := plainly("")
		in.Texts[0].HTML = `<td background="https://www.mills-and-sons.org/x.gif">x</td>`
		saysOf(t, in, "block remote")
	})
}

func TestANoticeCanBeToldFromAForgery(t *testing.T) {
	in := plainly("")
	in.Texts[0].Body = "Dear {{recipient.name}}, hello."
	saysOf(t, in, "warn no_code", "warn no_never")
	in.Texts[0].Body = "{{notice.code}} {{advice.phishing_warning}}"
	saysOf(t, in)
}
