package regime

import (
	"fmt"
	"slices"
)

func readRule(o *object) rule {
	r := rule{Origin: Origin{Regime: idOf(o), Name: o.text("name"), Jurisdiction: jurisdictionOf(o)}, aliases: places(o, "aliases")}
	r.Sector = oneOf(o, "kind", "general", "sector") == "sector"
	o.within("applies_when", func(a *object) { r.residency, r.profiles = places(a, "residency"), slugs(a, "profiles") })
	r.status = oneOf(o, "status", InForce, Coming, Repealed)
	r.from = o.dateOr("effective_from")
	r.Citation, r.AsOf, r.Note = o.text("citation"), o.date("as_of"), o.textOr("note")
	r.Confidence = oneOf(o, "confidence", High, Medium, Low)
	r.low = o.texts("low_confidence_fields")
	for _, id := range o.texts("sources") {
		r.Sources = append(r.Sources, Source{ID: id})
	}
	readDuties(o, &r)
	o.within("content", func(c *object) { r.content = readContent(c) })
	o.within("credit_monitoring", func(c *object) { r.monitoring = readMonitoring(c) })
	o.within("email", func(e *object) {
		r.email = email{primary: oneOf(e, "primary", channels...), restrictions: among(e, "restrictions", restrictions...), note: e.textOr("note")}
	})
	o.within("substitute_notice", func(n *object) { r.substitute = readSubstitute(n) })
	return r
}

// channels are the rules for e-mail, from free to strict.
var channels = []string{"any_effective_channel", "any_reasonable_form", "electronic_allowed", "on_file", "registered_channel", "actual_notice_in_writing",
	"previously_used_method", "prior_business_relationship", "esign_or_primary_means", "primary_means", "primary_means_with_safeguards_or_esign",
	"consent_relationship_or_online_business", "consent_or_online_business", "esign", "consent", "unspecified"}

var restrictions = []string{"not_to_compromised_email_account", "no_request_for_personal_information",
	"no_link_to_request_for_personal_information", "phishing_warning_required", "second_electronic_channel_required"}

func readDuties(o *object, r *rule) {
	o.within("individual_notice", func(i *object) {
		r.individual = individual{required: i.truth("required"), condition: i.textOr("condition"), harmException: i.answer("harm_exception"), delay: i.answer("law_enforcement_delay")}
		i.within("deadline", func(d *object) { r.individual.deadline = readDeadline(d) })
	})
	seen := map[string]int{}
	o.each("regulator_notice", func(n *object) {
		duty := readRegulator(n)
		duty.id = duty.toID
		if seen[duty.toID]++; seen[duty.toID] > 1 {
			duty.id = fmt.Sprintf("%s.%d", duty.toID, seen[duty.toID])
		}
		r.regulators = append(r.regulators, duty)
	})
	o.within("cra_notice", func(p *object) { r.agencies = readPress(p) })
	o.within("media_notice", func(p *object) { r.media = readPress(p) })
	o.each("milestones", func(m *object) {
		stone := milestone{id: idOf(m), note: m.textOr("note")}
		m.within("deadline", func(d *object) { stone.deadline = readDeadline(d) })
		r.milestones = append(r.milestones, stone)
	})
}

func readRegulator(o *object) regulator {
	n := regulator{to: o.text("to"), toID: slug(o, "to_id"), when: o.texts("when"), templateCopy: o.answer("template_copy"), citation: o.text("citation"), note: o.textOr("note")}
	o.withinOr("threshold", func(t *object) { n.threshold = readThreshold(t) })
	o.within("deadline", func(d *object) { n.deadline = readDeadline(d) })
	o.each("also", func(d *object) { n.also = append(n.also, readDeadline(d)) })
	return n
}

func readPress(o *object) press {
	p := press{required: o.truth("required"), note: o.textOr("note")}
	if !p.required && o.keys != nil && !(o.null("threshold") && o.null("deadline")) {
		o.wrong("required", "true where there is a threshold or a deadline")
		o.left = nil
	}
	if p.required {
		o.withinOr("threshold", func(t *object) { p.threshold = readThreshold(t) })
		o.within("deadline", func(d *object) { p.deadline = readDeadline(d) })
	}
	return p
}

