package web

import (
	"context"
	"strconv"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Resolver takes rulings on unclear deliveries.
type Resolver interface {
	Resolve(ctx context.Context, by access.Actor, no id.Delivery, r delivery.Resolution, reason string) error
	ResolveMany(ctx context.Context, by access.Actor, no id.Campaign, m delivery.Many) (int64, error)
}

// deliveryBody is one delivery with everything on record about it.
type deliveryBody struct {
	State     views.Said
	Reason    string
	Facts     []answer
	Hash      string
	MessageID string
	Attempts  []attemptRow
	Decisions []decisionRow
	Resolve   string // where to decide, for who may
	Duplicate bool
	Path, URL string
	Reading   string // where the text is shown as this person gets it
	Choices   []views.Option
}

type attemptRow struct {
	No      int
	At      views.When
	Relay   string
	Hash    string
	Answers []answerRow
}

type answerRow struct {
	At                                 views.When
	Phase, Code, Queue, TLS, Certified string
}

type decisionRow struct {
	At                views.When
	Who, What, Reason string
}

func (v *visit) delivery() (evidence.Detail, error) {
	no, err := id.ParseDelivery(v.Params("delivery"))
	if err != nil {
		return evidence.Detail{}, err
	}
	return v.Deliveries.Delivery(v.UserContext(), v.actor(), no)
}

func (w *site) showDelivery(v *visit) error {
	d, err := v.delivery()
	if err != nil {
		return err
	}
	p, err := v.deliveryPage(d, phrase.Say("delivery_title", map[string]any{"person": orDash(d.Email)}))
	if err != nil {
		return err
	}
	return v.show("delivery", p)
}

func (v *visit) deliveryPage(d evidence.Detail, title string) (views.Page, error) {
	c, err := v.Campaigns.Get(v.UserContext(), v.actor(), d.Campaign)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	b := deliveryBody{State: saidDelivery(d.Status), Hash: d.MessageSHA256, MessageID: d.MessageID, Facts: v.deliveryFacts(d.Row), Duplicate: d.PossibleDuplicate,
		Path: "/deliveries/" + d.Delivery.String() + "/resolve", URL: "/deliveries/" + d.Delivery.String(), Reading: readingURL(c.Settings.Version, d.Recipient)}
	if d.Reason != "" {
		b.Reason = phrase.Say(d.Reason, nil)
	}
	for _, a := range d.History {
		b.Attempts = append(b.Attempts, v.attemptRow(a))
	}
	for _, r := range d.Decisions {
		b.Decisions = append(b.Decisions, decisionRow{v.when(r.At), names.actor(r.By), phrase.Say("ruling_"+string(r.Kind), nil), ruledBecause(r.Reason)})
	}
	if d.Status == outcome.Indeterminate && mayBy(access.RunCampaign, v) {
		b.Resolve = b.Path
	}
	b.Choices = resolutions()
	return v.campaignPage(c, title, b)
}

// resolutions are what can be done about an unclear delivery.
func resolutions() []views.Option {
	var all []views.Option
	for _, r := range []delivery.Resolution{delivery.TreatAsAccepted, delivery.Resend} {
		all = append(all, views.Option{Value: string(r), Text: phrase.Say("resolve_"+string(r), nil), Hint: phrase.Say("resolve_"+string(r)+"_hint", nil)})
	}
	return all
}

// ruledBecause says a rule's reason by its sentence; a person's as it stands.
func ruledBecause(reason string) string {
	if phrase.Has(reason) {
		return phrase.Say(reason, nil)
	}
	return reason
}

func (v *visit) attemptRow(a evidence.Attempt) attemptRow {
	row := attemptRow{No: a.No, At: v.when(a.At), Relay: a.Relay, Hash: a.MessageSHA256}
	for _, o := range a.Outcomes {
		code := replyOf(o.Code, o.Enhanced)
		switch {
		case o.Lost:
			code = phrase.Say("answer_lost", nil)
		case o.Withheld():
			code = phrase.Say("answer_withheld", nil)
		}
		row.Answers = append(row.Answers, answerRow{At: v.when(o.At), Phase: phrase.Say("phase_"+string(o.Phase), nil), Code: code, Queue: orDash(o.QueueID),
			TLS: orDash(o.TLSVersion), Certified: orDash(o.Certificate)})
	}
	return row
}

func (v *visit) deliveryFacts(r evidence.Row) []answer {
	fact := func(code, text string) answer { return answer{Name: phrase.Say(code, nil), Text: orDash(text)} }
	at := "–"
	if r.AcceptedAt != nil {
		w := v.when(*r.AcceptedAt)
		at = w.Text
	}
	return []answer{fact("fact_cohort", r.Cohort), fact("fact_jurisdiction", r.Jurisdiction), fact("fact_locale", r.Locale), fact("fact_variant", r.Variant),
		fact("fact_attempts", strconv.Itoa(r.Attempts)), fact("fact_relay", r.Relay), fact("fact_answer", replyOf(r.SMTPCode, r.EnhancedCode)),
		fact("fact_accepted_at", at), fact("fact_queue", r.RemoteQueueID), fact("fact_tls", r.TLSVersion)}
}

func (w *site) showResolve(v *visit) error {
	p, err := v.resolvePage()
	if err != nil {
		return err
	}
	return v.show("resolve", p)
}

func (v *visit) resolvePage() (views.Page, error) {
	d, err := v.delivery()
	if err != nil {
		return views.Page{}, err
	}
	if err := access.RunCampaign.Allow(v.actor()); err != nil {
		return views.Page{}, err
	}
	p, err := v.deliveryPage(d, phrase.Say("resolve_title", map[string]any{"person": orDash(d.Email)}))
	p.Back = &views.Link{Text: orDash(d.Email), URL: "/deliveries/" + d.Delivery.String()}
	return p, err
}

// chose refuses a page where nothing is chosen.
func (v *visit) chose(name string) error {
	if v.field(name) == "" {
		return fault.Wrong(name, "choose_one", nil)
	}
	return nil
}

// resolve rules on one unclear delivery, with a reason that goes on record.
func (w *site) resolve(v *visit) error {
	v.refused(onScreen("resolve", (*visit).resolvePage))
	no, err := id.ParseDelivery(v.Params("delivery"))
	if err != nil {
		return err
	}
	d, err := w.Deliveries.Delivery(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	if d.Status != outcome.Indeterminate { // the page asks for nothing then
		return fault.New(fault.Conflict, "not_indeterminate", fault.Values{"status": string(d.Status)})
	}
	if err := v.chose("outcome"); err != nil {
		return err
	}
	if err := w.Resolver.Resolve(v.UserContext(), v.actor(), no, delivery.Resolution(v.field("outcome")), v.field("reason")); err != nil {
		return err
	}
	return v.to("/deliveries/" + no.String())
}
