package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
