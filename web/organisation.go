package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/web/views"
)

// Organisations keeps who sends the notices.
type Organisations interface {
	Organisation(ctx context.Context, by access.Actor) (incident.Organisation, int, error)
	SetOrganisation(ctx context.Context, by access.Actor, seen int, o incident.Organisation) (int, error)
}

func (w *site) organisationRoutes(app *fiber.App) {
	w.get(app, "/organisation", w.showOrganisation)
	w.post(app, "/organisation", w.changeOrganisation)
}

// contactNames and dpoNames are the fields that the form asks for; others are
// kept as they are.
var (
	contactNames = []string{"email", "phone", "tollfree", "url", "postal", "in_app"}
	dpoNames     = []string{"name", "email", "phone"}
)

type organisationBody struct {
	Organisation  incident.Organisation
	Version       int
	Contacts, DPO []factField
	Profiles      []views.Option
	Workdays      []views.Option
	Zones         []string
	Policy        string
	Approval      string
	StaffRelays   []views.Option
	StaffSenders  []views.Option
	Unmailed      string // why staff get no mail
	MayEdit       bool
	Rows          []answer // for those who only read
}

func (v *visit) organisationPage() (views.Page, error) {
	o, version, err := v.Organisations.Organisation(v.UserContext(), v.actor())
	b := organisationBody{Organisation: o, Version: version, MayEdit: mayBy(access.EditSettings, v), Zones: strings.Fields(zoneNames)}
	if o.PolicyDays > 0 {
		b.Policy = strconv.Itoa(o.PolicyDays)
	}
	if o.ApprovalHours != nil {
		b.Approval = strconv.Itoa(*o.ApprovalHours)
	}
	if err == nil {
		err = b.mails(v)
	}
	for _, name := range contactNames {
		b.Contacts = append(b.Contacts, factField{"contacts." + name, phrase.Say("label_contacts."+name, nil), o.Contacts[name]})
	}
	for _, name := range dpoNames {
		b.DPO = append(b.DPO, factField{"dpo." + name, phrase.Say("label_dpo."+name, nil), o.DPO[name]})
	}
	if err != nil {
		return views.Page{}, err
	}
	rules, err := v.Obligations.RuleSet(v.UserContext())
	for _, t := range rules.Profiles() {
		b.Profiles = append(b.Profiles, views.Option{Value: t.ID, Text: profileName(t.ID), Hint: t.Description, Chosen: slices.Contains(o.Profiles, t.ID)})
	}
	for _, day := range slices.Concat(incident.Weekdays[1:], incident.Weekdays[:1]) {
		b.Workdays = append(b.Workdays, views.Option{Value: day, Text: phrase.Say("workday_"+day, nil), Chosen: slices.Contains(workdays(o), day)})
	}
	b.Rows = organisationRows(b)
	return views.Page{Title: phrase.Say("organisation_title", nil), Body: b}, err
}

// mails offers the relays and sender identities that may mail staff.
func (b *organisationBody) mails(v *visit) error {
	relays, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
	if err != nil {
		return err
	}
	senders, err := v.Choices.Senders.List(v.UserContext(), v.actor(), 0, mostChoices)
	if err != nil {
		return err
	}
	var now incident.StaffMail
	if m := b.Organisation.StaffMail; m != nil {
		now = *m
	} else {
		b.Unmailed = phrase.Say("staff_mail_none", nil)
	}
	nobody := views.Option{Text: phrase.Say("staff_mail_nobody", nil)}
	b.StaffRelays, b.StaffSenders = []views.Option{nobody}, []views.Option{nobody}
	for _, r := range relays {
		b.StaffRelays = append(b.StaffRelays, views.Option{Value: r.ID.String(), Text: r.Name, Chosen: r.ID == now.Relay})
	}
	for _, s := range senders {
		b.StaffSenders = append(b.StaffSenders, views.Option{Value: s.ID.String(), Text: s.Name, Chosen: s.ID == now.Sender})
	}
	return nil
}

