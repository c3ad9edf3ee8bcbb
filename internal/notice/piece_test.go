package notice

import (
	"bytes"
	"html/template"
	"strings"
	"testing"
	texttemplate "text/template"

	"pgregory.net/rapid"
)

// The template packages are the judge of what a rendered text is: pieces must
// give what they give, whatever the values are and wherever fields stand.
func TestPiecesGiveWhatTheTemplatesGive(t *testing.T) {
	text := compiled(t, "en", "About {{merge.a}} {x}", "# {{merge.b}}\n\nDear {{merge.a}} & {not a field},\n\n- {{list merge.c}}\n- [page]({{contact.url}}) [mail](mailto:{{contact.email}}) "+
		"[call](tel:{{contact.phone}}) [deep](https://help.example.com/{{offer.months}}/x?y={{org.name}}&z=1#{{org.parent}})\n\n| {{merge.a}} | {{merge.b}} |\n|-|-|\n| a{ {{merge.a}} | 'q' \"r\" |\n\n`{x}`\n")
	hostile := rapid.OneOf(rapid.String(), rapid.StringMatching("[<>&\"'+=/:?#%{}. a-zé\u202e]{1,40}"), rapid.SampledFrom([]string{
		"javascript:alert(1)", "https://example.com/?a=1&b=%20", "#ZgotmplZ", "{{merge.a}}", "\u202elive", "+49 30 123", "a@example.com", "//x", "data:text/html,x"}))
	rapid.Check(t, func(t *rapid.T) {
		v := Values{}
		for _, f := range text.skeleton.Fields {
			v[f.Key()] = []string{hostile.Draw(t, f.Key())}
		}
		f, err := text.Fill(v)
		if err != nil {
			return // a value of blanks
		}
		for part, is := range map[string]string{"subject": Join(text.pieces.Subject, f), "text": Join(text.pieces.Text, f), "html": Join(text.pieces.HTML, f)} {
			if want := text.judged(t, part, f); is != want {
				t.Fatalf("the %s part is\n%q\nand the template gives\n%q", part, is, want)
			}
		}
	})
}

// judged executes the template of a part over the same values.
func (text *Text) judged(t *rapid.T, part string, f Filled) string {
	data := map[string]map[string]string{}
	for i, field := range text.skeleton.Fields {
		group, name, _ := strings.Cut(field.place(), ".")
		if data[group] == nil {
			data[group] = map[string]string{}
		}
		if data[group][name] = f.plain[i]; part == "html" {
			data[group][name] = f.html[i]
		}
	}
	var out bytes.Buffer
	err := error(nil)
	switch part {
	case "subject":
		err = texttemplate.Must(texttemplate.New("").Parse(text.skeleton.Subject)).Execute(&out, data)
	case "text":
		err = texttemplate.Must(texttemplate.New("").Parse(text.skeleton.Text)).Execute(&out, data)
	default:
		err = template.Must(template.New("").Parse(text.skeleton.HTML)).Execute(&out, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAForeignSkeletonIsNotLoaded(t *testing.T) {
	for name, s := range map[string]Skeleton{
		"a branch":              {Text: "{{if .merge}}x{{end}}"},
		"a field not listed":    {Text: "{{.merge.a}}"},
		"a function":            {Text: "{{print 1}}"},
		"a value in a script":   {HTML: "<script>{{.merge.a}}</script>", Fields: []Field{{Group: "merge", Name: "a"}}},
		"a value without quote": {HTML: "<a title={{.merge.a}}>", Fields: []Field{{Group: "merge", Name: "a"}}},
		"a broken template":     {Subject: "{{"},
	} {
		if _, err := s.Load(); err == nil {
			t.Errorf("%s was loaded", name)
		}
	}
}
