package phrase

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Day writes a day in UTC in the words of a language.
func (l Language) Day(at time.Time) string {
	at = at.UTC()
	values := map[string]any{"day": at.Day(), "month": l.Say(fmt.Sprintf("day_month_%d", at.Month()), nil), "year": at.Format("2006")}
	if at.Day() == 1 {
		return l.Say("day_written_first", values)
	}
	return l.Say("day_written", values)
}

// Day writes a day in UTC in the words of a locale where we have them, and else
// as a date of ISO 8601.
func Day(locale string, at time.Time) string {
	if l, ok := Spoken(Primary(locale)); ok {
		return l.Day(at)
	}
	return at.UTC().Format(time.DateOnly)
}

// IsLocale tells whether a tag of BCP 47 is one as we write it, such as en or pt-BR.
func IsLocale(tag string) bool {
	parsed, err := language.Parse(tag)
	return err == nil && parsed != language.Und && strings.EqualFold(parsed.String(), tag)
}

// Primary gives the language of a locale, such as de of de-AT.
func Primary(locale string) string {
	lang, _, _ := strings.Cut(locale, "-")
	return strings.ToLower(lang)
}