func organisationRows(b organisationBody) []answer {
	rows := []answer{{Name: phrase.Say("label_org_name", nil), Text: orDash(b.Organisation.Name)}, {Name: phrase.Say("label_org_parent", nil), Text: orDash(b.Organisation.Parent)}}
	for _, f := range slices.Concat(b.Contacts, b.DPO) {
		rows = append(rows, answer{Name: f.Label, Text: orDash(f.Value)})
	}
	rows = append(rows, answer{Name: phrase.Say("label_approval_hours", nil), Text: orDash(b.Approval)},
		answer{Name: phrase.Say("label_staff_relay", nil), Text: orDash(chosenTexts(b.StaffRelays)), More: b.Unmailed}, answer{Name: phrase.Say("label_staff_sender", nil), Text: orDash(chosenTexts(b.StaffSenders))})
	return append(rows, answer{Name: phrase.Say("label_profiles", nil), Text: orDash(chosenTexts(b.Profiles))}, answer{Name: phrase.Say("label_org_zone", nil), Text: orDash(b.Organisation.Zone)},
		answer{Name: phrase.Say("label_workdays", nil), Text: chosenTexts(b.Workdays)}, answer{Name: phrase.Say("label_holidays", nil), Text: orDash(listed(b.Organisation.Holidays))})
}

// workdays are those that count where nobody chose any.
func workdays(o incident.Organisation) []string {
	if len(o.Workdays) == 0 {
		return incident.Weekdays[1:6]
	}
	return o.Workdays
}

// profileName says a profile in words, where the catalogue has them.
func profileName(name string) string {
	if code := "profile_" + name; phrase.Has(code) {
		return phrase.Say(code, nil)
	}
	return name
}

func chosenTexts(all []views.Option) string {
	var texts []string
	for _, o := range all {
		if o.Chosen {
			texts = append(texts, o.Text)
		}
	}
	return listed(texts)
}

func (w *site) showOrganisation(v *visit) error {
	p, err := v.organisationPage()
	if err != nil {
		return err
	}
	return v.show("organisation", p)
}

// changeOrganisation puts what the form holds over what is known; a change in
// between fails on the version that was seen.
func (w *site) changeOrganisation(v *visit) error {
	v.refused(onScreen("organisation", (*visit).organisationPage))
	seen, err := v.seen()
	if err != nil {
		return err
	}
	o, _, err := w.Organisations.Organisation(v.UserContext(), v.actor())
	if err != nil {
		return err
	}
	rules, err := w.Obligations.RuleSet(v.UserContext())
	if err != nil {
		return err
	}
	if o, err = v.organisation(o, rules); err != nil {
		return err
	}
	if _, err := w.Organisations.SetOrganisation(v.UserContext(), v.actor(), seen, o); err != nil {
		return err
	}
	return v.to("/organisation")
}

func (v *visit) organisation(o incident.Organisation, rules regime.Set) (incident.Organisation, error) {
	o.Name, o.Parent, o.Holidays = v.field("name"), v.field("parent"), lines(v.field("holidays"))
	o.Contacts = v.over(o.Contacts, "contacts.", contactNames)
	o.DPO = v.over(o.DPO, "dpo.", dpoNames)
	o.Profiles = v.ticked(o.Profiles, "profiles", rules.Profiles())
	o.Zone, o.Workdays, o.PolicyDays, o.ApprovalHours = v.field("zone"), v.form["workdays"], 0, nil
	days, err := v.wholeOrNone("policy_days")
	if err != nil {
		return o, err
	}
	if days != nil {
		o.PolicyDays = *days
	}
	if o.ApprovalHours, err = v.wholeOrNone("approval_hours"); err != nil {
		return o, err
	}
	o.StaffMail, err = v.staffMail()
	return o, err
}

// staffMail reads who mails staff.
func (v *visit) staffMail() (*incident.StaffMail, error) {
	var m incident.StaffMail
	var err error
	if text := v.field("staff_mail.relay_id"); text != "" {
		if m.Relay, err = id.ParseRelay(text); err != nil {
			return nil, fault.Wrong("staff_mail.relay_id", "relay_unknown", fault.Values{"relay": text})
		}
	}
	if text := v.field("staff_mail.sender_id"); text != "" {
		if m.Sender, err = id.ParseSender(text); err != nil {
			return nil, fault.Wrong("staff_mail.sender_id", "sender_unknown", nil)
		}
	}
	return &m, nil
}

// wholeOrNone reads a whole number that may be left out.
func (v *visit) wholeOrNone(name string) (*int, error) {
	text := v.field(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(plainNumber(text))
	if err != nil {
		return nil, fault.Wrong(name, "number_expected", fault.Values{"name": name})
	}
	return &n, nil
}
