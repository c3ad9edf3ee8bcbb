package intake

import (
	"strconv"
	"strings"
	"unicode"

	"forthwith/internal/mailaddr"
)

// headings are column names, reduced to their letters and digits, that exports
// use for what a mapping knows.
var headings = map[string]Kind{}

func init() {
	for kind, words := range map[Kind]string{
		Email: "email emailaddress mail mailaddress address emailadress useremail contactemail primaryemail correo " +
			"correoelectronico courriel adressemail adresseemail adressemail emailadresse mailadresse epost 電子メール メール 邮箱",
		Name:         "name fullname customername displayname contactname nom nombre nome naam vollername 氏名 姓名 имя",
		Reference:    "reference ref customerid customerno customernumber userid accountid memberid kundennummer clientid id uuid",
		Phone:        "phone phonenumber telephone tel mobile mobilephone cell telefon telefono handy",
		Postal:       "postal postaladdress streetaddress street postadresse anschrift direccion adressepostale",
		Jurisdiction: "jurisdiction country countrycode region land pays pais state stateofresidence residence",
		Locale:       "locale language lang languagecode preferredlanguage sprache langue idioma",
		Timezone:     "timezone tz zone zeitzone",
		Consent:      "consent emailconsent optin einwilligung",
	} {
		for _, w := range strings.Fields(words) {
			headings[w] = kind
		}
	}
}

// secretWords in a heading mean that the values must not lie open.
var secretWords = []string{"password", "passwd", "passwort", "kennwort", "pwhash", "secret", "token", "ssn", "socialsecurity", "taxid", "iban", "card", "account", "resetip", "ipaddress", "birth"}

// Propose suggests a mapping from the names of the columns and a sample of
// their cells. It is a suggestion for a person: nothing is imported by it
// alone. A heading counts only if the cells agree with it; two columns never
// get the same target.
func Propose(columns []string, sample [][]string) Mapping {
	m := make(Mapping, len(columns))
	used := map[string]bool{}
	take := func(i int, t Target) {
		if !used[t.key()] {
			m[i], used[t.key()] = t, true
		}
	}
	for i, c := range columns { // a heading and its cells say the same
		if t, ok := byHeading(reduced(c), column(sample, i)); ok {
			take(i, t)
		}
	}
	for i := range columns { // no heading says so, but the cells do
		if !used["email"] && m[i].Kind == Ignore && share(column(sample, i), isAddress) >= 0.6 {
			take(i, Target{Kind: Email})
		}
	}
	for i, c := range columns {
		if m[i].Kind == Ignore {
			take(i, other(c, column(sample, i), used))
		}
	}
	return m
}

// reduced keeps the letters and digits of a heading, in lower case.
func reduced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func byHeading(heading string, cells []string) (Target, bool) {
	kind, ok := headings[heading]
	t := Target{Kind: kind}
	if !ok {
		return t, false
	}
	switch kind {
	case Email:
		return t, len(cells) == 0 || share(cells, isAddress) >= 0.5
	case Jurisdiction:
		return placeColumn(heading, cells)
	case Locale:
		return t, agrees(cells, canonicalLocale)
	case Timezone:
		return t, agrees(cells, zoneName)
	case Consent:
		return t, share(cells, func(s string) bool { _, ok := answers[strings.ToLower(s)]; return ok }) >= 0.9
	}
	return t, true
}

// placeColumn reads a column of states as inside the United States only when
// its heading says state: CA alone is Canada.
func placeColumn(heading string, cells []string) (Target, bool) {
	inside := func(country string) float64 {
		return share(cells, func(s string) bool { _, ok := places.find(s, country); return ok })
	}
	if strings.HasPrefix(heading, "state") && inside("US") >= 0.9 {
		return Target{Kind: Jurisdiction, Country: "US"}, true
	}
	return Target{Kind: Jurisdiction}, inside("") >= 0.9
}

func agrees(cells []string, find func(string) (string, bool)) bool {
	return share(cells, func(s string) bool { _, ok := find(s); return ok }) >= 0.9
}

// other makes an attribute of a column that no heading explains; a heading
// that speaks of a secret makes it a secret one.
func other(heading string, cells []string, used map[string]bool) Target {
	name := slug(heading)
	if taken[name] || used["attribute:"+name] {
		return Target{}
	}
	for _, w := range secretWords {
		if strings.Contains(reduced(heading), w) {
			return Target{Kind: SecretAttribute, Name: name, Type: Text}
		}
	}
	t := Target{Kind: Attribute, Name: name, Type: Text}
	switch {
	case len(cells) > 0 && share(cells, func(s string) bool { _, ok := decimal(s); return ok }) == 1:
		t.Type = Number
	case len(cells) > 0 && share(cells, func(s string) bool { _, why := typed(Date, s); return why == "" }) == 1:
		t.Type = Date
	}
	return t
}

// slug makes a name that rules can use; a heading without any Latin letter
// gives a numbered one.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	s := strings.Trim(b.String()[:min(b.Len(), 60)], "_")
	if s == "" {
		sum := 0
		for _, r := range heading {
			sum = (sum*31 + int(r)) % 100_000
		}
		return "field_" + strconv.Itoa(sum)
	}
	return s
}

func isAddress(s string) bool {
	_, err := mailaddr.Parse(s)
	return err == nil
}

// column gives the filled cells of one column.
func column(sample [][]string, i int) []string {
	var cells []string
	for _, row := range sample {
		if i < len(row) {
			if c := strings.Trim(row[i], " "); c != "" {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// share tells which part of the cells is so; of no cells it is all.
func share(cells []string, is func(string) bool) float64 {
	if len(cells) == 0 {
		return 1
	}
	n := 0
	for _, c := range cells {
		if is(c) {
			n++
		}
	}
	return float64(n) / float64(len(cells))
}
