package lint

import (
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// footing says what a rule wants to hold before an e-mail counts.
type footing uint8

// Footings, from free to strict.
const (
	free    footing = iota // e-mail is as good as a letter
	stated                 // something must be so that only a person knows
	consent                // each person must have agreed
)

// footings holds every word of email.primary. One that is not listed is asked
// about.
var footings = map[string]footing{
	"any_effective_channel": free, "any_reasonable_form": free, "electronic_allowed": free, "on_file": free,
	"registered_channel": free, "unspecified": free, "actual_notice_in_writing": free,
	"previously_used_method": stated, "prior_business_relationship": stated, "esign_or_primary_means": stated,
	"primary_means": stated, "primary_means_with_safeguards_or_esign": stated,
	"consent_relationship_or_online_business": stated, "consent_or_online_business": stated,
	"esign": consent, "consent": consent,
}

// channel says where e-mail alone is not enough.
func (c *checker) channel(r *reading, p pair, law Law) {
	kind, known := footings[law.Email.Primary]
	enough := law.Email.Primary == "" || known && kind == free || p.people == p.consenting
	if !enough || c.Passed {
		f := about(r, p, law, Item{})
		f.Values["with"], f.Values["without"], f.Values["need"] = p.consenting, p.people-p.consenting, law.Email.Primary
		switch {
		case enough:
			f.Rule, f.Severity, f.Result = "email_found", Pass, Present
		case kind == consent:
			f.Rule, f.Severity, f.Result = "email_consent", Warn, Missing
		default:
			f.Rule, f.Severity, f.Result = "email_means", Ask, CannotTell
		}
		if known {
			f.Values["need"] = phrase.Say("lint_means_"+law.Email.Primary, nil)
		}
		c.add(f)
	}
	for _, restriction := range law.Email.Restrictions {
		c.restricted(r, p, law, restriction)
	}
}

// notToMailboxes forbids notices to mailboxes that the breach reached.
const notToMailboxes = "not_to_compromised_email_account"

// restricted holds a text against one restriction on e-mail.
func (c *checker) restricted(r *reading, p pair, law Law, restriction string) {
	switch restriction {
	case notToMailboxes:
		c.mailboxes(r, p, law)
	case "phishing_warning_required":
		c.safeguard(r, p, law, "phishing_warning", false)
	case "no_request_for_personal_information", "no_link_to_request_for_personal_information":
		c.safeguard(r, p, law, "link_requesting_personal_info", true)
	default:
		f := about(r, p, law, Item{})
		f.Rule, f.Severity, f.Result = "email_restriction", Ask, CannotTell
		f.Values["restriction"] = restriction
		if phrase.Has("lint_restriction_" + restriction) {
			f.Values["restriction"] = phrase.Say("lint_restriction_"+restriction, nil)
		}
		c.add(f)
	}
}

// mailboxes refuses to tell people of a breach of their mailbox by a mail to it.
func (c *checker) mailboxes(r *reading, p pair, law Law) {
	f := about(r, p, law, Item{})
	f.Values["count"] = p.atMailboxes
	switch {
	case p.atMailboxes > 0:
		f.Rule, f.Severity, f.Result = "mailbox", Block, Present
	case c.facts["email_account_credentials"] && len(c.Mailboxes) == 0:
		f.Rule, f.Severity, f.Result = "mailbox_unknown", Ask, CannotTell
	default:
		return
	}
	c.add(f)
}

// sparesMailboxes tells whether a law of a place forbids notices to them.
func (c *checker) sparesMailboxes(jurisdiction string) bool {
	return slices.ContainsFunc(c.Laws[jurisdiction], func(l Law) bool { return slices.Contains(l.Email.Restrictions, notToMailboxes) })
}

// reached asks about people who would be told at a mailbox that the breach
// reached, where no law forbids it: whoever is in it reads the notice first.
func (c *checker) reached(r *reading) {
	people := int64(0)
	for _, p := range c.Places {
		if p.Text == r.index && !slices.ContainsFunc(p.Jurisdictions, c.sparesMailboxes) {
			people += p.AtMailboxes
		}
	}
	if people > 0 {
		c.say(r, Ask, "mailbox_reached", 0, fault.Values{"count": people})
	}
}

// safeguard holds one of the conditions on which a rule lets e-mail be used
// without consent. Who agreed to e-mail may be told without it.
func (c *checker) safeguard(r *reading, p pair, law Law, id string, keepOut bool) {
	if slices.Contains(law.Required, id) || slices.Contains(law.Prohibited, id) {
		return // it is said already
	}
	it := c.item(id)
	f := about(r, p, law, it)
	f.Severity = Block
	if p.people > 0 && p.people == p.consenting {
		f.Severity = Note
	}
	if !keepOut {
		if h := r.find(it); h.result != Present {
			f.Rule, f.Result = "safeguard", h.result
			if h.result == CannotTell && f.Severity == Block {
				f.Severity = Warn
			}
			f.Values["fields"] = fieldsOf(it)
			c.add(f)
		}
		return
	}
	if s, ok := r.forbidden(it); ok {
		f.Rule, f.Result, f.Line, f.Heading = "request", Present, s.line, s.heading
		f.Values["field"] = s.words
		c.add(f)
	}
}

// speech tells of people who get a text in another language than theirs, and of
// those who get none.
func (c *checker) speech() {
	type group struct {
		text   int
		locale string
	}
	counts := map[group]int64{}
	for _, p := range c.Places {
		switch {
		case p.People == 0:
		case p.Text < 0 || p.Text >= len(c.Texts):
			counts[group{NoText, ""}] += p.People
		case p.Locale != "" && phrase.Primary(p.Locale) != phrase.Primary(c.Texts[p.Text].Locale):
			counts[group{p.Text, phrase.Primary(p.Locale)}] += p.People
		}
	}
	for g, people := range counts {
		f := Finding{Severity: Warn, Rule: "language", Result: Missing, Text: g.text, Values: fault.Values{"count": people, "language": phrase.Speech(g.locale), "item": g.locale}}
		f.Item = g.locale
		if g.text == NoText {
			f.Severity, f.Rule = Block, "no_text"
		}
		c.add(f)
	}
}

// kinds are words in the names of data that belong to a condition.
var kinds = []struct {
	condition string
	words     []string
}{
	{"ssn", []string{"social security", "ssn"}},
	{"tin", []string{"taxpayer identification", "tax identification"}},
	{"drivers_license_or_state_id", []string{"driver's license", "driver’s license", "driver's licence", "drivers license", "driving licence", "state identification", "state id"}},
	{"bank_account_number", []string{"bank account", "account number"}},
	{"login_credentials", []string{"password", "passwords", "security answer", "security answers"}},
}

// conditions tells of kinds of data that switch rules on, where the condition
// was not set.
func (c *checker) conditions() {
	for _, k := range kinds {
		for _, name := range c.DataTypes {
			named := func(w string) bool { return containsWord(lower(name), w) }
			if !c.facts[k.condition] && slices.ContainsFunc(k.words, named) {
				c.add(Finding{Severity: Ask, Rule: "condition", Result: CannotTell, Text: NoText, Item: k.condition,
					Values: fault.Values{"data": name, "condition": k.condition}})
				break
			}
		}
	}
}