func readThreshold(o *object) Threshold {
	return Threshold{Op: oneOf(o, "op", Over, AtLeast, Below), Count: o.number("count"), Basis: oneOf(o, "basis", Residents, Total, AtOnce)}
}

// mostValue bounds what a deadline counts, so that no date leaves the calendar.
const mostValue = 10_000

func readDeadline(o *object) Deadline {
	d := Deadline{Kind: oneOf(o, "kind", Fixed, NoFixedLimit, NotLaterThan, BeforeNotice, Annual, NoneByThisRule), Value: o.numberOr("value"), From: o.textOr("from")}
	if !o.null("unit") {
		d.Unit = oneOf(o, "unit", Hours, CalendarDays, BusinessDays, Months)
	}
	d.Soft = oneOf(o, "authority", byRule, byGuidance) == byGuidance
	d.Text = o.words("text")
	if want := d.lacks(); want != "" && o.keys != nil {
		o.wrong("kind", want)
	}
	return d
}

// lacks says what a deadline of this kind needs and does not have.
func (d Deadline) lacks() string {
	counted := d.Value > 0 && d.Value <= mostValue && d.Unit != ""
	bare := d.Value == 0 && d.Unit == ""
	switch d.Kind {
	case Fixed:
		if !counted || d.From == "" {
			return "fixed, with a value up to 10000, a unit and an event"
		}
	case Annual:
		if !counted || d.Unit != CalendarDays || d.From != yearEnd {
			return "annual, with calendar days from " + yearEnd
		}
	case NotLaterThan, BeforeNotice:
		if !bare || d.From != noticeSent {
			return string(d.Kind) + ", without a value, from " + noticeSent
		}
	case NoFixedLimit, NoneByThisRule:
		if !bare || d.From != "" {
			return string(d.Kind) + ", without value, unit and event"
		}
	}
	return ""
}

func readContent(o *object) content {
	c := content{title: o.textOr("title"), headings: o.texts("headings"), required: o.texts("required"), prohibited: o.texts("prohibited")}
	o.each("required_if", func(i *object) {
		c.requiredIf = append(c.requiredIf, requiredIf{all: i.texts("all"), any: i.texts("any"), ids: i.texts("ids")})
	})
	o.within("format", func(f *object) {
		c.format = format{minFont: f.numberOr("min_font_pt"), plain: f.answer("plain_language"), clear: f.answer("clear_and_conspicuous")}
	})
	return c
}

func readMonitoring(o *object) monitoring {
	m := monitoring{required: o.truth("required"), months: o.numberOr("months"), whenAll: o.texts("when_all"), whenAny: o.texts("when_any"), note: o.textOr("note")}
	if !o.null("kind") {
		m.kind = oneOf(o, "kind", "credit_monitoring", "identity_theft_prevention")
	}
	if _, there := o.keys["months"]; there && m.required && m.months == 0 {
		o.wrong("months", "a number where monitoring is required")
	}
	return m
}

func readSubstitute(o *object) substitute {
	n := substitute{available: o.truth("available"), costOver: o.numberOr("cost_over"), currency: o.textOr("currency"), classOver: o.numberOr("class_over"),
		insufficient: o.answer("insufficient_contact"), minMissing: o.numberOr("min_missing_contacts"), methods: slugs(o, "methods"),
		websiteDays: o.numberOr("website_days"), tollfreeDays: o.numberOr("tollfree_days"), alternative: o.textOr("alternative"), note: o.textOr("note")}
	if !o.null("rule") {
		n.rule = oneOf(o, "rule", "all", "any_two", "any_one", "email_and_one_other")
	}
	if _, there := o.keys["currency"]; there && (n.costOver > 0) != (n.currency != "") {
		o.wrong("currency", "the currency of cost_over, and null without it")
	}
	return n
}

// among reads a list of texts out of a few.
func among(o *object, key string, allowed ...string) []string {
	all := o.texts(key)
	for _, text := range all {
		if !slices.Contains(allowed, text) {
			o.wrong(key, "a list out of those that the schema names")
		}
	}
	return all
}

// slugs reads a list of names.
func slugs(o *object, key string) []string {
	all := o.texts(key)
	for _, text := range all {
		if !isSlug(text) {
			o.wrong(key, slugWanted)
		}
	}
	return all
}
