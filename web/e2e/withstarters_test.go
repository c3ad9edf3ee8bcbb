package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sixPlaces are people of six places who read three languages.
const sixPlaces = "places.csv\nemail,name,jurisdiction,language\nmae@example.com,Mae,US-MA,en\ncal@example.com,Cal,US-CA,en\ntex@example.com,Tex,US-TX,es\nder@example.com,Der,DE,de\nana@example.com,Ana,AT,de\ngil@example.com,Gil,GB,en\n"

// TestStartersServeSixPlacesInThreeLanguages goes as legal from starters to an
// approved plan for a cohort of six places, each of which hears what its law asks.
func TestStartersServeSixPlacesInThreeLanguages(t *testing.T) {
	s := newScene(t)
	bo := open(t, desk)
	bo.signInAs("Bo")
	s.incident = bo.newIncident("A breach in six places")
	s.cohort = s.frozenOf("Six places", sixPlaces)

	bo.visit(s.incident + "/notices")
	bo.fill("name", "Six places are told")
	eval[bool](bo, `document.querySelector('[name=starter][value=us-general]').checked = true; true`)
	bo.click("New notice")
	editor := bo.where()
	for _, more := range []string{"eu-gdpr", "uk-gdpr"} {
		bo.fill("starter", more)
		bo.click("Add them")
	}
	bo.whole(true)
	eval[bool](bo, `document.querySelectorAll("textarea").forEach((text) => { text.value = text.value.replace(/ \{\{org\.name\}\}[^\n]{0,40}\{\{org\.parent\}\}\./g, "") }); true`) // it has none
	bo.presses("Save")
	bo.says("= 6")

	bo.visit(s.incident + "/facts")
	bo.says("What notices quote", "we have words to begin with")
	bo.whole(true)
	bo.says("The same in German (de)", "The same in Spanish (es)")
	bo.click("English")
	bo.says("Our words stand in")
	bo.whole(true)
	for name, value := range map[string]string{"summary": "Strangers read a mailbox of ours.", "events.discovery": "2026-11-02", "data_types": "Names\nSocial Security numbers",
		"texts.incident.date": "1 November 2026", "offer.months": "24", "offer.provider": "Good Monitors Ltd", "offer.enrol_url": "https://larkfield.test/offer"} {
		eval[bool](bo, fmt.Sprintf(`document.getElementsByName(%q)[0].value = %q; true`, name, value))
	}
	eval[bool](bo, `document.querySelectorAll("#quoted ~ div textarea:not([name^='translations.'])").forEach((text) => { text.value = text.value || "What is told of " + text.name }); true`)
	bo.click("Save")
	bo.states("de", "German")
	bo.states("es", "Spanish")
	bo.states("fr", "French")
	bo.visit(editor)
	bo.presses("Submit")
	bo.says("In review")
	if found := bo.text(); strings.Contains(found, "that the law of a place asks for") {
		t.Fatalf("the law asks for more: %s", found)
	}
	s.version = bo.where()
	bo.whole(true)

	ada := open(t, desk)
	ada.signInAs("Ada")
	ada.visit(s.version)
	eval[bool](ada, `document.querySelectorAll("main details").forEach((d) => { d.open = true }); true`)
	ada.says("Massachusetts (US-MA)\tEnglish (en)\ten, US-MA\t1")
	if strings.Contains(ada.text(), "nobody stated in its language") {
		t.Errorf("a text quotes what another language states: %s", ada.text())
	}
	if told := s.hears(); !maps.Equal(told, map[string]bool{"en": true, "de": true, "es": true, "fr": true}) {
		t.Errorf("texts tell in %v", told)
	}
	s.people["Ada"].does(s.version+"/approve", s.version+"/approve", nil)
	cem, page := s.people["Cem"], s.incident+"/campaigns/new"
	cem.does(page, page, map[string]string{"name": "Six places", "cohort_id": last(s.cohort), "version_id": last(s.version), "sender_id": "snd_1", "relays": "rel_1"})
	plan := "/campaigns/" + last(s.newestCampaign(s.incident+"/campaigns"))
	cem.await(plan, "Waits for legal")
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	ada.visit(plan)
	ada.says("Approved")
}

// states takes our words for a language of the facts, and writes what is left.
func (w *window) states(locale, language string) {
	w.t.Helper()
	w.visit(w.where() + "/facts")
	w.click(language)
	w.says("Our words stand in")
	w.whole(true)
	eval[bool](w, fmt.Sprintf(`document.querySelectorAll("textarea[name^='translations.%[1]s.']").forEach((text) => { text.value = text.value || "What is told in %[1]s" }); true`, locale))
	w.click("Save")
}

// hears gives the languages in which each text of the version tells what was stated.
func (s *scene) hears() map[string]bool {
	s.t.Helper()
	told := map[string]bool{}
	for i := 0; ; i++ {
		letter := s.people["Ada"].get(fmt.Sprintf("%s/frame?format=text&variant=%d", s.version, i))
		if letter.status != http.StatusOK {
			return told
		}
		var in []string
		for _, m := range statedIn.FindAllStringSubmatch(letter.body, -1) {
			in = append(in, strings.Replace(m[1], "of", "en", 1))
		}
		slices.Sort(in)
		told[strings.Join(slices.Compact(in), " and ")] = true
	}
}

var statedIn = regexp.MustCompile(`What is told (?:in )?(of|de|es|fr)`)
