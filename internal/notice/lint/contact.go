package lint

// lines names the items that are told by the contact lines of agencies. An item
// of the recipient's own state has none here: see stateOf.
var lines = map[string][]string{"cra_contact": {"equifax", "experian", "transunion"}, "cra_website": {"equifax", "experian", "transunion"}, "ftc_contact": {"ftc"}}

// ofState are the items that need a line of the attorney general of the state
// where the reader lives, with the field that holds it.
var ofState = map[string]bool{"state_ag_contact": true, "remediation_services": true}

const stateField = "contacts.state_ag"

// inPlace looks for an item as the people of one place read it: contact lines
// must be those of their state.
func (c *checker) inPlace(r *reading, p pair, it Item) hit {
	h := r.find(it)
	if ids, ok := lines[it.ID]; ok {
		return c.agencies(r, it, ids, h)
	}
	state, known := c.stateOf(p.jurisdiction)
	if !ofState[it.ID] || !known {
		return h
	}
	line, there := r.mentions(state)
	switch {
	case there && it.ID == "state_ag_contact":
		return hit{Present, line, r.under(line)}
	case there && h.result != Present:
		return r.findWith(it, stateField)
	case there:
		return h
	case r.fields[stateField] > 0 && r.facts[stateField] == "":
		return hit{result: CannotTell, line: r.fields[stateField]}
	}
	return hit{result: Missing}
}

// agencies looks for each of some agencies, where the data knows them: by its
// domains, its telephone numbers, or its name.
func (c *checker) agencies(r *reading, it Item, ids []string, h hit) hit {
	found, known := 0, 0
	for _, contact := range c.Contacts {
		for _, id := range ids {
			if contact.ID != id {
				continue
			}
			known++
			if line, ok := r.mentions(contact); ok {
				found++
				h.line = line
			}
		}
	}
	field, there := r.has(it.Fields...)
	switch {
	case known == 0:
		return h
	case found == known:
		return hit{Present, h.line, r.under(h.line)}
	case !there:
		return h // words may tell
	case r.facts[it.Fields[0]] == "":
		return hit{Present, field, r.under(field)} // the value is not there yet; preflight refuses without it
	}
	if ok, line := r.worded(it); ok {
		return hit{Present, line, r.under(line)}
	}
	return hit{result: Missing, line: field}
}

// stateOf gives the attorney general of a place.
func (c *checker) stateOf(jurisdiction string) (Contact, bool) {
	contact, known := c.state[jurisdiction]
	return contact, known
}

// mentions tells whether a text names an agency: by a domain, or by a number.
func (r *reading) mentions(contact Contact) (line int, ok bool) {
	for _, d := range contact.Domains {
		for _, host := range []string{d, "www." + d} {
			if line, ok = r.names[host]; ok {
				return line, true
			}
		}
	}
	for _, p := range contact.Phones {
		if line, ok = r.phones[digits(p)]; ok {
			return line, true
		}
	}
	return 0, false
}

// findWith looks for an item as if one field were there.
func (r *reading) findWith(it Item, field string) hit {
	with := *r
	with.fields = map[string]int{field: 1}
	for f, line := range r.fields {
		with.fields[f] = line
	}
	return with.look(it)
}
