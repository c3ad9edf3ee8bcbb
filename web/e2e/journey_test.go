package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// nextCode is the code that a page of the sample shows. It may have to wait for
// one, which asks for the page anew: what else is typed comes after it.
func (w *window) nextCode() string {
	w.t.Helper()
	w.waitFor(`document.querySelector("form .fw-banner code") !== null`)
	return read(w, chromedp.Text(chromedp.CSS("form .fw-banner code")))
}

// waitFor asks for the page again until a script of the test's own says yes. It
// does not reload it, which would send once more what led there.
func (w *window) waitFor(condition string) {
	w.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		if eval[bool](w, condition) {
			return
		}
		<-time.After(between)
		w.visit(w.where())
	}
	w.t.Fatalf("%s never came true at %s: %s", condition, w.where(), w.text())
}

// TestThreePeopleFinishTheJob carries the sample's broad cohort from a plan that
// waits for legal to a downloaded report, by reading the screen: first what each
// of them is refused, then what they do. It is one journey: each step stands on
// the one before.
func TestThreePeopleFinishTheJob(t *testing.T) {
	legal(t)
	ops(t)
	auditor(t)
}

func legal(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Ada")
	w.says("Needs you", "Approve the plan of ‘Address exposed’", "4,880 people")
	w.clickTo("Review the plan", "/campaigns/"+up.Broad+"/") // other tests' plans may wait too
	w.says("What you approve", "Approving sends nothing", "signed with notice-ed25519 (DKIM)", "4,890 in the cohort = 4,880 to send + 10 without an address + 0 held + 0 left out")
	w.click("Approve for 4,880 people")
	w.says("This needs your second factor – nothing is done yet – enter the code.")
	w.holds()
	w.fill("code", "000000")
	w.fill("comment", "<b>fine</b>")
	w.click("Approve for 4,880 people")
	w.says("That code is wrong or used – nothing changed – enter the next one.")
	if got := eval[string](w, `document.querySelector("[name=comment]").value`); got != "<b>fine</b>" {
		t.Errorf("the comment came back as %q", got)
	}
	code := w.nextCode()
	w.tabTo("[code]") // the last step by keyboard
	w.typed(code)
	w.tabTo("Approve for 4,880 people")
	w.enter()
	w.says("Approved. Ops can launch it.")
	w.holds()
	w.visit("/campaigns/" + up.Broad + "/launch")
	w.says("cannot do this")
	if strings.Contains(w.text(), "Number of people") {
		t.Error("legal is offered a launch")
	}
}

func ops(t *testing.T) {
	w := open(t, view{width: 390}) // without scripts, on a phone
	w.signInAs("Cem")
	w.click("Send to 4,880 people")
	w.says("Send ‘Address exposed’ v1", "to 4,880 people through Capture inbox, at most 200 a second, now.", "Accepted mail cannot be recalled.")
	w.fill("code", w.nextCode())
	w.fill("confirm_recipients", "4881")
	w.click("Send to 4,880 people")
	w.says("You typed 4,881, the plan has 4,880 – nothing was sent – compare, type again.")
	w.holds()
	w.fill("confirm_recipients", "4.880")
	w.click("Send to 4,880 people")
	w.waitFor(`document.body.innerText.includes("accepted") && document.body.innerText.includes("Sending")`)
	w.says("As of")
	w.holds()
	watch(t)
	w.click("Pause")
	w.says("No new mail after 2 seconds", "resuming repeats nobody")
	w.holds()
	w.click("Pause")
	w.says("A reason is missing")
	w.fill("reason", "looking at the relay")
	w.click("Pause")
	w.says("Paused", "Cem: looking at the relay")
	w.visit("/campaigns/" + up.Broad + "/abort")
	w.says("will not be told")
	w.holds()
	w.click("Go back, change nothing")
	w.click("Resume")
	w.says("nobody accepted is mailed again")
	w.holds()
	w.click("Resume for")
	w.says("Sending")
	w.waitFor(`document.body.innerText.includes("Complete: all 4,890 people are explained.")`)
	w.says("over 99 %", "4,880 of 4,890 people")
	w.visit("/campaigns/" + up.Broad + "/launch")
	w.says("not approved (Complete)")
}

// watch demands that a figure changes on a page that nobody reloads, and that
// nothing moves by it.
func watch(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Dee")
	w.visit("/campaigns/" + up.Broad)
	const figure = `document.querySelector(".fw-sum__terms").innerText`
	before := eval[string](w, figure)
	top := eval[float64](w, `document.querySelector(".fw-split").getBoundingClientRect().top`)
	for end := time.Now().Add(step); eval[string](w, figure) == before; {
		if time.Now().After(end) {
			t.Fatal("the live view stands still")
		}
	}
	if now := eval[float64](w, `document.querySelector(".fw-split").getBoundingClientRect().top`); now != top {
		t.Errorf("the page moved by %v px", now-top)
	}
}

func auditor(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Dee")
	w.settle(chromedp.Click(visible("Evidence", []string{"‘Address exposed’"}))) // other tests' campaigns wait as well
	w.says("4,890")
	w.click("Make report")
	w.says("fill it in")
	w.fill("reason", "the regulator asked")
	w.click("Make report")
	w.waitFor(`document.body.innerText.includes("SHA-256 of the file")`)
	w.says("Download")
	report := w.fetch(`document.querySelector("main form[action$='/file']")`)
	rows := strings.Split(strings.TrimSpace(report), "\n")
	if len(rows) != 4891 || !strings.HasPrefix(rows[0], "delivery_id,recipient_id,email") {
		t.Errorf("the report has %d lines, and begins with %.60s", len(rows), rows[0])
	}
}

// fetch sends a form of the page as the browser would, and gives the answer's
// text: a download leaves the page where it is.
func (w *window) fetch(form string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`(() => { const f = %s; return fetch(f.action, {method: "POST", body: new URLSearchParams(new FormData(f))}).then((r) => r.text()) })()`, form))
}

// TestWhatHasEndedIsNotStreamed looks at a campaign that is complete.
func TestWhatHasEndedIsNotStreamed(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Ada")
	w.visit("/campaigns/" + up.Small)
	w.says("Complete: all 120 people are explained.")
	if eval[bool](w, `document.querySelector("[sse-connect]") !== null`) {
		t.Error("a campaign that has ended is streamed")
	}
}
