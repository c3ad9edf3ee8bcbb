package notice

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

func TestParagraphsAreTheBlocksOfAText(t *testing.T) {
	cases := map[string]struct {
		body string
		want map[int]string
	}{
		"paragraphs":                          {"One.\n\nTwo\nlines.\n", map[int]string{1: "One.", 3: "Two\nlines."}},
		"empty lines before and between":      {"\n\nOne.\n\n\n\nTwo.", map[int]string{3: "One.", 7: "Two."}},
		"a heading right above its paragraph": {"# Head\nBelow.", map[int]string{1: "# Head", 2: "Below."}},
		"an underlined heading":               {"Head\n====\nBelow.", map[int]string{1: "Head\n====", 3: "Below."}},
		"a list with room is one":             {"- a\n\n- b\n\n  more\n\nAfter.", map[int]string{1: "- a\n\n- b\n\n  more", 7: "After."}},
		"a quote":                             {"> said\n> so\n\nAfter.", map[int]string{1: "> said\n> so", 4: "After."}},
		"a fence with an empty line":          {"```\na\n\nb\n```\nAfter.", map[int]string{1: "```\na\n\nb\n```", 6: "After."}},
		"a table":                             {"| a | b |\n|---|---|\n| c | d |\n\nAfter.", map[int]string{1: "| a | b |\n|---|---|\n| c | d |", 5: "After."}},
		"a rule belongs to what is before it": {"One.\n\n---\n\nTwo.", map[int]string{1: "One.\n\n---", 5: "Two."}},
		"a field begins one":                  {"{{recipient.name}},\n\nTwo.", map[int]string{1: "{{recipient.name}},", 3: "Two."}},
		"line ends of another system":         {"One.\r\n\r\nTwo.", map[int]string{1: "One.", 3: "Two."}},
		"nothing":                             {"", map[int]string{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[int]string{}
			for _, p := range (Source{Body: c.body}).Paragraphs() {
				got[p.Line] = p.Source
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// However a text is written, each paragraph stands where its line says.
func TestParagraphsStandWhereTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"", "a", "# b", "- c", "  d", "    e", "> f", "```", "---", "===", "| g |", "|---|", "1. h", "[i]: j", "{{org.name}}"})).Draw(t, "lines"), "\n")
		lines, last := strings.Split(body, "\n"), 0
		for _, p := range (Source{Body: body}).Paragraphs() {
			if p.Line <= last {
				t.Fatalf("line %d comes after %d in %q", p.Line, last, body)
			}
			rest := strings.Join(lines[p.Line-1:], "\n")
			if last = p.Line; p.Source == "" || !strings.HasPrefix(rest, p.Source) {
				t.Fatalf("line %d of %q is not %q", p.Line, body, p.Source)
			}
		}
	})
}

func TestACommentIsFoundWhereItsParagraphIs(t *testing.T) {
	on := func(bodies ...string) (all []Source) {
		for _, b := range bodies {
			all = append(all, Source{Body: b})
		}
		return all
	}
	comment := Comment{Version: 1, Anchor: &Anchor{Spot: Spot{Variant: 1, Line: 3}, SHA256: Source{Body: "Seen."}.Paragraphs()[0].SHA256}}
	cases := map[string]struct {
		c     Comment
		texts []Source
		want  *Spot
	}{
		"in the version that it was made on": {Comment{Version: 2, Anchor: comment.Anchor}, on("a", "b"), &Spot{1, 3}},
		"unchanged":                          {comment, on("a", "b\n\nSeen."), &Spot{1, 3}},
		"moved down":                         {comment, on("a", "b\n\nc\n\nSeen."), &Spot{1, 5}},
		"twice: the nearest":                 {comment, on("a", "Seen.\n\nb\n\nSeen.\n\nc\n\nSeen."), &Spot{1, 1}},
		"its own text before others":         {comment, on("Seen.", "b\n\nc\n\nd\n\nSeen."), &Spot{1, 7}},
		"a text was put before it":           {comment, on("a", "b", "Seen."), &Spot{2, 1}},
		"its text was taken out":             {comment, on("a"), nil},
		"a word was changed":                 {comment, on("a", "b\n\nSeen!"), nil},
		"about the whole version":            {Comment{Version: 1}, on("Seen."), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			texts := texts{sources: c.texts}
			if diff := cmp.Diff(c.want, texts.find(c.c, id.Version(2))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoMayResolveAComment(t *testing.T) {
	c := Comment{By: 1}
	for name, try := range map[string]struct {
		c    Comment
		by   access.Actor
		code string
	}{
		"its author":           {c, access.Actor{User: 1, Role: access.Ops}, ""},
		"another of ops":       {c, access.Actor{User: 2, Role: access.Ops}, "comment_of_another"},
		"legal":                {c, access.Actor{User: 2, Role: access.Legal}, ""},
		"somebody did already": {Comment{By: 1, Resolved: &Resolved{}}, access.Actor{User: 1, Role: access.Ops}, "comment_is_resolved"},
	} {
		f, _ := fault.As(try.c.MayResolve(try.by))
		if f == nil && try.code != "" || f != nil && f.Code != try.code {
			t.Errorf("%s: %v", name, f)
		}
	}
}
