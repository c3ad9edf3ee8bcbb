package notice

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// said gives "field code" for each mistake, with its line where it has one,
// and checks that each can be told in a whole sentence.
func said(t interface{ Errorf(string, ...any) }, err error) []string {
	f, ok := fault.As(err)
	if !ok {
		return nil
	}
	var all []string
	for _, x := range f.Fields {
		if s := phrase.Say(x.Code, x.Values); s == x.Code || strings.Contains(s, "‘–’") || strings.Contains(s, "line –") {
			t.Errorf("%s has no whole sentence: %s", x.Code, s)
		}
		one := strings.TrimPrefix(x.Name, "variants[0].") + " " + x.Code
		if line, has := x.Values["line"]; has {
			one += " " + string(rune('0'+line.(int)))
		}
		all = append(all, one)
	}
	return all
}

func TestTextMistakesAreNamedWithTheirLine(t *testing.T) {
	cases := map[string]struct {
		body string
		want []string
	}{
		"plain":                         {"Hello.", nil},
		"an unknown field":              {"a\n\nDear {{recipient.nam}}", []string{"body field_unknown 3"}},
		"an unknown group":              {"{{persons.name}}", []string{"body field_unknown_alone 1"}},
		"nothing alike":                 {"{{zzzzzzzz.qqqqqqqqqqqqq}}", []string{"body field_unknown_alone 1"}},
		"no group":                      {"{{name}}", []string{"body field_form 1"}},
		"template code":                 {"{{if .x}}", []string{"body field_form 1"}},
		"a pipe":                        {"{{org.name | html}}", []string{"body field_form 1"}},
		"empty braces":                  {"x {{}}", []string{"body field_form 1"}},
		"a field over two lines":        {"x {{org.\nname}}", []string{"body field_unfinished 1", "body field_unfinished 2"}},
		"an open field":                 {"a\nb {{org.name", []string{"body field_unfinished 2"}},
		"closing braces alone":          {"org.name}}", []string{"body field_unfinished 1"}},
		"a field in code":               {"`{{org.name}}`", []string{"body field_unfinished 1"}},
		"a field in a code block":       {"a\n\n    {{org.name}}", []string{"body field_unfinished 3"}},
		"a field in a fence":            {"```\n{{org.name}}\n```", []string{"body field_unfinished 2"}},
		"braces by entities":            {"&#123;&#123;org.name&#125;&#125;", []string{"body field_unfinished 1"}},
		"braces by backslashes":         {`\{\{org.name\}\}`, []string{"body field_unfinished 1"}},
		"a fence that names a template": {"``` {{x\ny\n```", nil},
		"raw HTML":                      {"a\n\n<div>x</div>", []string{"body text_html 3"}},
		"raw HTML inside a line":        {"a\nb <b>x</b>", []string{"body text_html 2", "body text_html 2"}},
		"a comment":                     {"<!-- x -->", []string{"body text_html 1"}},
		"a picture":                     {"a\n\n![x](https://example.com/a.png)", []string{"body text_picture 3"}},
		"a script link":                 {"[x](javascript:alert)", []string{"body link_scheme 1"}},
		"a data link":                   {"[x](data:text/html,x)", []string{"body link_scheme 1"}},
		"an http link":                  {"[x](http://example.com)", []string{"body link_scheme 1"}},
		"a relative link":               {"[x](/login)", []string{"body link_scheme 1"}},
		"a link without a scheme":       {"a\nwww.example.com b", []string{"body link_scheme 2"}},
		"a user in a link":              {"[x](https://bank.example@evil.example)", []string{"body link_user 1"}},
		"a port":                        {"[x](https://example.com:8443/)", []string{"body link_port 1"}},
		"a trailing dot":                {"[x](https://example.com./)", []string{"body link_host 1"}},
		"an address as host":            {"[x](https://192.0.2.1/)", []string{"body link_host 1"}},
		"a host in other letters":       {"[x](https://exаmple.com/)", []string{"body link_host 1"}},
		"a host in punycode":            {"[x](https://xn--exmple-cua.com/)", []string{"body link_host 1"}},
		"a link in disguise":            {"[https://bank.example](https://evil.example)", []string{"body link_disguised 1"}},
		"a person's value as link":      {"[x]({{merge.url}})", []string{"body link_personal 1"}},
		"a person's value in a link":    {"[x](https://example.com/?u={{recipient.name}})", []string{"body link_personal 1"}},
		"a person's value in auto link": {"x https://example.com/{{merge.a}} y", []string{"body link_personal 1"}},
		"the code in a link":            {"[x](https://example.com/{{notice.code}})", []string{"body link_personal 1"}},
		"a fact in the host":            {"[x](https://{{org.name}}.example.com/)", []string{"body link_host_field 1"}},
		"a fact that is no link":        {"[x]({{org.name}})", []string{"body link_scheme 1"}},
		"a reference":                   {"[x][1]\n\n[1]: javascript:x", []string{"body link_scheme 1"}},
		"two recipients":                {"[x](mailto:a@example.com,b@example.com)", []string{"body link_scheme 1"}},
		"a hidden copy":                 {"[x](mailto:a@example.com?bcc=b@example.com)", []string{"body link_scheme 1"}},
		"TODO":                          {"a\nTODO: date", []string{"body text_leftover 2"}},
		"another mailer's field":        {"Dear %FIRST_NAME%", []string{"body text_leftover 1"}},
		"lorem":                         {"Lorem ipsum dolor", []string{"body text_leftover 1", "body text_leftover 1"}},
		"a bracketed gap":               {"Dear [Name of person],", []string{"body text_leftover 1"}},
		"nothing":                       {" \n ", []string{"body text_empty 1"}},
		"NUL":                           {"a\x00", []string{"body text_control 1"}},
		"a private character":           {"a\n\ue0005\ue001", []string{"body text_control 2"}},
		"broken UTF-8":                  {"a\xff", []string{"body text_not_utf8 1"}},
		"too long":                      {strings.Repeat("x", maxSource+1), []string{"body text_too_long 1"}},
		"a link that says name":         {"[Name us](https://example.com)", nil},
		"good links":                    {"<https://example.com/a?b=1> [x](https://example.com/{{offer.months}}) [y]({{contact.url}}) [z](mailto:{{contact.email}}) [t](tel:{{contact.phone}}) [m](mailto:a@example.com)", nil},
		"a link that shows its host":    {"[example.com](https://www.example.com/x)", nil},
		"a brace before a field":        {"\\{{{org.name}}} and {*{{org.name}}*}", nil},
		"single braces":                 {"{ } {x}", nil},
		"an underscore in a name":       {"*{{merge.a_b_c}}* and _{{merge.a_b_c}}_", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Source{Locale: "en", Subject: "About your account", Body: c.body}.Compile()
			if diff := cmp.Diff(c.want, said(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSubjectMistakes(t *testing.T) {
	cases := map[string]struct{ subject, want string }{
		"nothing":           {" ", "subject subject_empty"},
		"a line end":        {"a\r\nBcc: x@example.com", "subject subject_control"},
		"a line separator":  {"a\u2028b", "subject subject_control"},
		"too long":          {strings.Repeat("x", 201), "subject subject_too_long"},
		"an unknown field":  {"{{org.nam}}", "subject subject_field"},
		"an open field":     {"{{org.name", "subject subject_unfinished"},
		"something to fill": {"TODO", "subject subject_leftover"},
		"invalid UTF-8":     {"\xff", "subject subject_control"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Source{Locale: "en", Subject: c.subject, Body: "x"}.Compile()
			if diff := cmp.Diff([]string{c.want}, said(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func compiled(t interface{ Fatal(...any) }, locale, subject, body string) *Text {
	s, err := Source{Locale: locale, Subject: subject, Body: body}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBothPartsSayTheSame(t *testing.T) {
	text := compiled(t, "en", "{{org.name}}: notice for {{recipient.name}}",
		"# What happened\n\nDear {{recipient.name}},\nwe lost *your* data.\n\n## Next\n\n1. Read [our page](https://help.example.com)\n2. Wait\n   - a\n   - b\n\n> Quoted\n\n| a | b |\n|---|---|\n| {{list merge.account}} | 2 |\n\n---\n\n`code` AT&amp;T \\*\n")
	m, err := text.Render(Values{"org.name": {"Acme"}, "recipient.name": {"Zoë <b>"}, "merge.account": {"1", "2", "1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "What happened\n=============\n\nDear Zoë <b>, we lost your data.\n\nNext\n----\n\n1. Read our page <https://help.example.com>\n2. Wait\n   - a\n   - b\n\n> Quoted\n\na | b\n1, 2 | 2\n\n----------------------------------------\n\ncode AT&T *\n"
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Error(diff)
	}
	if m.Subject != "Acme: notice for Zoë <b>" {
		t.Errorf("subject %q", m.Subject)
	}
	for _, part := range []string{"<bdi>Zoë &lt;b&gt;</bdi>", `<a href="https://help.example.com"`, `<html lang="en" dir="ltr">`, "1, 2", `<li style="`} {
		if !strings.Contains(m.HTML, part) {
			t.Errorf("the HTML lacks %s", part)
		}
	}
}

func TestDirectionFollowsTheLanguage(t *testing.T) {
	for locale, dir := range map[string]string{"ar": "rtl", "he-IL": "rtl", "ur": "rtl", "en": "ltr", "az-Arab": "rtl", "ja": "ltr"} {
		if got := compiled(t, locale, "x", "x").Skeleton().HTML; !strings.Contains(got, `lang="`+locale+`" dir="`+dir+`"`) {
			t.Errorf("%s is not %s", locale, dir)
		}
	}
}

func TestCompilingTwiceGivesTheSameBytes(t *testing.T) {
	s := Source{Locale: "en", Subject: "x {{org.name}}", Body: "# a\n\n{{merge.b}} [c](https://example.com)\n\n- d\n\n|a|b|\n|-|-|\n|c|d|\n"}
	first, err := s.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, _ := s.Compile()
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestRenderingNamesWhatIsWrongWithAValue(t *testing.T) {
	text := compiled(t, "en", "x", "{{merge.account}} [y]({{contact.url}})")
	cases := map[string]struct {
		v    Values
		code string
	}{
		"no value":             {Values{"contact.url": {"https://example.com"}}, "value_missing"},
		"an empty value":       {Values{"merge.account": {" \t"}, "contact.url": {"https://example.com"}}, "value_missing"},
		"two values":           {Values{"merge.account": {"1", "2"}, "contact.url": {"https://example.com"}}, "several_values"},
		"a fact that is code":  {Values{"merge.account": {"1"}, "contact.url": {"javascript:alert(1)"}}, "link_unsafe"},
		"one value said twice": {Values{"merge.account": {"1", " 1"}, "contact.url": {"https://example.com"}}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := text.Render(c.v)
			if c.code == "" && err == nil {
				return
			}
			if f, ok := fault.As(err); !ok || f.Code != c.code || strings.Contains(f.Error(), "javascript") {
				t.Errorf("got %v", err)
			}
		})
	}
	long := compiled(t, "en", "{{org.name}}", "{{org.name}}")
	if _, err := long.Render(Values{"org.name": {strings.Repeat("x", 201)}}); !fault.Is(err, "subject_too_long") {
		t.Errorf("got %v", err)
	}
	if _, err := compiled(t, "en", "x", "{{org.name}}").Render(Values{"org.name": {strings.Repeat("x", MaxOutput)}}); !fault.Is(err, "output_too_long") {
		t.Errorf("got %v", err)
	}
}

// shape is the markup of a page without its text.
var markup = regexp.MustCompile(`<[^>]*>`)

func shape(html string) []string { return markup.FindAllString(html, -1) }

const everywhere = "Dear {{merge.a}}, **{{merge.a}}** _x {{merge.a}}_\n\n# {{merge.a}}\n\n- {{merge.a}}\n\n> {{merge.a}}\n\n| {{merge.a}} |\n|---|\n| {{merge.a}} |\n\n[{{merge.a}}](https://example.com)\n"

// addsNothing checks that a value changes no tag, no line and no header.
func addsNothing(t interface{ Fatalf(string, ...any) }, text *Text, value string) {
	plain, err := text.Render(Values{"merge.a": {"x"}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	m, err := text.Render(Values{"merge.a": {value}})
	if err != nil {
		if !fault.Is(err, "value_missing") && !fault.Is(err, "subject_too_long") {
			t.Fatalf("%+q: %v", value, err)
		}
		return
	}
	if diff := cmp.Diff(shape(plain.HTML), shape(m.HTML)); diff != "" {
		t.Fatalf("%+q changed the markup: %s", value, diff)
	}
	if strings.Count(m.Text, "\n") != strings.Count(plain.Text, "\n") || strings.ContainsAny(m.Subject+m.Text, "\r\x00") || strings.ContainsAny(m.Subject, "\n\u2028\u2029") {
		t.Fatalf("%+q added a line", value)
	}
}

func TestNoValueAddsATagALineOrAHeader(t *testing.T) {
	text := compiled(t, "en", "For {{merge.a}}", everywhere)
	for _, v := range []string{"<script>x</script>", `"><img src=x onerror=y>`, "a\r\nBcc: x@example.com", "{{org.name}}", "{{.merge.a}}", "</title><b>", "\u2028x", "&lt;", "--><", "*a* [b](c)", "\u202ea", "\x00"} {
		addsNothing(t, text, v)
	}
	rapid.Check(t, func(t *rapid.T) {
		addsNothing(t, text, rapid.OneOf(rapid.String(), rapid.StringMatching("[<>&\"'{}./a\r\n=-]{1,12}")).Draw(t, "value"))
	})
}

func TestABraceOfTheTextStaysBesideAField(t *testing.T) {
	m, err := compiled(t, "en", "x", "\\{{{org.name}}}").Render(Values{"org.name": {"Acme"}})
	if err != nil || m.Text != "{Acme}\n" || !strings.Contains(m.HTML, "{Acme}") {
		t.Errorf("%q, %v", m.Text, err)
	}
}

func TestBracesInAValueAreData(t *testing.T) {
	m, err := compiled(t, "en", "x", "{{merge.a}}").Render(Values{"merge.a": {"{{org.name}} {{.x}}"}})
	if err != nil || m.Text != "{{org.name}} {{.x}}\n" {
		t.Errorf("%q, %v", m.Text, err)
	}
}

func TestTheTextPartIsolatesAValueThatSteers(t *testing.T) {
	m, err := compiled(t, "en", "{{merge.a}}", "{{merge.a}} x").Render(Values{"merge.a": {"a\u202eb"}})
	if err != nil || m.Text != "\u2068a\u202eb\u2069 x\n" || m.Subject != "\u2068a\u202eb\u2069" {
		t.Errorf("%+q %+q %v", m.Text, m.Subject, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{everywhere, "{{", "[x](<{{org.name}}>)", "&#123;{x}}", "<a\n{{org.name}}>", "```{{\n", "[{{org.name}}]: https://example.com\n\n[x][{{org.name}}]", "\\{{org.name}}", "| {{org.name}} |\n|-|"} {
		f.Add(s)
	}
	for _, bomb := range bombs(4 << 10) {
		f.Add(bomb)
	}
	f.Fuzz(func(t *testing.T, body string) {
		begun := time.Now()
		defer func() {
			if took := time.Since(begun); took > 5*time.Second { // a hundred times what it takes
				t.Fatalf("%d bytes take %s", len(body), took)
			}
		}()
		s, err := Source{Locale: "en", Subject: "x", Body: body}.Compile()
		if err != nil {
			return
		}
		text, err := s.Load()
		if err != nil {
			t.Fatalf("compiled and not loaded: %v", err)
		}
		v := Values{}
		for _, field := range s.Fields {
			v[field.Key()] = []string{"https://example.com/"}
		}
		m, err := text.Render(v)
		if err != nil {
			t.Fatalf("compiled and not rendered: %v", err)
		}
		onlyKnownTags(t, m.HTML)
	})
}

var knownTag = regexp.MustCompile(`^</?(!DOCTYPE|html|head|meta|title|body|table|thead|tbody|tr|td|th|h[1-6]|p|ul|ol|li|a|bdi|em|strong|del|code|pre|blockquote|br|hr)[ />]`)

func onlyKnownTags(t interface{ Fatalf(string, ...any) }, html string) {
	for _, tag := range shape(html) {
		if !knownTag.MatchString(tag) || regexp.MustCompile(`(?i)\son\w+=|javascript:|src=|@import|url\(`).MatchString(tag) {
			t.Fatalf("the page carries %s", tag)
		}
	}
}

func TestLinksAreHeldAgainstApprovedHosts(t *testing.T) {
	s := compiled(t, "en", "x", "[a](https://Help.example.com/x)\n\n[b]({{contact.url}})").Skeleton()
	facts := Values{"contact.url": {"https://www.example.com/"}}
	if err := s.CheckLinks([]string{"help.example.com", "www.example.com"}, facts); err != nil {
		t.Error(err)
	}
	err := s.CheckLinks([]string{"example.com", "help.example.com"}, facts)
	if diff := cmp.Diff([]string{"body text_link_not_approved 3"}, said(t, err)); diff != "" {
		t.Error(diff)
	}
	err = s.CheckLinks([]string{"help.example.com", "evil.example"}, Values{"contact.url": {"https://u@evil.example"}})
	if diff := cmp.Diff([]string{"body link_user 3"}, said(t, err)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkRender(b *testing.B) {
	text := compiled(b, "en", "For {{merge.a}}", everywhere+strings.Repeat("Some more words of a notice.\n\n", 60))
	v := Values{"merge.a": {"Ada Lovelace"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := text.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}
