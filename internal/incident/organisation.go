package incident

import (
	"slices"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Organisation is who sends the notices, as versions.
type Organisation struct {
	Name     string            `json:"name"`
	Parent   string            `json:"parent,omitempty"`
	Contacts map[string]string `json:"contacts"` // phone, tollfree, email, url, postal, in_app
	DPO      map[string]string `json:"dpo"`      // name, email, phone
	Profiles []string          `json:"profiles"`
	Holidays []string          `json:"holidays"` // dates on which no business day falls

	Zone       string   `json:"zone,omitempty"`        // in which days end; none: UTC
	Workdays   []string `json:"workdays,omitempty"`    // mon to sun; none: Monday to Friday
	PolicyDays int      `json:"policy_days,omitempty"` // its own limit where the law sets none; 0: none

	StaffMail *StaffMail `json:"staff_mail,omitempty"` // nil: staff get no mail

	ApprovalHours *int `json:"approval_hours,omitempty"` // after which people are told of what waits for legal; 0: never; nil: as usual
}

// StaffMail says who mails staff, and through which relay.
type StaffMail struct {
	Relay  id.Relay  `json:"relay_id"`
	Sender id.Sender `json:"sender_id"`
}

// Weekdays are the names of workdays.
var Weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Bounds and usual values.
const (
	mostPolicyDays     = 365
	mostApprovalHours  = 30 * 24
	usualApprovalHours = 4
)

// appendDays refuses what no day can be counted by.
func (o Organisation) appendDays(wrong []fault.Field) []fault.Field {
	for _, day := range o.Holidays {
		if at, err := ParseEvent(day); err != nil || at.Format("2006-01-02") != day {
			wrong = append(wrong, fault.Field{Name: "holidays", Code: "event_not_a_date", Values: fault.Values{"name": "holidays"}})
		}
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "Local" {
		wrong = append(wrong, fault.Field{Name: "zone", Code: "zone_unknown", Values: fault.Values{"zone": o.Zone}})
	}
	for _, day := range o.Workdays {
		if !slices.Contains(Weekdays, day) {
			wrong = append(wrong, fault.Field{Name: "workdays", Code: "workday_unknown", Values: fault.Values{"day": day}})
		}
	}
	if o.PolicyDays < 0 || o.PolicyDays > mostPolicyDays {
		wrong = append(wrong, fault.Field{Name: "policy_days", Code: "field_out_of_range", Values: fault.Values{"name": "policy_days", "from": 0, "to": mostPolicyDays}})
	}
	return wrong
}

// Check refuses an organisation that cannot be kept.
func (o Organisation) Check() error {
	wrong := appendText(nil, "name", o.Name, longestName, true)
	wrong = appendText(wrong, "parent", o.Parent, longestName, false)
	wrong = appendMap(wrong, "contacts", o.Contacts)
	wrong = appendMap(wrong, "dpo", o.DPO)
	if m := o.StaffMail; m != nil && m.Relay == 0 {
		wrong = append(wrong, fault.Field{Name: "staff_mail.relay_id", Code: "staff_mail_half"})
	}
	if m := o.StaffMail; m != nil && m.Sender == 0 {
		wrong = append(wrong, fault.Field{Name: "staff_mail.sender_id", Code: "staff_mail_half"})
	}
	if h := o.ApprovalHours; h != nil && (*h < 0 || *h > mostApprovalHours) {
		wrong = append(wrong, fault.Field{Name: "approval_hours", Code: "field_out_of_range", Values: fault.Values{"name": "approval_hours", "from": 0, "to": mostApprovalHours}})
	}
	return fault.Wrongs(o.appendDays(wrong))
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
	if o.StaffMail != nil && *o.StaffMail == (StaffMail{}) {
		o.StaffMail = nil
	}
	if o.ApprovalHours == nil {
		usual := usualApprovalHours
		o.ApprovalHours = &usual
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
