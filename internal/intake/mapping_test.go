package intake

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

func codes(err error) map[string]string {
	f, ok := fault.As(err)
	if !ok {
		return nil
	}
	all := map[string]string{}
	for _, x := range f.Fields {
		all[x.Name] = x.Code
	}
	return all
}

func TestMappingNamesEveryMistakeAtOnce(t *testing.T) {
	columns := []string{"email", "mail2", "plan", "level", "acct"}
	cases := map[string]struct {
		raw  map[string]string
		want map[string]string
	}{
		"good":                {map[string]string{"email": "email", "plan": "attribute:plan", "level": "attribute:level:number", "acct": "merge:account"}, nil},
		"no address":          {map[string]string{"plan": "attribute:plan"}, map[string]string{"mapping": "no_address_column"}},
		"two addresses":       {map[string]string{"email": "email", "mail2": "email"}, map[string]string{"mapping.mail2": "target_twice"}},
		"an unknown column":   {map[string]string{"email": "email", "nope": "name"}, map[string]string{"mapping.nope": "column_unknown"}},
		"an unknown target":   {map[string]string{"email": "email", "plan": "colour"}, map[string]string{"mapping.plan": "target_unknown"}},
		"an unknown type":     {map[string]string{"email": "email", "plan": "attribute:plan:money"}, map[string]string{"mapping.plan": "target_unknown"}},
		"a nameless field":    {map[string]string{"email": "email", "plan": "merge:"}, map[string]string{"mapping.plan": "target_unknown"}},
		"a reserved name":     {map[string]string{"email": "email", "plan": "attribute:locale"}, map[string]string{"mapping.plan": "target_unknown"}},
		"an unknown country":  {map[string]string{"email": "email", "plan": "jurisdiction:UK"}, map[string]string{"mapping.plan": "target_unknown"}},
		"one attribute twice": {map[string]string{"email": "email", "plan": "attribute:x", "level": "secret_attribute:x"}, map[string]string{"mapping.level": "target_twice"}},
		"several at once":     {map[string]string{"plan": "colour", "nope": "name"}, map[string]string{"mapping.plan": "target_unknown", "mapping.nope": "column_unknown", "mapping": "no_address_column"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseMapping(columns, c.raw)
			if diff := cmp.Diff(c.want, codes(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTargetsAreReadBackFromTheirOwnForm(t *testing.T) {
	for _, s := range strings.Fields("email name reference phone postal jurisdiction jurisdiction:US locale timezone consent ignore " +
		"attribute:plan attribute:level:number attribute:since:date secret_attribute:ssn merge:account") {
		got, ok := ParseTarget(s)
		if !ok || got.String() != s {
			t.Errorf("%s became %s (%v)", s, got, ok)
		}
	}
}

func TestEverySentenceExists(t *testing.T) {
	for _, r := range Reasons() {
		if !phrase.Has(string(r)) {
			t.Errorf("%s has no sentence", r)
		}
	}
	for _, code := range strings.Fields("file_empty file_is_other file_too_large file_no_header header_broken header_twice encoding_unknown " +
		"delimiter_unknown header_row_wrong no_address_column target_twice target_unknown column_unknown") {
		if !phrase.Has(code) {
			t.Errorf("%s has no sentence", code)
		}
	}
}

func TestPlacesAreThoseOfISO3166(t *testing.T) {
	if len(places) != 249 {
		t.Errorf("%d countries", len(places))
	}
	for c := range places {
		if r, err := language.ParseRegion(c); err != nil || r.String() != c || !r.IsCountry() {
			t.Errorf("%s is no country to CLDR", c)
		}
	}
	cases := map[string]struct{ code, country, want string }{
		"a country":                     {"de", "", "DE"},
		"Canada, not California":        {"CA", "", "CA"},
		"California":                    {"us-ca", "", "US-CA"},
		"a state inside the US":         {"CA", "US", "US-CA"},
		"the same written out":          {"US-NY", "US", "US-NY"},
		"a country inside the US":       {"DE", "US", "US-DE"}, // Delaware
		"no such state":                 {"ZZ", "US", ""},
		"another country inside the US": {"CA-QC", "US", ""},
		"a state of another country":    {"AU-WA", "US", ""},
		"a name":                        {"California", "", ""},
		"an alias":                      {"UK", "", ""},
		"no such part":                  {"US-ZZ", "", ""},
		"a private code":                {"XK", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := places.find(c.code, c.country)
			if ok != (c.want != "") || ok && got != c.want {
				t.Errorf("got %s, %v", got, ok)
			}
		})
	}
}

// read imports a text and gives its rows and rejects.
func read(t *testing.T, text string, raw map[string]string) (rows []Row, rejects []Reject) {
	t.Helper()
	r, err := Open(strings.NewReader(text), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMapping(r.Columns(), raw)
	if err != nil {
		t.Fatal(err)
	}
	for mapper := NewMapper(r.Columns(), m); ; {
		rec, ok := r.Next()
		if !ok {
			break
		}
		if row, no, ok := mapper.Map(rec); ok {
			rows = append(rows, row)
		} else {
			rejects = append(rejects, no)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return rows, rejects
}

func TestARowIsReadByItsMapping(t *testing.T) {
	rows, rejects := read(t,
		"mail,who,state,lang,tz,ok,plan,level,since,ip,acct\n"+
			" Ada@Example.COM , Ada  L,ca,en_us,Europe/Berlin,Yes,pro,12.50,2021-02-03,192.0.2.1, x \n"+
			",Nobody,,,,,,,,,\n",
		map[string]string{"mail": "email", "who": "name", "state": "jurisdiction:US", "lang": "locale", "tz": "timezone", "ok": "consent",
			"plan": "attribute:plan", "level": "attribute:level:number", "since": "attribute:since:date", "ip": "secret_attribute:ip", "acct": "merge:account"})
	if len(rejects) != 0 || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, rejects)
	}
	r := rows[0]
	got := []any{r.Line, r.Address.String(), r.Name, r.Jurisdiction, r.Locale, r.Timezone, r.Consent, r.Attributes, r.Secret, r.Merge, r.Cells[0]}
	want := []any{2, "Ada@example.com", " Ada  L", "US-CA", "en-US", "Europe/Berlin", Agreed,
		[]Named[Value]{{"plan", Value{Text, "pro", 0}}, {"level", Value{Number, "12.5", 12.5}}, {"since", Value{Date, "2021-02-03", 0}}},
		[]Named[string]{{"ip", "192.0.2.1"}}, []Named[string]{{"account", " x "}}, " Ada@Example.COM "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := rows[1]; !r.Address.IsZero() || r.Attributes != nil || r.Jurisdiction != "" {
		t.Errorf("an empty row got values: %+v", r)
	}
}

func TestAWrongCellRefusesItsRowWithColumnAndReason(t *testing.T) {
	raw := map[string]string{"mail": "email", "where": "jurisdiction", "lang": "locale", "tz": "timezone", "ok": "consent", "n": "attribute:n:number", "d": "attribute:d:date"}
	head := "mail,where,lang,tz,ok,n,d\n"
	cases := map[string]struct {
		row, column string
		want        Reason
	}{
		"an address with a name":      {"Ada <a@example.com>,,,,,,", "mail", "address_named"},
		"a place without a code":      {"a@example.com,California,,,,,", "where", JurisdictionWrong},
		"a language by name":          {"a@example.com,,German!,,,,", "lang", LocaleWrong},
		"an undetermined language":    {"a@example.com,,und,,,,", "lang", LocaleWrong},
		"no such zone":                {"a@example.com,,,Mars/Base,,,", "tz", TimezoneWrong},
		"the machine's own zone":      {"a@example.com,,,Local,,,", "tz", TimezoneWrong},
		"a path for a zone":           {"a@example.com,,,../etc,,,", "tz", TimezoneWrong},
		"neither yes nor no":          {"a@example.com,,,,maybe,,", "ok", ConsentWrong},
		"a number with a thousand":    {"a@example.com,,,,,\"1,000\",", "n", NumberWrong},
		"a number with leading zeros": {"a@example.com,,,,,007,", "n", NumberWrong},
		"an exponent":                 {"a@example.com,,,,,1e3,", "n", NumberWrong},
		"not a number":                {"a@example.com,,,,,NaN,", "n", NumberWrong},
		"too many digits":             {"a@example.com,,,,,1234567890123456,", "n", NumberWrong},
		"a date as people say it":     {"a@example.com,,,,,,3/4/2021", "d", DateWrong},
		"a day that is not":           {"a@example.com,,,,,,2021-02-30", "d", DateWrong},
		"a cell too many":             {"a@example.com,,,,,,,", "", Ragged},
		"a cell too few":              {"a@example.com,,,,,", "", Ragged},
		"empty cells only":            {",,,,,,", "", NoCells},
		"a bare quote":                {"a@example.com,x\"y,,,,,", "where", BareQuote},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rows, rejects := read(t, head+c.row+"\nok@example.com,,,,,,\n", raw)
			if len(rows) != 1 || len(rejects) != 1 {
				t.Fatalf("%v, %v", rows, rejects)
			}
			no := rejects[0]
			if no.Reason != c.want || no.Column != c.column || no.Line != 2 || len(no.Cells) == 0 {
				t.Errorf("got %+v", no)
			}
		})
	}
}

func TestColumnNames(t *testing.T) {
	got, err := ColumnNames([][]byte{[]byte(" email "), nil, []byte("plan")})
	if diff := cmp.Diff([]string{"email", "column 2", "plan"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := ColumnNames([][]byte{[]byte("a"), []byte("a ")}); !fault.Is(err, "header_twice") {
		t.Errorf("got %v", err)
	}
}

func TestOpenRefusesWhatHasNoHeader(t *testing.T) {
	cases := map[string]struct {
		text  string
		d     Dialect
		limit int64
		code  string
	}{
		"an empty file":         {"", Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 0, "file_no_header"},
		"a header below it all": {"a,b\n", Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 9}, 0, "file_no_header"},
		"a broken header":       {"a,b\"c\n", Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 0, "header_broken"},
		"a wrong delimiter":     {"a,b\n", Dialect{Encoding: UTF8, Delimiter: "x", HeaderRow: 1}, 0, "delimiter_unknown"},
		"a wrong encoding":      {"a,b\n", Dialect{Encoding: "ebcdic", Delimiter: ",", HeaderRow: 1}, 0, "encoding_unknown"},
		"too large a file":      {strings.Repeat("a", 101), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 100, "file_too_large"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Open(strings.NewReader(c.text), c.d, c.limit)
			if !fault.Is(err, c.code) {
				t.Errorf("got %v", err)
			}
		})
	}
	r, err := Open(strings.NewReader("a,b\n"+strings.Repeat("c,d\n", 10)), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 44)
	if err != nil {
		t.Fatal(err)
	}
	for ok := true; ok; _, ok = r.Next() {
	}
	if r.Err() != nil {
		t.Errorf("a file of exactly the limit: %v", r.Err())
	}
}

func TestAFileWithoutColumnNamesKeepsItsFirstRow(t *testing.T) {
	r, err := Open(strings.NewReader("ada@example.com,Ada\nbo@example.com,Bo\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		if n++; rec.Line != n || len(rec.Cells) != 2 {
			t.Errorf("row %d: %s", n, told(rec))
		}
	}
	if n != 2 || r.Columns()[1] != "column 2" {
		t.Errorf("%d rows, %v", n, r.Columns())
	}
}

func TestProposalFollowsHeadingsAndCells(t *testing.T) {
	columns := []string{"E-Mail", "Full Name", "Phone", "State", "Language", "Plan", "signup_date", "reset_ip", "Visits", "备注"}
	sample := [][]string{
		{"ada@example.com", "Ada", "1", "CA", "en-US", "pro", "2021-01-02", "192.0.2.1", "3", "x"},
		{"bo@example.com", "Bo", "2", "NY", "de", "free", "2021-01-03", "192.0.2.2", "14", "y"},
	}
	m := Propose(columns, sample)
	raw := m.Raw(columns)
	want := map[string]string{"E-Mail": "email", "Full Name": "name", "Phone": "phone", "State": "jurisdiction:US", "Language": "locale",
		"Plan": "attribute:plan", "signup_date": "attribute:signup_date:date", "reset_ip": "secret_attribute:reset_ip", "Visits": "attribute:visits:number"}
	for c, w := range want {
		if raw[c] != w {
			t.Errorf("%s: %s, want %s", c, raw[c], w)
		}
	}
	if !strings.HasPrefix(raw["备注"], "attribute:field_") {
		t.Errorf("a heading without Latin letters: %s", raw["备注"])
	}
	if err := m.Check(columns); err != nil {
		t.Errorf("the proposal is refused: %v", err)
	}
}

func TestProposalFindsAddressesUnderAnyHeadingAndNoneUnderAWrongOne(t *testing.T) {
	m := Propose([]string{"email", "kontakt"}, [][]string{{"Ada", "ada@example.com"}, {"Bo", "bo@example.com"}})
	if m[0].Kind == Email || m[1].Kind != Email {
		t.Errorf("got %v", m)
	}
	m = Propose([]string{"region", "mail"}, [][]string{{"Bavaria", "a@example.com"}, {"Hesse", "b@example.com"}})
	if m[0].Kind != Attribute {
		t.Errorf("names of places became %v", m[0])
	}
}

func TestPreviewShowsProblemsAndUnknownPlaces(t *testing.T) {
	text := "email,country\nada@example.com,DE\nbo@example,Atlantis\nx,DE\nc@example.com,DE,z\nd@example.com,FR\ncut@exam"
	m, _ := ParseMapping([]string{"email", "country"}, map[string]string{"email": "email", "country": "jurisdiction"})
	p, err := Look([]byte(text), false, Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, m)
	if err != nil {
		t.Fatal(err)
	}
	want := map[Reason]int{JurisdictionWrong: 1, "address_no_at": 1, Ragged: 1}
	if diff := cmp.Diff(want, p.Problems); diff != "" || p.Seen != 5 || len(p.Rows) != 4 {
		t.Errorf("%s %d seen, %d shown", diff, p.Seen, len(p.Rows))
	}
	if diff := cmp.Diff([]string{"Atlantis"}, p.Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestPreviewOfACutUTF16HeadEndsAtALine(t *testing.T) {
	for _, big := range []bool{false, true} {
		e := UTF16LE
		if big {
			e = UTF16BE
		}
		head := inUTF16("email\nada@example.com\nbo@exam", big, true)
		p, err := Look(head[:len(head)-1], false, Dialect{Encoding: e, Delimiter: ",", HeaderRow: 1}, nil)
		if err != nil || p.Seen != 1 || len(p.Problems) != 0 {
			t.Errorf("%s: %+v, %v", e, p, err)
		}
	}
}

func BenchmarkMapper(b *testing.B) {
	line := "ada.lovelace42@mail.example.com,Ada Lovelace,+44 20 7946 0000,US-CA,en-US,pro,2021-04-05,192.0.2.7\n"
	text := []byte("email,name,phone,jurisdiction,locale,plan,signup_date,reset_ip\n" + strings.Repeat(line, 100_000))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(bytes.NewReader(text), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 0)
		if err != nil {
			b.Fatal(err)
		}
		mapper := NewMapper(r.Columns(), Propose(r.Columns(), nil))
		for rec, ok := r.Next(); ok; rec, ok = r.Next() {
			if _, no, ok := mapper.Map(rec); !ok {
				b.Fatal(no)
			}
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestAGuessSaysWhatItRestsOn(t *testing.T) {
	columns := []string{"E-Mail", "contact", "state", "Password hash", "age", "joined", "notes", "mail"}
	sample := [][]string{
		{"a@example.com", "Ada", "CA", "x", "31", "2024-01-02", "hello", "z@example.com"},
		{"broken", "Bo", "NY", "y", "32", "2024-01-03", "", "y@example.com"},
	}
	want := []Guess{
		{Target{Kind: Email}, HeadingCells, 1, 2},
		{Target{Kind: Attribute, Name: "contact", Type: Text}, OtherText, 0, 0},
		{Target{Kind: Jurisdiction, Country: "US"}, HeadingCells, 2, 2},
		{Target{Kind: SecretAttribute, Name: "password_hash", Type: Text}, SecretHeading, 0, 0},
		{Target{Kind: Attribute, Name: "age", Type: Number}, NumberCells, 2, 2},
		{Target{Kind: Attribute, Name: "joined", Type: Date}, DateCells, 2, 2},
		{Target{Kind: Attribute, Name: "notes", Type: Text}, OtherText, 0, 0},
		{Target{Kind: Attribute, Name: "mail", Type: Text}, OtherText, 0, 0},
	}
	for i, got := range Guesses(columns, sample) {
		if got != want[i] {
			t.Errorf("%s: %+v, want %+v", columns[i], got, want[i])
		}
	}
	if got := Guesses([]string{"kontakt"}, [][]string{{"a@example.com"}, {"b@example.com"}})[0]; got != (Guess{Target{Kind: Email}, AddressCells, 2, 2}) {
		t.Errorf("cells alone: %+v", got)
	}
}

// Whatever stands in cells and in a mapping, a row is taken or refused with a
// reason that is told, and its cells come out as they were.
func FuzzMapping(f *testing.F) {
	f.Add("email", "jurisdiction:US", "attribute:n:number", "ana@example.com", "CA", "1.5")
	f.Add("email", "locale", "timezone", "o'neil@exämple.com", "de_AT", "Europe/Vienna")
	f.Add("secret_attribute:ip", "attribute:d:date", "consent", "10.0.0.1", "2026-02-30", "ja")
	f.Fuzz(func(t *testing.T, a, b, c, x, y, z string) {
		columns := []string{"a", "b", "c"}
		m, err := ParseMapping(columns, map[string]string{"a": a, "b": b, "c": c})
		if err != nil || m.Check(columns) != nil {
			return
		}
		again, err := ParseMapping(columns, m.Raw(columns))
		if err != nil || !cmp.Equal(again, m) {
			t.Fatalf("%v is written as %v and read as %v: %v", m, m.Raw(columns), again, err)
		}
		rec := Record{Line: 1, Cells: [][]byte{[]byte(x), []byte(y), []byte(z)}}
		rec.judge()
		row, no, ok := NewMapper(columns, m).Map(rec)
		if ok && !slices.Equal(row.Cells, []string{x, y, z}) || !ok && phrase.Say(string(no.Reason), map[string]any{"got": no.Got, "column": no.Column}) == "" {
			t.Fatalf("%v of %q: %+v", m, rec.Cells, no)
		}
	})
}
