package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// clicks are what ui.md gives each role, signing in with two.
const (
	legalClicks   = 7
	opsClicks     = 15
	auditorClicks = 5
)

// clean is a file of which everybody can be told, in places of which no rule asks
// for more than the text says.
const clean = "E-Mail;Name;Land;Sprache\nana@example.com;Ana;UY;en\ntom@example.net;Tom;PE;en\njo@example.org;Jo;KE;fr\nsam@example.com;Sam;UY;en\n"

// TestTheWholeWayByKeyboard carries an own cohort from a file to a downloaded
// report without a mouse.
func TestTheWholeWayByKeyboard(t *testing.T) {
	wholeWay(t, "A breach met by keyboard", byKeys)
}

// TestTheWholeWayOnAPhoneWithoutScripts does the same with scripts off.
func TestTheWholeWayOnAPhoneWithoutScripts(t *testing.T) {
	wholeWay(t, "A breach met on a phone", byFinger)
}

func wholeWay(t *testing.T, name string, as func(t *testing.T, who string) *hands) {
	written := as(t, "Bo")
	written.newIncident(name)
	written.newNotice(written.where(), name+", told")
	written.writes("Dear {{recipient.name}},\n\nyour address was seen by others.")
	written.presses("Submit")

	ada := as(t, "Ada")
	ada.approvesText(name)
	cem := as(t, "Cem")
	campaign := cem.plans(name)
	ada.approvesPlan(name)
	cem.sends(name, campaign)
	dee := as(t, "Dee")
	dee.reports(name)
	for _, one := range []struct {
		who         string
		took, given int
	}{{"legal", ada.clicks, legalClicks}, {"ops", cem.clicks, opsClicks}, {"auditor", dee.clicks, auditorClicks}} {
		t.Logf("%s: %d clicks of %d", one.who, one.took, one.given)
		if one.took > one.given {
			t.Errorf("%s needs %d clicks, not %d", one.who, one.took, one.given)
		}
	}
}

// approvesText has legal read and approve a text that waits.
func (h *hands) approvesText(name string) {
	h.t.Helper()
	h.press("Review v1", name)
	h.press("Approve this text")
	h.code()
	h.press("Approve v1")
	h.says("Approved by\nAda")
	h.holds()
}

// plans has ops take a file to a plan that waits for legal.
func (h *hands) plans(name string) string {
	h.t.Helper()
	h.press(name)
	h.press("Lists")
	h.attach("file", "customers.csv", clean)
	h.press("Upload")
	h.choose("use.2", "jurisdiction")
	h.press("Import 4 rows")
	h.waitFor(`document.body.innerText.includes("new people")`)
	h.press("Build a cohort of it")
	h.into("name", "Exposed")
	h.press("Save")
	h.press("Freeze 4 people")
	h.holds()
	h.press("Freeze 4 people")
	h.waitFor(`document.body.innerText.includes("Frozen by Cem")`)
	h.press("Plan a campaign")
	h.into("name", name+", sent")
	h.holds()
	h.press("Save and check")
	h.waitFor(`!document.body.innerText.includes("Checking")`)
	h.says("To the campaign")
	h.holds()
	h.press("To the campaign")
	h.says("Waits for legal")
	return h.where()
}

// approvesPlan has legal decide on the plan.
func (h *hands) approvesPlan(name string) {
	h.t.Helper()
	h.settle(chromedp.Reload())
	h.press("Next: plan")
	h.says("4 in the cohort = 4 to send")
	h.code()
	h.press("Approve for 4 people")
	h.says("Approved. Ops can launch it.")
}

// sends has ops launch, hold and finish the campaign.
func (h *hands) sends(name, campaign string) {
	h.t.Helper()
	h.visit("/")
	h.press("Send to 4 people", name+", sent")
	h.code() // it may ask for the page anew
	h.into("confirm_recipients", "4")
	h.press("Send to 4 people")
	h.waitFor(`document.body.innerText.includes("Complete: all 4 people are explained.")`)
	h.holds()
	if h.where() != campaign {
		h.t.Errorf("a launch leads to %s", h.where())
	}
}

// reports has the auditor take the report home.
func (h *hands) reports(name string) {
	h.t.Helper()
	h.press("Evidence", name+", sent")
	h.into("reason", "the regulator asked")
	h.press("Make report")
	h.waitFor(`document.body.innerText.includes("SHA-256 of the file")`)
	rows := strings.Split(strings.TrimSpace(h.downloaded("Download")), "\n")
	if len(rows) != 5 || !strings.HasPrefix(rows[0], "delivery_id,recipient_id,email") {
		h.t.Errorf("the report has %d lines, and begins with %.60s", len(rows), rows[0])
	}
}
