package lint

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hit is what came of looking for one item.
type hit struct {
	result  Result
	line    int
	heading string
}

// needs lists, for items that one field does not make, the fields of which one
// is needed from each group.
var needs = map[string][][]string{
	"time_frame_of_exposure":      {{"incident.date_range", "incident.date"}, {"incident.discovered_on"}},
	"credit_monitoring_offer":     {{"offer.provider", "offer.description"}, {"offer.months"}},
	"credit_monitoring_enrolment": {{"offer.enrol_url", "offer.enrol_phone"}, {"offer.enrol_by"}},
	"remediation_services":        {{"offer.description"}, {"contacts.cra"}, {"contacts.state_ag"}},
	"state_agency_info":           {{"contacts.state_agencies", "contacts.state_ag"}, {"contacts.ftc"}},
	"dpo_contact":                 {{"dpo.email", "dpo.phone"}},
}

// twoChannels is the item that two of its fields make.
const twoChannels = "entity_contact_two_channels"

// own names the items that a heading is about: with words below it, they are
// said. Other items may stand under it, or not.
var own = map[string]string{
	"incident_description": "What Happened", "nature_of_breach": "What Happened",
	"data_types": "What Information Was Involved", "measures_taken": "What We Are Doing",
	"protective_steps": "What You Can Do", "likely_consequences": "What this means for you",
}

// allWords are the items whose keywords must all stand there: each agency is
// one of three.
var allWords = map[string]bool{"cra_contact": true, "cra_website": true}

// weak are the items whose keywords stand in other sentences too.
var weak = map[string]bool{
	"law_enforcement_delay_statement": true, "report_identity_theft_advice": true, "data_types": true,
	"regulator_notified_statement": true, "security_freeze_free": true, "state_agency_info": true, "state_ag_contact": true,
}

// find looks for an item in a text, whoever reads it.
func (r *reading) find(it Item) hit {
	h, known := r.hits[it.ID]
	if !known {
		h = r.look(it)
		r.hits[it.ID] = h
	}
	return h
}

func (r *reading) look(it Item) hit {
	if line, ok := r.structured(it); ok {
		return hit{Present, line, r.under(line)}
	}
	if h, ok := r.section(own[it.ID]); ok {
		return hit{Present, h.line, h.text}
	}
	unsure := false
	if words, line := r.worded(it); words {
		if it.Check == "auto" && !weak[it.ID] {
			return hit{Present, line, r.under(line)}
		}
		unsure = true
	}
	_, near := r.section(it.Headings...)
	sayable := len(it.Keywords) > 0 || len(it.Headings) > 0
	if unsure || near && it.Check != "auto" || sayable && r.lang != "en" || it.Check == "manual" {
		return hit{result: CannotTell}
	}
	return hit{result: Missing}
}

// structured looks for the merge fields that make an item, or for their values
// where an author wrote them out.
func (r *reading) structured(it Item) (line int, ok bool) {
	if it.ID == twoChannels {
		found := slices.DeleteFunc(slices.Clone(it.Fields), func(f string) bool { _, there := r.has(f); return !there })
		if len(found) < 2 {
			return 0, false
		}
		return r.has(found...)
	}
	groups, special := needs[it.ID]
	if !special {
		return r.has(it.Fields...)
	}
	for _, g := range groups {
		at, there := r.has(g...)
		if !there {
			return 0, false
		}
		line = max(line, at)
	}
	return line, true
}

// worded looks for the words of an item in the text's language.
func (r *reading) worded(it Item) (ok bool, line int) {
	words := Keywords(it, r.lang)
	found := 0
	for _, w := range words {
		if !containsWord(r.told, w) {
			continue
		}
		found++
		line = max(line, r.lineWith(w))
	}
	if allWords[it.ID] {
		return found == len(words) && found > 0, line
	}
	return found > 0, line
}

// Keywords gives the words that tell of an item in a language: those of the
// data are English, ours are Spanish, French and German.
func Keywords(it Item, lang string) []string {
	if lang == "en" {
		return it.Keywords
	}
	if allWords[it.ID] {
		return it.Keywords // names of agencies
	}
	return told[lang][it.ID]
}

// containsWord finds words that begin where a word begins. Both are lower case.
func containsWord(text, words string) bool {
	words = strings.ToLower(words)
	for from := 0; words != ""; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return false
		}
		at := from + i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(words):])
		if (at == 0 || !isWord(before)) && (at+len(words) == len(text) || !isWord(after)) {
			return true
		}
		from = at + len(words)
	}
	return false
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// overlaps tells whether whatever makes one item makes the other too: no text
// can carry the first and be without the second.
func overlaps(required, prohibited Item) bool {
	if len(required.Fields) == 0 {
		return false
	}
	for _, f := range required.Fields {
		if !slices.Contains(prohibited.Fields, f) {
			return false
		}
	}
	return true
}
