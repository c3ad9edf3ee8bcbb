package intake

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// seen is all that a Group tells.
type seen struct {
	Rows, Individuals int
	Jurisdictions     []string
	Locale, Timezone  string
	Consent           Answer
}

func tell(p *Group) seen {
	return seen{p.Rows, p.Individuals(), p.Jurisdictions(), p.Locale(), p.Timezone(), p.Consent()}
}

func TestIndividualsAreThePeopleBehindOneAddress(t *testing.T) {
	cases := map[string]struct {
		rows []Row
		want int
	}{
		"one row":                               {[]Row{{Name: "Ada"}}, 1},
		"a row that names nobody":               {[]Row{{}}, 1},
		"one person twice":                      {[]Row{{Name: "Ada"}, {Name: " ADA "}}, 1},
		"a family's mailbox":                    {[]Row{{Name: "Ada"}, {Name: "Bo"}}, 2},
		"one person with two accounts":          {[]Row{{Name: "Ada", Reference: "1"}, {Name: "Ada", Reference: "2"}}, 1},
		"one account under two spellings":       {[]Row{{Name: "Ada", Reference: "1"}, {Name: "A. L.", Reference: "1"}}, 1},
		"two accounts without names":            {[]Row{{Reference: "1"}, {Reference: "2"}}, 2},
		"a nameless row of a known reference":   {[]Row{{Name: "Ada", Reference: "1"}, {Reference: "1"}}, 1},
		"a chain of names and references":       {[]Row{{Name: "Ada", Reference: "1"}, {Name: "A.", Reference: "1"}, {Name: "A.", Reference: "2"}, {Reference: "2"}}, 1},
		"a name that looks like a reference":    {[]Row{{Name: "7"}, {Reference: "7"}}, 2},
		"a row that names nobody beside others": {[]Row{{Name: "Ada"}, {}, {Name: "Bo"}}, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var p Group
			for _, r := range c.rows {
				p.Add(r)
			}
			if got := p.Individuals(); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestOrderAndParcellingOfRowsDoNotMatter(t *testing.T) {
	pick := func(of ...string) *rapid.Generator[string] { return rapid.SampledFrom(of) }
	row := rapid.Custom(func(t *rapid.T) Row {
		return Row{
			Name: pick("", "Ada", "ada", "Bo", "Cy").Draw(t, "name"), Reference: pick("", "1", "2", "3").Draw(t, "reference"),
			Jurisdiction: pick("", "DE", "US-CA").Draw(t, "place"), Locale: pick("", "de", "en", "fr").Draw(t, "locale"),
			Timezone: pick("", "UTC", "Europe/Berlin").Draw(t, "zone"), Consent: Answer(rapid.IntRange(0, 2).Draw(t, "consent")),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(row, 1, 12).Draw(t, "rows")
		var whole, left, right Group
		for _, r := range rows {
			whole.Add(r)
		}
		for i, r := range rapid.Permutation(rows).Draw(t, "order") {
			if i%2 == 0 {
				left.Add(r)
			} else {
				right.Add(r)
			}
		}
		right.Join(left)
		if diff := cmp.Diff(tell(&whole), tell(&right)); diff != "" {
			t.Fatal(diff)
		}
		if n := whole.Individuals(); n < 1 || n > len(rows) {
			t.Fatalf("%d people in %d rows", n, len(rows))
		}
	})
}

func TestARefusalOfConsentOutweighsAgreement(t *testing.T) {
	var p Group
	p.Add(Row{Consent: Agreed})
	p.Add(Row{Consent: Declined})
	if p.Consent() != Declined {
		t.Error("one row said no")
	}
}
