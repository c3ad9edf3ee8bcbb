package lint

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// cardNumber draws a number that passes Luhn's check, with its check digit made
// the long way round.
func cardNumber(t *rapid.T) string {
	n := rapid.IntRange(13, 19).Draw(t, "digits")
	d := []byte{byte('0' + rapid.IntRange(2, 6).Draw(t, "first"))}
	for len(d) < n-1 {
		d = append(d, byte('0'+rapid.IntRange(0, 9).Draw(t, "digit")))
	}
	for check := byte('0'); check <= '9'; check++ {
		if whole := string(d) + string(check); luhnByHand(whole) {
			return whole
		}
	}
	t.Fatal("no digit checks the others")
	return ""
}

func luhnByHand(number string) bool {
	sum := 0
	for i, r := range number {
		n := int(r - '0')
		if (len(number)-i)%2 == 0 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum%10 == 0
}

// quiet is text that neither begins nor ends a number.
var quiet = rapid.StringMatching(`[a-z ,;:]{0,20}`)

func TestEveryCardIsFoundHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Custom(cardNumber).Filter(func(n string) bool { return strings.Count(n, n[:1]) < len(n) }).Draw(t, "number") // one digit over and over is nobody's
		written := number
		if sep := rapid.SampledFrom([]string{"", " ", "-", "\u00a0"}).Draw(t, "sep"); sep != "" {
			written = inFours(number, sep)
		}
		after := rapid.SampledFrom([]string{"", ".", " ", ",", ")"}).Draw(t, "end")
		if after != "" { // a letter that touched it would be a part of it
			after += quiet.Draw(t, "after")
		}
		text := quiet.Draw(t, "before") + " " + written + after
		if findCard(text) < 0 {
			t.Fatalf("%q holds %s", text, number)
		}
		wrong := []byte(number)
		at := rapid.IntRange(1, len(wrong)-1).Draw(t, "at")
		wrong[at] = '0' + (wrong[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if isCard(string(wrong)) {
			t.Fatalf("%s has one wrong digit and passes", wrong)
		}
	})
}

func inFours(number, sep string) string {
	var parts []string
	for len(number) > 4 {
		parts, number = append(parts, number[:4]), number[4:]
	}
	return strings.Join(append(parts, number), sep)
}

func TestEverySocialSecurityNumberIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		area, group, serial := rapid.IntRange(1, 899).Draw(t, "area"), rapid.IntRange(1, 99).Draw(t, "group"), rapid.IntRange(1, 9999).Draw(t, "serial")
		sep := rapid.SampledFrom([]string{" ", "-", "\u2011"}).Draw(t, "sep")
		number := fmt.Sprintf("%03d%s%02d%s%04d", area, sep, group, sep, serial)
		text := quiet.Draw(t, "before") + " " + number + "; " + quiet.Draw(t, "after")
		if found := findSSN(text) >= 0; found == (area == 666) {
			t.Fatalf("%q: found %v", text, found)
		}
	})
}

func TestEveryAccountNumberIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.StringMatching(`[A-Z]{2}`).Draw(t, "country")
		inner := rapid.StringMatching(`[A-Z0-9]{11,30}`).Draw(t, "account")
		number := country + checkDigits(country, inner) + inner
		written := number
		if rapid.Bool().Draw(t, "in fours") {
			written = inFours(number, " ")
		}
		text := quiet.Draw(t, "before") + " " + written + ". " + quiet.Draw(t, "after")
		if findIBAN(text) < 0 {
			t.Fatalf("%q holds %s", text, number)
		}
		digits := checkDigits(country, inner)
		// digits that differ by less than 97 leave another rest
		wrong := country + fmt.Sprintf("%02d", (int(digits[0]-'0')*10+int(digits[1]-'0')+rapid.IntRange(1, 96).Draw(t, "by"))%97) + inner
		if number != wrong && isIBAN(wrong) {
			t.Fatalf("%s has the wrong check digits", wrong)
		}
	})
}

