package incident

import (
	"forthwith/internal/fault"
)

// Organisation is who sends the notices, as versions.
type Organisation struct {
	Name     string            `json:"name"`
	Parent   string            `json:"parent,omitempty"`
	Contacts map[string]string `json:"contacts"` // phone, tollfree, email, url, postal, in_app
	DPO      map[string]string `json:"dpo"`      // name, email, phone
	Profiles []string          `json:"profiles"`
	Holidays []string          `json:"holidays"` // dates on which no business day falls
}

// Check refuses an organisation that cannot be kept.
func (o Organisation) Check() error {
	wrong := appendText(nil, "name", o.Name, longestName, true)
	wrong = appendText(wrong, "parent", o.Parent, longestName, false)
	wrong = appendMap(wrong, "contacts", o.Contacts)
	wrong = appendMap(wrong, "dpo", o.DPO)
	for _, day := range o.Holidays {
		if at, err := ParseEvent(day); err != nil || at.Format("2006-01-02") != day {
			wrong = append(wrong, fault.Field{Name: "holidays", Code: "event_not_a_date", Values: fault.Values{"name": "holidays"}})
		}
	}
	return fault.Wrongs(wrong)
}

// Normalise replaces what was left out by what it stands for.
func (o Organisation) Normalise() Organisation {
	if o.Contacts == nil {
		o.Contacts = map[string]string{}
	}
	if o.DPO == nil {
		o.DPO = map[string]string{}
	}
	if o.Profiles == nil {
		o.Profiles = []string{}
	}
	if o.Holidays == nil {
		o.Holidays = []string{}
	}
	return o
}

// Fields gives the merge fields that the organisation fills.
func (o Organisation) Fields() map[string]string {
	out := map[string]string{}
	put(out, "org.name", o.Name)
	put(out, "org.parent", o.Parent)
	for name, text := range o.Contacts {
		put(out, "contact."+name, text)
	}
	for name, text := range o.DPO {
		put(out, "dpo."+name, text)
	}
	return out
}
