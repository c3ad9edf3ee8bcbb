package web

import (
	"context"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/suppression"
	"forthwith/web/views"
)

// Suppressed decides about people whom a suppression names.
type Suppressed interface {
	Decide(ctx context.Context, by access.Actor, no id.Campaign, r suppression.Ruling) (suppression.Ruled, error)
	DecideAll(ctx context.Context, by access.Actor, no id.Campaign, r suppression.Ruling, seen int64) (suppression.Ruled, error)
	Undecided(ctx context.Context, by access.Actor, no id.Campaign, after int64, limit int) ([]suppression.Undecided, error)
	Tallies(ctx context.Context, by access.Actor, incident id.Incident) ([]suppression.Tally, error)
}

func (w *site) suppressedRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/undecided", w.showUndecided)
	w.post(app, "/campaigns/:campaign/undecided", w.decideSuppressed)
}

func undecidedURL(no id.Campaign) string { return campaignURL(no) + "/undecided" }

// suppressedRow is one campaign with people whom a suppression names.
type suppressedRow struct {
	Name, URL string
	Undecided int64
	Sum       views.Sum
}

// suppressedRows are the campaigns of an incident in which somebody is
// suppressed.
func (v *visit) suppressedRows(no id.Incident) ([]suppressedRow, error) {
	all, err := v.Suppressed.Tallies(v.UserContext(), v.actor(), no)
	rows := make([]suppressedRow, len(all))
	for i, t := range all {
		rows[i] = suppressedRow{t.Name, undecidedURL(t.Campaign), t.Undecided, suppressedSum(t)}
		rows[i].Sum.ID = "-" + t.Campaign.String()
	}
	return rows, err
}

func suppressedSum(t suppression.Tally) views.Sum {
	var parts []views.Term
	add := func(status, word string, n int64) {
		if n > 0 {
			parts = append(parts, views.Term{Status: status, Word: phrase.Say(word, nil), Count: n, Hatched: status == "indeterminate"})
		}
	}
	add("indeterminate", "suppressed_undecided", t.Undecided)
	add("sending", "suppressed_send", t.Decided[suppression.Send])
	add("suppressed", "suppressed_other_channel", t.Decided[suppression.OtherChannel])
	add("excluded", "suppressed_exclude", t.Decided[suppression.Exclude])
	return sumOf(phrase.Say("suppressed_unit", nil), parts)
}

// undecidedNow tells that somebody was suppressed since a plan was made, and is
// undecided: its launch would be refused.
func (v *visit) undecidedNow(c campaign.Campaign) ([]findingRow, error) {
	if c.State != campaign.Ready && c.State != campaign.Approved {
		return nil, nil
	}
	some, err := v.Suppressed.Undecided(v.UserContext(), v.actor(), c.ID, 0, 1)
	if err != nil || len(some) == 0 {
		return nil, err
	}
	return []findingRow{{Said: views.Said{Tone: "bad", Icon: "cross"}, Text: phrase.Say("undecided_now", nil), URL: undecidedURL(c.ID)}}, nil
}

// undecidedBody is who is undecided in a campaign, and what legal decides.
type undecidedBody struct {
	Path, URL string
	Count     int64
	Sum       *views.Sum
	Rows      []undecidedRow
	Pages     views.Pages
	Choices   []views.Option
	May       bool
}

type undecidedRow struct {
	Value, Person, URL, Source string
	Since                      views.When
	Chosen                     bool
}

func (v *visit) undecidedPage() (views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return views.Page{}, err
	}
	b := undecidedBody{Path: undecidedURL(c.ID), URL: decisionsURL(c.Incident), May: mayBy(access.RuleOnPeople, v) && !isOver(c)}
	tallies, err := v.Suppressed.Tallies(v.UserContext(), v.actor(), c.Incident)
	if err != nil {
		return views.Page{}, err
	}
	for _, t := range tallies {
		if t.Campaign == c.ID {
			sum := suppressedSum(t)
			b.Count, b.Sum = t.Undecided, &sum
		}
	}
	if err := v.undecidedRows(c.ID, &b); err != nil {
		return views.Page{}, err
	}
	for _, d := range suppression.Decisions {
		b.Choices = append(b.Choices, views.Option{Value: string(d), Text: phrase.Say("suppressed_do_"+string(d), nil), Hint: phrase.Say("suppressed_do_"+string(d)+"_hint", nil)})
	}
	return v.campaignPage(c, phrase.Say("undecided_title", map[string]any{"name": c.Settings.Name}), b)
}

// isOver: nothing of a campaign can be decided any more.
func isOver(c campaign.Campaign) bool {
	return slices.Contains([]campaign.State{campaign.Complete, campaign.ClosedEarly, campaign.Aborted}, c.State)
}

func (v *visit) undecidedRows(no id.Campaign, b *undecidedBody) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := v.Suppressed.Undecided(v.UserContext(), v.actor(), no, after, pageLength+1)
	if err != nil {
		return err
	}
	all, b.Pages = paged(v, all, func(u suppression.Undecided) int64 { return u.Recipient.No })
	for _, u := range all {
		value := u.Recipient.String()
		b.Rows = append(b.Rows, undecidedRow{value, orDash(u.Masked), recipientURL(u.Recipient), phrase.Say("suppression_from_"+string(u.Source), nil), v.when(u.Since), slices.Contains(v.form["recipient_ids"], value)})
	}
	return nil
}

func (w *site) showUndecided(v *visit) error {
	p, err := v.undecidedPage()
	if err != nil {
		return err
	}
	return v.show("undecided", p)
}

// decideSuppressed decides about those who are chosen, or about everybody.
func (w *site) decideSuppressed(v *visit) error {
	v.refused(onScreen("undecided", (*visit).undecidedPage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	r := suppression.Ruling{Decision: suppression.Decision(v.field("decision")), Reason: v.field("reason")}
	if v.field("all") != "" {
		seen, _ := strconv.ParseInt(v.field("shown"), 10, 64) // anything else than the number is another number
		_, err = w.Suppressed.DecideAll(v.UserContext(), v.actor(), no, r, seen)
	} else {
		for _, text := range v.form["recipient_ids"] {
			one, _ := id.ParseRecipient(text) // what is nobody at all is refused like somebody else
			r.People = append(r.People, one)
		}
		_, err = w.Suppressed.Decide(v.UserContext(), v.actor(), no, r)
	}
	if err != nil {
		return err
	}
	return v.to(undecidedURL(no))
}
