package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/pdf"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Plans checks, approves and launches.
type Plans interface {
	StartPreflight(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	CancelPreflight(ctx context.Context, by access.Actor, no id.Campaign) error
	Plan(ctx context.Context, by access.Actor, no id.Campaign) ([]byte, campaign.Campaign, error)
	Paper(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Paper, error)
	Approve(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (campaign.Campaign, error)
	Reject(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (campaign.Campaign, error)
	Launch(ctx context.Context, by access.Actor, no id.Campaign, l campaign.Launch) (campaign.Campaign, error)
}

func (w *site) planRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/preflight", w.showPreflight)
	w.post(app, "/campaigns/:campaign/preflight", w.startPreflight)
	w.post(app, "/campaigns/:campaign/preflight/cancel", w.cancelPreflight)
	w.get(app, "/campaigns/:campaign/plan.pdf", w.sendPaper)
	w.get(app, "/campaigns/:campaign/approve", w.showApprovePlan)
	w.post(app, "/campaigns/:campaign/approve", w.approvePlan)
	w.get(app, "/campaigns/:campaign/reject", w.showRejectPlan)
	w.post(app, "/campaigns/:campaign/reject", w.rejectPlan)
	w.get(app, "/campaigns/:campaign/launch", w.showLaunch)
	w.post(app, "/campaigns/:campaign/launch", w.launch)
}

// planBody is a campaign as a plan: what it will do, what the checks found, and
// who had a hand in it.
type planBody struct {
	URL      string
	State    views.Said
	Answers  []answer
	Findings []findingRow
	Checked  *views.When
	People   []answer
	Hash     canon.Hash
	HasPlan  bool
	ToSend   int64
	Planned  int64 // with those who are held
	Code     codeField
	Sentence string
	Why      string // why the reader cannot decide here
	Running  bool
	Progress int64
	Total    int64
	MayBuild bool
	MayAsk   bool
}

// findingRow is one line of what the checks found.
type findingRow struct {
	Said views.Said
	Text string
	URL  string // where it is mended; empty: nowhere in particular
}

func (v *visit) planBody(c campaign.Campaign) (planBody, error) {
	b := planBody{URL: campaignURL(c.ID), State: saidCampaign(c.State), Hash: c.PlanHash, HasPlan: !c.PlanHash.IsZero(), ToSend: c.Preflight.Counts.ToSend, Planned: c.Preflight.Counts.Planned(),
		Findings: findingRows(c), Running: c.State == campaign.Preflighting, Progress: c.Preflight.Progress, Total: c.Preflight.Total,
		MayBuild: mayBy(access.BuildCampaigns, v)}
	if c.Preflight.State == campaign.Done {
		b.Checked = v.whenSet(&c.Preflight.At)
	}
	late, err := v.undecidedNow(c)
	if err != nil {
		return b, err
	}
	b.Findings = append(late, b.Findings...)
	if b.Answers, err = v.answers(c); err != nil {
		return b, err
	}
	if b.People, err = v.peopleRows(c.Incident, c.ID); err != nil {
		return b, err
	}
	b.Code, err = v.codeField()
	return b, err
}

// findingRows says what stops a plan, what is to be read, and what passed.
func findingRows(c campaign.Campaign) []findingRow {
	p := c.Preflight
	if p.State != campaign.Done {
		return nil
	}
	var all []findingRow
	add := func(tone, icon string, found []campaign.Finding) {
		for _, f := range found {
			row := findingRow{Said: views.Said{Tone: tone, Icon: icon}, Text: sentence(f.Code, f.Values)}
			if f.Code == "people_undecided" {
				row.URL = undecidedURL(c.ID)
			}
			all = append(all, row)
		}
	}
	add("bad", "cross", p.Blocking)
	add("warn", "warning", p.Warnings)
	if p.OK {
		all = append(all, findingRow{Said: views.Said{Tone: "ok", Icon: "check"},
			Text: phrase.Say("check_rendered", map[string]any{"made": p.Counts.Planned(), "all": p.Counts.Planned()})})
	}
	return all
}

// pollEvery is how often a page that waits for long work looks again.
const pollEvery = 2

func (w *site) showPreflight(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	b, err := v.planBody(c)
	if err != nil {
		return err
	}
	title := "preflight_title_done"
	switch {
	case b.Running:
		title = "preflight_title_running"
		v.Set("Refresh", strconv.Itoa(pollEvery))
	case len(c.Preflight.Blocking) > 0:
		title = "preflight_title_blocked"
	case !b.HasPlan:
		title = "preflight_title_none"
	}
	p, err := v.campaignPage(c, phrase.Say(title, map[string]any{"name": c.Settings.Name}), b)
	if err != nil {
		return err
	}
	return v.show("preflight", p)
}

// sendPaper gives the plan as a page to sign and keep.
func (w *site) sendPaper(v *visit) error {
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	p, err := w.Plans.Paper(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	page, err := pdf.Plan(p)
	if err != nil {
		return err
	}
	return httpguard.SendPDF(v.Ctx, p.Name(), page)
}

func (w *site) startPreflight(v *visit) error {
	v.refused(backToCampaign)
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	return v.check(no)
}

func (w *site) cancelPreflight(v *visit) error {
	v.refused(backToCampaign)
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	if err := w.Plans.CancelPreflight(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to(campaignURL(no))
}

// backToCampaign shows a refusal on the page of the campaign.
func backToCampaign(v *visit, err error) error {
	c, readErr := v.campaign()
	if readErr != nil {
		return readErr
	}
	p, pageErr := v.campaignOverview(c)
	if pageErr != nil {
		return pageErr
	}
	return v.showAgain("campaign", p, err)
}

// planHash reads the hash that a form showed.
func (v *visit) planHash() (canon.Hash, error) {
	var h canon.Hash
	if err := h.UnmarshalText([]byte(v.field("plan_sha256"))); err != nil || h.IsZero() {
		return h, fault.New(fault.Mismatch, "other_plan", nil)
	}
	return h, nil
}

// approvedFor and sentTo are how many people a decision is about: those who are held
// are approved with the others, and are not sent to by the launch.
func approvedFor(b planBody) int64 { return b.Planned }

func sentTo(b planBody) int64 { return b.ToSend }

// decision builds the page of a decision about a plan.
func (v *visit) decision(title string, people func(planBody) int64) (campaign.Campaign, views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return c, views.Page{}, err
	}
	b, err := v.planBody(c)
	if err != nil {
		return c, views.Page{}, err
	}
	p, err := v.campaignPage(c, phrase.Say(title, map[string]any{"count": people(b), "name": c.Settings.Name}), b)
	return c, p, err
}