// checkDigits reckons as ISO 7064 says, with whole numbers of any length.
func checkDigits(country, inner string) string {
	var all strings.Builder
	for _, r := range inner + country + "00" {
		if r >= 'A' {
			fmt.Fprint(&all, int(r-'A')+10)
		} else {
			all.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(all.String(), 10)
	return fmt.Sprintf("%02d", 98-new(big.Int).Mod(n, big.NewInt(97)).Int64())
}

// TestOrdinaryTextHasNoSecrets: dates, prices and telephone numbers are none.
func TestOrdinaryTextHasNoSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out strings.Builder
		for range rapid.IntRange(1, 30).Draw(t, "pieces") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				fmt.Fprintf(&out, "on %d August %d, ", rapid.IntRange(1, 31).Draw(t, "day"), rapid.IntRange(1990, 2040).Draw(t, "year"))
			case 1:
				fmt.Fprintf(&out, "$%d,%03d.%02d; ", rapid.IntRange(1, 999).Draw(t, "k"), rapid.IntRange(0, 999).Draw(t, "d"), rapid.IntRange(0, 99).Draw(t, "c"))
			case 2:
				fmt.Fprintf(&out, "%d-%03d-%04d ", rapid.IntRange(200, 999).Draw(t, "a"), rapid.IntRange(0, 999).Draw(t, "b"), rapid.IntRange(0, 9999).Draw(t, "n"))
			default:
				out.WriteString(quiet.Draw(t, "words") + " ")
			}
		}
		if text := out.String(); findCard(text) >= 0 || findSSN(text) >= 0 || findIBAN(text) >= 0 || findPassword(text) >= 0 {
			t.Fatalf("%q holds nothing", text)
		}
	})
}

// TestFieldsAreWhatTheCompilerReads: a text is cut at its fields and nowhere
// else.
func TestFieldsAreWhatTheCompilerReads(t *testing.T) {
	for text, want := range map[string]string{
		"a{{org.name}}b": "org.name", "{{ list  merge.a }}": "merge.a", "{{listing.a}}": "listing.a", "{{list.a}}": "list.a", "{{{org.name}}}": "org.name",
		"{{org}}": "", "{{org.}}": "", "{{org.Name}}": "", "{{org.name": "", "{{org.name | html}}": "", "{{a.b}} {{c.d}}": "a.b c.d", "{{x {{a.b}}": "a.b", "{{0.a}}": "",
	} {
		var keys []string
		for _, f := range fieldsIn(text) {
			keys = append(keys, f.key)
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

func TestFactsThatRepeatStayWithinBounds(t *testing.T) {
	in := plainly(strings.Repeat("{{incident.summary}} ", 5000))
	in.Facts["incident.summary"] = strings.Repeat("x", 4000)
	if n := len(fill(in.Texts[0].Body, in.Facts)); n > 2*mostFilled {
		t.Errorf("%d bytes were made", n)
	}
	Check(in)
}

// FuzzLint: no text makes the lint fall over, every finding has its whole
// sentence, and the line of each is one of the text.
func FuzzLint(f *testing.F) {
	for _, seed := range []string{"# A\n\n{{org.name}} [x](https://bit.ly/a?utm_b=1)", "![a](b)\n\n## What Happened\n", "4111 1111 1111 1111\n123-45-6789", "{{list merge.a}} <a@b.cd> www.x.de",
		"| a | b |\n|---|---|\n| 1 | DE89 |", "ſK\u212A\u0130 {{contacts.state_ag}}", "[a](https://[::1]:80/%zz)", "\xff\xfe"} {
		f.Add("en", "Re: {{org.name}}", seed, `<p style="font-size:1px">x`)
	}
	law := Law{ID: "a", Title: "T", Headings: []string{"What Happened"}, Required: []string{"cra_contact", "state_ag_contact", "remediation_services"}, Prohibited: []string{"nature_of_breach", "affected_count"},
		MinPoints: 10, Monitoring: Monitoring{Required: true, Months: 3}, Email: Email{Primary: "esign", Restrictions: []string{"phishing_warning_required", "no_request_for_personal_information"}}}
	f.Fuzz(func(t *testing.T, locale, subject, body, html string) {
		in := plainly("")
		in.Texts[0] = Text{Locale: locale, Subject: subject, Body: body, HTML: html}
		in.Facts["incident.summary"] = body
		for _, x := range Check(under(in, law)) {
			whole(t, x)
			if lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body); x.Line < 0 || x.Line > 1+strings.Count(lines, "\n") {
				t.Fatalf("line %d of %q: %+v", x.Line, body, x)
			}
		}
	})
}
