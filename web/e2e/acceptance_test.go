package e2e

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/acceptance.js
var acceptance string

// pages are all that people can be led to, and who sees them.
var pages = []struct{ who, path string }{
	{"", "/signin"},
	{"Ada", "/"},
	{"Ada", "/incidents/new"},
	{"Ada", "/incidents/inc_1"},
	{"Ada", "/incidents/inc_1/facts"},
	{"Ada", "/account"},
	{"Ada", "/keys"},
	{"Ada", "/account/password"},
	{"Ada", "/account/recovery"},
	{"Cem", "/incidents/inc_1/lists"},
	{"Cem", "/lists/lst_1"},
	{"Cem", "/lists/lst_1/discard"},
	{"Cem", "/lists/lst_1/withdraw"},
	{"Dee", "/incidents/inc_1/flags?flag=several_people"},
	{"Cem", "/lists/lst_2/diff?against=lst_1"},
	{"Ada", "/incidents/inc_1/clock"},
	{"Ada", "/incidents/inc_1/figures"},
	{"Ada", "/versions/ver_2/compare?variant=0&with=1"},
	{"Dee", "/incidents/inc_1/figures/US-CA"},
	{"Dee", "/incidents/inc_1/clock"},
	{"Ada", "/incidents/inc_1/clock/eu-gdpr.regulator.dpa"},
	{"Cem", "/incidents/inc_1/cohorts"},
	{"Cem", "/incidents/inc_1/cohorts/new"},
	{"Cem", "/cohorts/coh_1"},
	{"Cem", "/cohorts/coh_1/freeze"},
	{"Cem", "/cohorts/coh_1/delete"},
	{"Ada", "/cohorts/coh_1/upgrades"},
	{"Ada", "/recipients/rcp_1-1"},
	{"Ada", "/incidents/inc_1/decisions"},
	{"Ada", "/exclusions/exc_1"},
	{"Cem", "/gates/gat_1"},
	{"Cem", "/incidents/inc_1/gates/new"},
	{"Ada", "/incidents/inc_1/codes"},
	{"Cem", "/incidents/inc_1/codes"},
	{"Cem", "/code-pools/pool_1"},
	{"Ada", "/campaigns/cmp_2/undecided"},
	{"Cem", "/suppressions"},
	{"Ada", "/suppressions/sup_1"},
	{"Cem", "/suppressions/files"},
	{"Ada", "/suppressions/files/spf_1"},
	{"Ada", "/incidents/inc_1/campaigns"},
	{"Ada", "/campaigns/cmp_1"},
	{"Ada", "/campaigns/cmp_1/deliveries"},
	{"Ada", "/campaigns/cmp_1/deliveries?status=rejected"},
	{"Ada", "/campaigns/cmp_1/exceptions"},
	{"Ada", "/deliveries/dlv_1-1"},
	{"Ada", "/campaigns/cmp_1/evidence"},
	{"Cem", "/campaigns/cmp_1/correct"},
	{"Ada", "/campaigns/cmp_2/approve"},
	{"Ada", "/campaigns/cmp_2/reject"},
	{"Ada", "/lookup"},
	{"Ada", "/inbox"},
	{"Ada", "/inbox/1"},
	{"Cem", "/"},
	{"Cem", "/incidents/inc_1/campaigns/new"},
	{"Cem", "/campaigns/cmp_2"},
	{"Cem", "/campaigns/cmp_2/edit"},
	{"Cem", "/campaigns/cmp_2/preflight"},
	{"Cem", "/campaigns/cmp_2/test"},
	{"Ada", "/campaigns/cmp_2/test"},
	{"Ada", "/campaigns/cmp_2/tests"},
	{"Cem", "/campaigns/cmp_2/launch"},
	{"Cem", "/campaigns/cmp_1/pause"},
	{"Cem", "/campaigns/cmp_1/resume"},
	{"Cem", "/campaigns/cmp_1/abort"},
	{"Cem", "/alerts"},
	{"Cem", "/alerts?state=acknowledged"},
	{"Cem", "/relays"},
	{"Dee", "/ledger"},
	{"Dee", "/ledger/checkpoints"},
	{"Dee", "/users"},
	{"Dee", "/users/usr_1"},
	{"Eli", "/relays"},
	{"Eli", "/relays/new"},
	{"Eli", "/relays/rel_1"},
	{"Eli", "/relays/rel_1/quarantine"},
	{"Eli", "/relays/rel_1/release"},
	{"Ada", "/relays/rel_1/contacted"},
	{"Cem", "/relays/rel_1"},
	{"Cem", "/campaigns/cmp_1/failover"},
	{"Cem", "/campaigns/cmp_1/pace"},
	{"Cem", "/campaigns/cmp_1/amend"},
	{"Cem", "/campaigns/cmp_1/resolve"},
	{"Eli", "/senders"},
	{"Eli", "/senders/new"},
	{"Eli", "/senders/snd_1"},
	{"Eli", "/senders/snd_1/keys/new"},
	{"Eli", "/senders/snd_1/keys/key_1/use"},
	{"Eli", "/senders/snd_1/keys/key_1/retire"},
	{"Eli", "/organisation"},
	{"Dee", "/organisation"},
	{"Eli", "/rules"},
	{"Dee", "/rules"},
	{"Eli", "/rules/builtin"},
	{"Dee", "/rules/builtin"},
	{"Eli", "/users/new"},
	{"Eli", "/users/usr_1"},
	{"Eli", "/ledger"},
	{"Fay", "/lookup"},
	{"Ada", "/nothing-here"},
	{"Eli", "/"},
	{"Fay", "/"},
	{"Ada", "/incidents/inc_1/notices"},
	{"Ada", "/notices/ntc_1"},
	{"Ada", "/notices/ntc_1/drop"},
	{"Ada", "/versions/ver_2"},
	{"Ada", "/versions/ver_2?format=phone"},
	{"Ada", "/versions/ver_1/answer"},
	{"Ada", "/versions/ver_1/answer?law=us-ca&place=US-CA"},
	{"Dee", "/versions/ver_1/answer?law=us-ca&place=US-CA"},
	{"Ada", "/versions/ver_1/comment"},
	{"Ada", "/versions/ver_1/comment?variant=0&line=1"},
	{"Dee", "/versions/ver_1/comment?variant=0&line=1"},
	{"Dee", "/versions/ver_1/comments"},
	{"Ada", "/versions/ver_1/approve"},
	{"Ada", "/versions/ver_1/withdraw"},
	{"Dee", "/incidents/inc_1/notices"},
	{"Dee", "/notices/ntc_1"},
	{"Dee", "/incidents/inc_1/facts"},
}

