package phrase

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Place names a place of ISO 3166-1 or -2 with its code beside it; one whose
// name is not known stays its code.
func Place(code string) string {
	name := ""
	if Has("place_" + code) {
		name = Say("place_"+code, nil)
	} else if region, err := language.ParseRegion(code); err == nil && region.IsCountry() {
		name = display.English.Regions().Name(region)
	}
	if name == "" {
		return code
	}
	return Say("place_named", map[string]any{"name": name, "code": code})
}

// Speech names a language with its tag beside it; one whose name is not known
// stays its tag.
func Speech(locale string) string {
	tag, err := language.Parse(locale)
	if err != nil {
		return locale
	}
	name := display.English.Tags().Name(tag)
	if name == "" {
		return locale
	}
	return Say("speech_named", map[string]any{"name": name, "code": locale})
}
