package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Tests sends notices to staff.
type Tests interface {
	Ask(ctx context.Context, by access.Actor, no id.Campaign, users []id.User) (campaign.TestSend, error)
	List(ctx context.Context, by access.Actor, no id.Campaign, before id.TestSend, limit int) ([]campaign.TestSend, error)
	Staff(ctx context.Context, by access.Actor) ([]campaign.Colleague, error)
}

func (w *site) testRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/test", w.showTest)
	w.post(app, "/campaigns/:campaign/test", w.sendTest)
	w.get(app, "/campaigns/:campaign/tests", w.listTests)
}

// testBody asks whom a test goes to.
type testBody struct {
	Path, URL, Results string
	Why                string
	Staff              []views.Option
}

func (w *site) showTest(v *visit) error {
	p, err := v.testPage()
	if err != nil {
		return err
	}
	return v.show("test", p)
}

func (v *visit) testPage() (views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return views.Page{}, err
	}
	b := testBody{Path: campaignURL(c.ID) + "/test", URL: campaignURL(c.ID), Results: campaignURL(c.ID) + "/tests",
		Why: whyNoStep(access.BuildCampaigns.Allow(v.actor()), c.Allows(campaign.Testing))}
	if b.Why == "" {
		staff, err := v.Tests.Staff(v.UserContext(), v.actor())
		if err != nil {
			return views.Page{}, err
		}
		for _, s := range staff {
			b.Staff = append(b.Staff, views.Option{Value: s.ID.String(), Text: s.Name, Hint: phrase.Say("role_"+string(s.Role), nil)})
		}
	}
	return v.campaignPage(c, phrase.Say("test_title", map[string]any{"name": c.Settings.Name}), b)
}

// sendTest asks for a test to those who were chosen.
func (w *site) sendTest(v *visit) error {
	v.refused(onScreen("test", (*visit).testPage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	if err := v.chose("user_ids"); err != nil {
		return err
	}
	var users []id.User
	for _, text := range v.form["user_ids"] {
		user, _ := id.ParseUser(text) // what is no user at all is refused like one that is not there
		users = append(users, user)
	}
	if _, err := w.Tests.Ask(v.UserContext(), v.actor(), no, users); err != nil {
		return ofTheGroup(err, "user_ids")
	}
	return v.to(campaignURL(no) + "/tests")
}

// ofTheGroup says what is wrong with one of several choices beside all of them.
func ofTheGroup(err error, name string) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	wrong := make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		if strings.HasPrefix(field.Name, name+"[") {
			field.Name = name
		}
		wrong[i] = field
	}
	if len(wrong) == 0 {
		return err
	}
	return fault.Wrongs(wrong)
}

// testLink leads to where a test is sent, or to what came of those before.
func (v *visit) testLink(c campaign.Campaign) *views.Link {
	switch {
	case c.PlanHash.IsZero():
		return nil
	case mayBy(access.BuildCampaigns, v) && c.Allows(campaign.Testing) == nil:
		return &views.Link{Text: phrase.Say("test_link", nil), URL: campaignURL(c.ID) + "/test"}
	}
	return &views.Link{Text: phrase.Say("tests_link", nil), URL: campaignURL(c.ID) + "/tests"}
}

// testsBody tells what came of the tests of a campaign.
type testsBody struct {
	URL, Again string
	Tests      []testRow
	Pages      views.Pages
}

type testRow struct {
	Title   string
	ID      string
	Letters []testLetterRow
}

type testLetterRow struct {
	Who, Relay, Code, Reason string
	State                    views.Said
	At                       *views.When
}

var testLooks = map[campaign.TestResult]look{
	campaign.TestWaiting: {"idle", "ring"}, campaign.TestSending: {"info", "half"}, campaign.TestAccepted: {"info", "dot"},
	campaign.TestFailed: {"bad", "cross"}, campaign.TestUnclear: {"odd", "question"},
}

func (w *site) listTests(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := w.Tests.List(v.UserContext(), v.actor(), c.ID, id.TestSend(after), pageLength+1)
	if err != nil {
		return err
	}
	names, err := v.people()
	if err != nil {
		return err
	}
	b := testsBody{URL: campaignURL(c.ID)}
	if whyNoStep(access.BuildCampaigns.Allow(v.actor()), c.Allows(campaign.Testing)) == "" {
		b.Again = campaignURL(c.ID) + "/test"
	}
	all, b.Pages = paged(v, all, func(t campaign.TestSend) int64 { return int64(t.ID) })
	for _, t := range all {
		if t.Running() {
			v.Set("Refresh", strconv.Itoa(pollEvery))
		}
		b.Tests = append(b.Tests, v.testRow(t, names))
	}
	p, err := v.campaignPage(c, phrase.Say("tests_title", map[string]any{"name": c.Settings.Name}), b)
	if err != nil {
		return err
	}
	return v.show("tests", p)
}

func (v *visit) testRow(t campaign.TestSend, names staffNames) testRow {
	row := testRow{ID: t.ID.String(), Title: phrase.Say("tests_asked", map[string]any{"who": names.of(t.By), "time": v.when(t.At).Text})}
	for _, l := range t.Letters {
		line := testLetterRow{Who: names.of(l.User), Relay: orDash(l.Relay), Code: "–", State: said("test", testLooks, l.Result()), At: v.whenSet(l.At)}
		if l.Reply != nil {
			line.Code = replyOf(l.Reply.Code, l.Reply.Enhanced)
		}
		if code := l.Reason(); code != "" {
			line.Reason = phrase.Say(code, nil)
		}
		row.Letters = append(row.Letters, line)
	}
	return row
}