// paper is the width between the margins of A4, in CSS pixels.
const paper = 718

// looks are the widths and schemes that every page is tried in, one after the
// other on the same page. axe, which takes longest, runs where it can find
// something new: in the dark only colours differ.
var looks = []struct {
	view
	axe string
}{
	{view{width: 1280, scripts: true}, everyRule},
	{view{width: 1280, scripts: true, dark: true}, `["color-contrast", "link-in-text-block"]`},
	{view{width: 390, scripts: true}, laidOut},
	{view{width: 320, scripts: true, dark: true}, ""},
	{view{width: 1280, scripts: true, forced: true, still: true}, ""},
	{view{width: paper, scripts: true, print: true}, ""},
}

// everyRule lets axe run all of its rules; laidOut those that the layout decides.
const (
	everyRule = "null"
	laidOut   = `["target-size", "scrollable-region-focusable", "color-contrast", "link-in-text-block", "aria-hidden-focus"]`
)

func TestEveryPageHoldsWhatPagesPromise(t *testing.T) {
	s := newScene(t)
	s.alerted()
	s.exclusion()
	s.gate()
	s.pool()
	s.suppression("somebody.else@example.net")
	s.suppressionFile()
	everyPage(t, func(w *window) {
		for _, l := range looks {
			w.do(w.look(l.view))
			w.holds()
			if l.axe != "" {
				w.passesRules(l.axe)
			}
		}
	}, desk)
}

func TestEveryPageHoldsItWithoutScripts(t *testing.T) {
	everyPage(t, func(w *window) { w.holds() }, view{width: 390})
}

// everyPage visits every page in a window of who sees it.
func everyPage(t *testing.T, try func(w *window), v view) {
	t.Helper()
	windows := map[string]*window{}
	for _, p := range pages {
		w := windows[p.who]
		if w == nil {
			w = open(t, v)
			if p.who != "" {
				w.signInAs(p.who)
			}
			windows[p.who] = w
		}
		w.do(w.look(v))
		w.visit(p.path)
		try(w)
	}
	t.Logf("%d pages at %d px", len(pages), v.width)
}

// holds runs the script of what must hold for every page.
func (w *window) holds() {
	w.t.Helper()
	for _, wrong := range eval[[]string](w, acceptance) {
		w.t.Errorf("%s at %d px: %s", w.where(), eval[int](w, "innerWidth"), wrong)
	}
}

// passesAxe demands that axe finds nothing.
func (w *window) passesAxe() {
	w.t.Helper()
	w.passesRules(everyRule)
}

// passesRules demands that axe finds nothing by some of its rules.
func (w *window) passesRules(rules string) {
	w.t.Helper()
	if !eval[bool](w, `typeof axe === "object"`) {
		eval[bool](w, chrome.axe+"; true")
	}
	found := eval[[]string](w, `axe.run(document, {resultTypes: ["violations"], ...(`+rules+` ? {runOnly: `+rules+`} : {})}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 150) + " " + n.failureSummary).join(" | ")))`)
	for _, v := range found {
		w.t.Errorf("%s: axe: %s", w.where(), strings.ReplaceAll(v, "\n", " "))
	}
}
