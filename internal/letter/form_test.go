package letter

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

// go-mail is the judge of what a letter is: the form must give its bytes,
// whatever the text, the sender, the person and their values are.
func TestAFormGivesWhatGoMailBuilds(t *testing.T) {
	words := rapid.SampledFrom([]string{"Dear", "{{merge.a}}", "{{list merge.b}}", "we", "lost", "é", "甲斐", "=", ".", "--", "{{contact.url}}", "a\tb", strings.Repeat("x", 80),
		"[page]({{contact.url}})", "\n\n", "\n\n- ", "\n\n# ", "  \n", "*no*", "`code`", "{{notice.code}}", strings.Repeat("word ", 30), "\n\n| {{merge.a}} | b |\n|-|-|\n| c | {{list merge.b}} |\n\n"})
	values := rapid.OneOf(rapid.String(), rapid.StringMatching("[-=_.?a \t<>@:é]{1,90}"), rapid.SampledFrom([]string{"https://example.com/?a=b", "=?utf-8?q?x?=", "Zoë", "trailing ", ".", "\u202elive"}))
	rapid.Check(t, func(t *rapid.T) {
		source := notice.Source{Locale: "en", Subject: strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"About", "{{merge.a}}", "=?x?=", "Zoë", strings.Repeat("w", 70), "{{notice.code}}"}), 1, 4).Draw(t, "subject"), " "),
			Body: strings.Join(rapid.SliceOfN(words, 1, 25).Draw(t, "body"), " ")}
		skeleton, err := source.Compile()
		if err != nil {
			return // not every heap of words is a text
		}
		text, err := skeleton.Load()
		if err != nil {
			t.Fatal(err)
		}
		sender := Sender{From: "notice@acme.example", FromName: rapid.SampledFrom([]string{"", "Acme", "Acme & Söhne", strings.Repeat("Acme und Söhne ", 9), `"x", <y>`}).Draw(t, "from"), ReplyTo: rapid.SampledFrom([]string{"", "help@acme.example"}).Draw(t, "reply")}
		c, err := New(text, sender)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // one form, several people
			sameAsGoMail(t, c, Person{Address: drawAddress(t), MessageID: rapid.StringMatching("[a-z0-9]{1,90}").Draw(t, "id") + "@acme.example", Date: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0),
				Values: notice.Values{"merge.a": {values.Draw(t, "a")}, "merge.b": {values.Draw(t, "b"), values.Draw(t, "c")}, "contact.url": {values.Draw(t, "url")}, "notice.code": {"AB12-CD34"}}})
		}
	})
}

func drawAddress(t *rapid.T) mailaddr.Address {
	a, err := mailaddr.Parse(rapid.SampledFrom([]string{"ada@example.com", "甲斐@example.com", "o'neil+x@example.com", strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + ".example"}).Draw(t, "to"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sameAsGoMail(t *rapid.T, c *Composer, p Person) {
	m, wantErr := c.text.Render(p.Values)
	got, err := c.Compose(p)
	if wantErr != nil || err != nil {
		f, _ := fault.As(wantErr)
		if f == nil || !fault.Is(err, f.Code) {
			t.Fatalf("composing fails with %v, rendering with %v", err, wantErr)
		}
		return
	}
	want, err := c.build(p, m)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the form gives\n%q\nand go-mail\n%q", got, want)
	}
}

func TestATooLongTextIsFoundInTheForm(t *testing.T) {
	c := composer(t, "About {{merge.a}}", "{{merge.a}}")
	for code, value := range map[string]string{"subject_too_long": strings.Repeat("x", 250), "output_too_long": strings.Repeat("x", 250) + strings.Repeat("<", 100_000)} {
		if _, err := c.Compose(person(t, "ada@example.com", value)); !fault.Is(err, code) && !fault.Is(err, "subject_too_long") {
			t.Errorf("%s: %v", code, err)
		}
	}
	c = composer(t, "About", "{{merge.a}}")
	if _, err := c.Compose(person(t, "ada@example.com", strings.Repeat("<", 100_000))); !fault.Is(err, "output_too_long") {
		t.Error(err)
	}
	if _, err := c.Compose(person(t, "ada@example.com", strings.Repeat("é", 120_000))); !errors.Is(err, ErrTooLarge) { // encoded, each is six bytes
		t.Error(err)
	}
}
