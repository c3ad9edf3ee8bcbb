package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/fault"
	"forthwith/internal/notice/lint"
)

func TestABlockIsReadInEveryTextThatQuotesIt(t *testing.T) {
	d := Draft{DefaultLocale: "en", Variants: []Source{
		{Locale: "en", Subject: "a", Body: "Dear customer,\n{{block reach_us}}\nbye."},
		{Locale: "de-AT", Jurisdictions: []string{"AT"}, Subject: "a", Body: "Liebe Kundin,\n\n{{ block  reach_us }}"},
		{Locale: "fr", Jurisdictions: []string{"FR"}, Subject: "a", Body: "{{block reach_us}}\r\n\r\nau revoir"},
	}, Blocks: []Block{{"reach_us", "en", "Write to {{contact.email}}."}, {"reach_us", "de", "Schreiben Sie\r\nan uns."}}}
	doc, _, _, err := d.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, s := range doc.Texts() {
		bodies = append(bodies, s.Body)
	}
	want := []string{"Dear customer,\n\nWrite to {{contact.email}}.\n\nbye.", "Liebe Kundin,\n\n\nSchreiben Sie\nan uns.\n", "\nWrite to {{contact.email}}.\n\n\nau revoir"}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d.Variants, doc.Sources(), cmp.Transformer("none", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
		t.Errorf("what was written is kept as it was: %s", diff)
	}
	if text := doc.Ordered()[0].Compiled.Text; !strings.Contains(text, "Write to {{.contact.email}}.") || strings.Contains(text, "block") {
		t.Errorf("compiled to %q", text)
	}
	if again := doc.Draft(); !slices.Equal(again.Blocks, d.Blocks) {
		t.Errorf("an editor begins with %v", again.Blocks)
	}
}

func TestTheHashHoldsTheWordsOfBlocks(t *testing.T) {
	sum := func(blocks ...Block) string {
		d := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "a", Body: "b."}}, Blocks: blocks}
		_, _, sum, err := d.Compile(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		return sum.String()
	}
	one := sum(Block{"a", "en", "One."})
	if sum() != sum([]Block{}...) || sum() == one || one == sum(Block{"a", "en", "Two."}) || one != sum(Block{"a", "en", "One."}) {
		t.Error("two versions with other words have one hash, or one version has two")
	}
	_, raw, _, _ := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "a", Body: "b."}}}.Compile(1, 1)
	if strings.Contains(string(raw), "blocks") {
		t.Error("a version without blocks would have another hash than before there were any")
	}
}

func TestMistakesAboutBlocksNameTheirLine(t *testing.T) {
	en := func(body string) []Source { return []Source{{Locale: "en", Subject: "a", Body: body}} }
	cases := map[string]struct {
		texts  []Source
		blocks []Block
		want   string
	}{
		"unknown":                 {en("a\n\n{{block b}}"), nil, "variants[0].body block_unknown 3"},
		"no name":                 {en("a\n\n{{block}}"), nil, "variants[0].body block_unknown 3"},
		"beside words":            {en("a\n\nsee {{block b}}"), []Block{{"b", "en", "c"}}, "variants[0].body block_alone 3"},
		"in no fitting language":  {en("a\n\n{{block b}}"), []Block{{"b", "de", "c"}}, "variants[0].body block_not_in_locale 3"},
		"in itself":               {en("{{block b}}"), []Block{{"b", "en", "c\n\n{{block b}}"}}, "blocks[0].body block_in_block 3"},
		"in another":              {en("a"), []Block{{"b", "en", "c"}, {"d", "en", "{{block b}}"}}, "blocks[1].body block_in_block 1"},
		"twice":                   {en("a"), []Block{{"b", "en", "c"}, {"b", "EN", "c"}}, "blocks[1].name block_twice <nil>"},
		"a name with a space":     {en("a"), []Block{{"b c", "en", "c"}}, "blocks[0].name block_name <nil>"},
		"no language":             {en("a"), []Block{{"b", "english!", "c"}}, "blocks[0].locale locale_unknown <nil>"},
		"empty":                   {en("a"), []Block{{"b", "en", " \n"}}, "blocks[0].body text_empty 1"},
		"a mistake in a block":    {en("a\n\nb\n\n{{block b}}"), []Block{{"b", "en", "c\n\n<b>d</b>"}}, "blocks[0].body text_html 3"},
		"a mistake after a block": {en("{{block b}}\n\n{{org.nme}}"), []Block{{"b", "en", "c\n\nd\n\ne"}}, "variants[0].body field_unknown 3"},
		"too many":                {en("a"), make([]Block, maxBlocks+1), "blocks blocks_count <nil>"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := Draft{DefaultLocale: "en", Variants: c.texts, Blocks: c.blocks}.Compile(1, 1)
			f, _ := fault.As(err)
			var got []string
			if f != nil {
				for _, w := range f.Fields {
					got = append(got, fmt.Sprint(w.Name, " ", w.Code, " ", w.Values["line"]))
				}
			}
			got = slices.Compact(got)
			if len(got) == 0 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// However often a long block is quoted, what is put together stays small.
func TestBlocksAreNoBomb(t *testing.T) {
	d := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "a", Body: strings.Repeat("{{block b}}\n", 1900)}},
		Blocks: []Block{{"b", "en", strings.Repeat("word ", 12000/5) + "\n\n" + strings.Repeat("word\n", 1000)}}}
	text, _ := d.expand(d.Variants[0], &mistakes{})
	if len(text.Body) > 2*maxSource {
		t.Errorf("put together to %d bytes", len(text.Body))
	}
	if _, _, _, err := d.Compile(1, 1); !fault.Is(err, "invalid") && err == nil {
		t.Error("too long a text is made a version")
	}
}

func TestAFindingNamesTheLineOfItsBlock(t *testing.T) {
	d := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "a", Body: "Dear {{recipient.name}},\n\n{{block pay}}\n\nSee <https://one.example.net/x>."}},
		Blocks: []Block{{"pay", "en", "Thank you.\n\nYour card 4111 1111 1111 1111 was seen."}}}
	doc, _, _, err := d.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := fault.As(doc.checkEverywhere(Audience{}))
	if !ok {
		t.Fatal("nothing is found")
	}
	var got []string
	for _, w := range f.Fields {
		got = append(got, fmt.Sprint(w.Name, " ", w.Code, " ", w.Values["line"]))
	}
	for _, want := range []string{"blocks[0].body lint_secret_card 3", "variants[0].body lint_link_host 5"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	said := map[string]int{}
	for _, f := range doc.findings(Audience{}, nil) {
		told := doc.told(f)
		if told.at(doc.written(), f); f.Severity == lint.Block {
			said[fmt.Sprint(told.Block, " ", told.Line, " ", strings.Contains(told.Message, "line 3 of the shared paragraph ‘pay’ of the en text"))]++
		}
	}
	if said["pay 3 true"] == 0 || said[" 5 false"] == 0 {
		t.Errorf("told: %v", said)
	}
}

func TestARedlineComparesTheWordsOfBlocks(t *testing.T) {
	of := func(words string) []Source {
		return Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Body: "{{block b}}"}}, Blocks: []Block{{"b", "en", words}}}.Texts()
	}
	if all := Changes(of("One."), of("Two.")); all[0].Same() {
		t.Error("a changed block is no change")
	}
}
