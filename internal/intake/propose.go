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

// Guess is the use that is proposed for a column, and why: how many of its
// filled cells agree, where they were asked.
type Guess struct {
	Target
	Why      Why
	Fits, Of int
}

// Why says what a guess rests on.
type Why string

// The reasons of guesses.
const (
	HeadingAlone  Why = "guess_heading"
	HeadingCells  Why = "guess_heading_cells"
	AddressCells  Why = "guess_addresses"
	SecretHeading Why = "guess_secret"
	NumberCells   Why = "guess_numbers"
	DateCells     Why = "guess_dates"
	OtherText     Why = "guess_text"
	TwiceUsed     Why = "guess_used"
	WhyRefused    Why = "guess_refused"
)

// Propose suggests a mapping from the names of the columns and a sample of
// their cells. It is a suggestion for a person: nothing is imported by it
// alone. A heading counts only if the cells agree with it; two columns never
// get the same target.
func Propose(columns []string, sample [][]string) Mapping {
	return targets(Guesses(columns, sample))
}

func targets(all []Guess) Mapping {
	m := make(Mapping, len(all))
	for i, g := range all {
		m[i] = g.Target
	}
	return m
}

// Guesses is Propose with its reasons.
func Guesses(columns []string, sample [][]string) []Guess {
	m := make([]Guess, len(columns))
	used := map[string]bool{}
	take := func(i int, g Guess) {
		if m[i] = (Guess{Why: TwiceUsed}); !used[g.key()] {
			m[i], used[g.key()] = g, true
		}
	}
	for i, c := range columns { // a heading and its cells say the same
		if g, ok := byHeading(reduced(c), column(sample, i)); ok {
			take(i, g)
		}
	}
	for i := range columns { // no heading says so, but the cells do
		cells := column(sample, i)
		if !used["email"] && m[i].Kind == Ignore && share(cells, isAddress) >= 0.6 {
			take(i, Guess{Target{Kind: Email}, AddressCells, fitting(cells, isAddress), len(cells)})
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

func byHeading(heading string, cells []string) (Guess, bool) {
	kind, ok := headings[heading]
	g := Guess{Target: Target{Kind: kind}, Why: HeadingAlone}
	if !ok {
		return g, false
	}
	var is func(string) bool
	least := 0.9
	switch kind {
	case Email:
		is, least = isAddress, 0.5
	case Jurisdiction:
		g.Country, is = placeColumn(heading, cells)
	case Locale:
		is = found(canonicalLocale)
	case Timezone:
		is = found(zoneName)
	case Consent:
		is = func(s string) bool { _, ok := answers[strings.ToLower(s)]; return ok }
	default:
		return g, true
	}
	if len(cells) > 0 {
		g.Why, g.Fits, g.Of = HeadingCells, fitting(cells, is), len(cells)
	}
	return g, share(cells, is) >= least
}

// placeColumn reads a column of states as inside the United States only when
// its heading says state: CA alone is Canada.
func placeColumn(heading string, cells []string) (country string, is func(string) bool) {
	inside := func(country string) func(string) bool {
		return func(s string) bool { _, ok := places.find(s, country); return ok }
	}
	if strings.HasPrefix(heading, "state") && share(cells, inside("US")) >= 0.9 {
		return "US", inside("US")
	}
	return "", inside("")
}

func found(find func(string) (string, bool)) func(string) bool {
	return func(s string) bool { _, ok := find(s); return ok }
}

// other makes an attribute of a column that no heading explains; a heading
// that speaks of a secret makes it a secret one.
func other(heading string, cells []string, used map[string]bool) Guess {
	name := slug(heading)
	if taken[name] || used["attribute:"+name] {
		return Guess{Why: TwiceUsed}
	}
	for _, w := range secretWords {
		if strings.Contains(reduced(heading), w) {
			return Guess{Target: Target{Kind: SecretAttribute, Name: name, Type: Text}, Why: SecretHeading}
		}
	}
	g := Guess{Target: Target{Kind: Attribute, Name: name, Type: Text}, Why: OtherText}
	switch {
	case len(cells) > 0 && share(cells, func(s string) bool { _, ok := decimal(s); return ok }) == 1:
		g.Type, g.Why, g.Fits, g.Of = Number, NumberCells, len(cells), len(cells)
	case len(cells) > 0 && share(cells, func(s string) bool { _, why := typed(Date, s); return why == "" }) == 1:
		g.Type, g.Why, g.Fits, g.Of = Date, DateCells, len(cells), len(cells)
	}
	return g
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
	return float64(fitting(cells, is)) / float64(len(cells))
}

func fitting(cells []string, is func(string) bool) int {
	n := 0
	for _, c := range cells {
		if is(c) {
			n++
		}
	}
	return n
}
