package notice

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// lots repeats a piece of text up to so many bytes.
func lots(n int, s string) string { return strings.Repeat(s, n/len(s)+1)[:n] }

// each writes a line for each number.
func each(n int, line func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

func field(i int) string { return fmt.Sprintf("{{merge.a%d}}\n", i) }

func TestBombsAreRefusedWithTheirLine(t *testing.T) {
	const page = "A first line.\n\n"
	for name, c := range map[string]struct {
		body, code string
		line       int
	}{
		"5 MB":                        {lots(5<<20, "Words in a line.\n"), "text_too_long", maxSource/17 + 1},
		"one line too many":           {strings.Repeat("a\n", mostLines+1), "text_many_lines", mostLines + 1},
		"a long line":                 {page + strings.Repeat("x", longestLine+1), "text_long_line", 3},
		"spaces before a line":        {page + strings.Repeat(" ", mostIndent+1) + "x", "text_indented", 3},
		"tabs before a line":          {page + strings.Repeat("\t", mostIndent/4+1) + "x", "text_indented", 3},
		"quotes in quotes":            {page + strings.Repeat(">", mostNested+1) + "x", "text_nested", 3},
		"quotes in quotes, spaced":    {page + strings.Repeat("> ", mostNested+1), "text_nested", 3},
		"lists in lists":              {page + strings.Repeat("- ", mostNested+1) + "x", "text_nested", 3},
		"numbers in numbers":          {page + strings.Repeat("12) ", mostNested+1) + "x", "text_nested", 3},
		"lists in quotes":             {page + strings.Repeat("> + ", mostNested) + "x", "text_nested", 3},
		"lists by their indent":       {page + each(20, func(i int) string { return strings.Repeat("  ", i) + "- a\n" }), "text_deep", 18},
		"emphasis in emphasis":        {page + strings.Repeat("*a ", 40) + "b" + strings.Repeat(" a*", 40), "text_deep", 3},
		"brackets":                    {page + strings.Repeat("[", mostSigns+1), "text_many_signs", 3},
		"emphasis over many lines":    {page + strings.Repeat("*a_\n", mostSigns/2+1), "text_many_signs", mostSigns/2 + 3},
		"open code":                   {page + strings.Repeat("` ", mostSigns+1), "text_many_signs", 3},
		"open HTML":                   {page + strings.Repeat("<a ", mostSigns+1), "text_many_signs", 3},
		"a wide table":                {page + strings.Repeat("|a", mostColumns+2) + "|\n", "text_many_columns", 3},
		"a long table":                {page + "|a|b|\n|-|-|\n" + strings.Repeat("|a|b|\n", mostLines), "text_many_lines", mostLines + 1},
		"a large table":               {page + strings.Repeat("|a", mostColumns) + "|\n" + strings.Repeat("|-", mostColumns) + "|\n" + strings.Repeat("a\n", mostLines/2), "text_large", 0},
		"one target named again":      {page + "[a]: https://example.com/" + lots(4000, "x") + "\n\n" + strings.Repeat("[a]\n", 500), "text_large", 70},
		"fields over fields":          {page + each(mostFields+1, field), "text_many_fields", mostFields + 3},
		"a field in a field":          {page + "{{a.{{b.c}}}}", "field_form", 3},
		"a field in a field's name":   {page + "{{merge.{{org.name}}}}", "field_form", 3},
		"a group that does not exist": {page + "{{persons.name}}", "field_unknown_alone", 3},
		"open fields":                 {page + strings.Repeat("{{ ", 400), "field_unfinished", 3},
	} {
		t.Run(name, func(t *testing.T) {
			d := Draft{DefaultLocale: "en", Variants: []Source{{Locale: "en", Subject: "x", Body: "Words."}, {Locale: "de", Subject: "x", Body: c.body}}}
			_, _, _, err := d.Compile(1, 1)
			f, refused := fault.As(err)
			switch {
			case !refused:
				t.Fatal("it was compiled")
			case f.Fields[0].Code != c.code || f.Fields[0].Name != "variants[1].body":
				t.Fatalf("refused with %s of %s", f.Fields[0].Code, f.Fields[0].Name)
			case c.line > 0 && f.Fields[0].Values["line"] != c.line:
				t.Errorf("refused in line %v, want %d", f.Fields[0].Values["line"], c.line)
			}
			said(t, err)
		})
	}
}

func TestNoMoreMistakesAreNamedThanSomebodyReads(t *testing.T) {
	many := Source{Locale: "en", Subject: "x", Body: strings.Repeat("{{a.b}} {{incident.sumary}}\n", 1000)}
	_, err := many.Compile()
	f, _ := fault.As(err)
	if last := f.Fields[len(f.Fields)-1]; len(f.Fields) != mostMistakes+1 || last.Code != "text_more_mistakes" {
		t.Errorf("%d mistakes, the last %s", len(f.Fields), last.Code)
	}
	d := Draft{DefaultLocale: "en"}
	for i := range maxVariants {
		d.Variants = append(d.Variants, Source{Locale: "en", Jurisdictions: []string{fmt.Sprintf("US-%d", i)}, Subject: "x", Body: "{{a.b}}"})
	}
	_, _, _, err = d.Compile(1, 1)
	if f, _ = fault.As(err); len(f.Fields) > mostMistakes+2 {
		t.Errorf("%d mistakes of many texts", len(f.Fields))
	}
	_, err = Source{Locale: lots(1<<20, "x"), Subject: lots(1<<20, "{{a.b}}"), Body: "{{" + lots(4000, "a") + "}}"}.Compile()
	f, _ = fault.As(err)
	for _, x := range f.Fields {
		if said := phrase.Say(x.Code, x.Values); len(said) > 300 {
			t.Errorf("%s repeats %d bytes of what was sent", x.Code, len(said))
		}
	}
}

func TestTooManyTextsAreRefusedBeforeAnyIsRead(t *testing.T) {
	bomb := Source{Locale: "en", Subject: "x", Body: "{{a.b}}"}
	d := Draft{DefaultLocale: "en"}
	for range 5000 {
		d.Variants = append(d.Variants, bomb)
	}
	_, _, _, err := d.Compile(1, 1)
	if f, _ := fault.As(err); f == nil || len(f.Fields) != 1 || f.Code != "variants_count" {
		t.Errorf("5,000 texts: %v", err)
	}
	d.Variants = []Source{{Locale: "en", Subject: "x", Body: "x"}}
	for i := range maxPlaces + 1 {
		d.Variants[0].Jurisdictions = append(d.Variants[0].Jurisdictions, fmt.Sprintf("US-%d", i))
	}
	if _, _, _, err = d.Compile(1, 1); !fault.Is(err, "jurisdictions_many") {
		t.Errorf("places: %v", err)
	}
}

// bombs are what costs a reader of Markdown most, each as long as is wanted.
func bombs(n int) map[string]string {
	m := map[string]string{
		"table":      lots(n/3, "|a") + "|\n" + lots(n/3, "|-") + "|\n" + lots(n/64, "a\n"),
		"rows":       "|a|b|\n|-|-|\n" + lots(n, "|a|b|\n"),
		"references": "[a]: https://example.com/" + lots(n/2, "x") + "\n\n" + lots(n/2, "[a] "),
		"titles":     "[a]: https://example.com/ \"" + lots(n/2, "x") + "\"\n\n" + lots(n/2, "[a] "),
		"emphasis":   lots(n/2, "*a ") + lots(n/2, " a*"),
		"closed":     lots(n/2, "[") + lots(n/2, "]"),
		"indent":     each(n/400, func(i int) string { return strings.Repeat(" ", 2*i%mostIndent) + "- a\n\n" }),
		"lazy":       lots(n/2, "> ") + "\n" + lots(n/2, "a\n"),
		"names":      each(n/16, field),
	}
	for _, piece := range []string{"> ", ">", "- > ", "* + ", "1. ", "> - ", "a*_", "*a_ ", "_a*b", "[a](b", "![](a" + strings.Repeat("x", 28), "[a](<b", "[a][b", "[a\n]: ", "](", "[" + strings.Repeat("x", 28),
		"` ", "`a``", "<a ", "<!-- ", "a<?", "~~a ", "a@b.c ", "www.a.b ", "http://a", "&", "\"", "# a\n", "a\n-\n", "- a\n\n", "a\n\n", "```\n", "\t", "{{", "{{a.b}} ", "{{incident.sumary}} ", "{{\n", "TODO ", "<<a", "%A", "[insert", "|`\\|`|\n", "@", "word "} {
		m[fmt.Sprintf("%.20q", piece)] = lots(n, piece)
	}
	return m
}

// within cuts a bomb down to what the bounds let through.
func within(s string) string {
	var out strings.Builder
	open, lines, column := 0, 1, 0
	for i := 0; i < len(s) && out.Len() < maxSource-mostLines; i++ {
		open += count([]byte{s[i]}, signs)
		if column++; s[i] == '\n' || column == longestLine {
			out.WriteByte('\n')
			lines, column = lines+1, 0
		}
		if open > mostSigns || lines == mostLines {
			break
		}
		if s[i] != '\n' {
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// Whatever a text holds, it costs no more than some of the longest plain ones.
func TestNoTextTakesLongToCompile(t *testing.T) {
	fastest := func(body string, enough time.Duration) time.Duration {
		best := time.Hour
		for range 5 { // something else may run beside it
			begun := time.Now()
			_, _ = Source{Locale: "en", Subject: "x", Body: body}.Compile()
			if best = min(best, time.Since(begun)); best <= enough {
				break
			}
		}
		return best
	}
	plain := fastest(within(lots(maxSource, "word ")), 0)
	slowest, which := time.Duration(0), ""
	for _, n := range []int{maxSource, 1 << 20} {
		for name, bomb := range bombs(n) {
			bodies := []string{bomb}
			if n == maxSource {
				bodies = append(bodies, within(bomb))
			}
			for _, body := range bodies {
				took := fastest(body, 8*plain)
				if took > 8*plain {
					t.Errorf("%s of %d bytes takes %s, plain words %s", name, len(body), took, plain)
				}
				if took > slowest {
					slowest, which = took, name
				}
			}
		}
	}
	t.Logf("plain words %s, the slowest bomb %s (%s)", plain, slowest, which)
}

// A value that a text names a thousand times is refused before it is put together.
func TestALongValueNamedAgainAndAgainTakesNoMemory(t *testing.T) {
	text := compiled(t, "en", "x", strings.Repeat("{{merge.a}}\n", mostLines-1))
	values := Values{"merge.a": {strings.Repeat("<", 64<<10)}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := text.Render(values)
	runtime.ReadMemStats(&after)
	if !fault.Is(err, "output_too_long") {
		t.Errorf("got %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
		t.Errorf("refusing took %d MiB", took>>20)
	}
}
