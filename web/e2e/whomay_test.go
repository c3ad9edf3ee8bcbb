package e2e

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// whoMay is the table of who may see which page: the letters are the roles
// (L legal, O ops, A auditor, D admin, S support). The others are refused.
var whoMay = map[string]struct{ path, roles string }{
	"/account":                              {"/account", "LOADS"},
	"/account/password":                     {"/account/password", "LOADS"},
	"/account/recovery":                     {"/account/recovery", "LOADS"},
	"/campaigns/:campaign":                  {"/campaigns/cmp_1", "LOA"},
	"/campaigns/:campaign/abort":            {"/campaigns/cmp_1/abort", "LOA"},
	"/campaigns/:campaign/approve":          {"/campaigns/cmp_1/approve", "LOA"},
	"/campaigns/:campaign/deliveries":       {"/campaigns/cmp_1/deliveries", "LOA"},
	"/campaigns/:campaign/correct":          {"/campaigns/cmp_1/correct", "LOA"},
	"/campaigns/:campaign/edit":             {"/campaigns/cmp_1/edit", "O"},
	"/campaigns/:campaign/evidence":         {"/campaigns/cmp_1/evidence", "LOA"},
	"/campaigns/:campaign/exceptions":       {"/campaigns/cmp_1/exceptions", "LOA"},
	"/campaigns/:campaign/launch":           {"/campaigns/cmp_1/launch", "LOA"},
	"/campaigns/:campaign/live":             {"/campaigns/cmp_1/live", "LOA"},
	"/campaigns/:campaign/failover":         {"/campaigns/cmp_1/failover", "LOA"},
	"/campaigns/:campaign/pace":             {"/campaigns/cmp_1/pace", "LOA"},
	"/campaigns/:campaign/pause":            {"/campaigns/cmp_1/pause", "LOA"},
	"/campaigns/:campaign/plan.pdf":         {"/campaigns/cmp_1/plan.pdf", "LOA"},
	"/campaigns/:campaign/preflight":        {"/campaigns/cmp_1/preflight", "LOA"},
	"/campaigns/:campaign/reject":           {"/campaigns/cmp_1/reject", "LOA"},
	"/campaigns/:campaign/undecided":        {"/campaigns/cmp_1/undecided", "LOA"},
	"/suppressions":                         {"/suppressions", "LOA"},
	"/suppressions/:suppression":            {aSuppression, "LOA"},
	"/suppressions/files":                   {"/suppressions/files", "LOA"},
	"/suppressions/files/:file":             {aSuppressionFile, "LOA"},
	"/campaigns/:campaign/resume":           {"/campaigns/cmp_1/resume", "LOA"},
	"/campaigns/:campaign/resolve":          {"/campaigns/cmp_1/resolve", "O"},
	"/campaigns/:campaign/amend":            {"/campaigns/cmp_1/amend", "LOA"},
	"/amendments/:amendment/approve":        {anAmendment, "LOA"},
	"/campaigns/:campaign/test":             {"/campaigns/cmp_1/test", "LOA"},
	"/campaigns/:campaign/tests":            {"/campaigns/cmp_1/tests", "LOA"},
	"/cohorts/:cohort":                      {"/cohorts/coh_1", "LOA"},
	"/cohorts/:cohort/proof":                {"/cohorts/coh_1/proof?recipient=rcp_1-1", "LOA"},
	"/cohorts/:cohort/delete":               {"/cohorts/coh_1/delete", "LOA"},
	"/cohorts/:cohort/freeze":               {"/cohorts/coh_1/freeze", "LOA"},
	"/cohorts/:cohort/rule":                 {"/cohorts/coh_1/rule", "LOADS"}, // leads to the cohort's own page
	"/deliveries/:delivery":                 {"/deliveries/dlv_1-1", "LOA"},
	"/deliveries/:delivery/resolve":         {"/deliveries/dlv_1-1/resolve", "O"},
	"/exports/:export":                      {anExport, "LA"},
	"/exclusions/:exclusion":                {anExclusion, "LOA"},
	"/gates/:gate":                          {aGate, "LOA"},
	"/incidents/:incident/clock":            {"/incidents/inc_1/clock", "LOA"},
	"/incidents/:incident/clock.ics":        {"/incidents/inc_1/clock.ics", "LOA"},
	"/incidents/:incident/clock/:duty":      {"/incidents/inc_1/clock/eu-gdpr.regulator.dpa", "LOA"},
	"/incidents/:incident/gates/new":        {"/incidents/inc_1/gates/new", "O"},
	"/incidents/:incident/gates/new/rule":   {"/incidents/inc_1/gates/new/rule", "LOADS"}, // leads to the page of a new gate
	"/inbox":                                {"/inbox", "LOA"},
	"/inbox/:number":                        {"/inbox/1", "LOA"},
	"/incidents/:incident/figures":          {"/incidents/inc_1/figures", "LOA"},
	"/incidents/:incident/figures/:place":   {"/incidents/inc_1/figures/all", "LOA"},
	"/inbox/:number/frame":                  {"/inbox/1/frame", "LOA"},
	"/incidents/:incident":                  {"/incidents/inc_1", "LOA"},
	"/incidents/:incident/campaigns":        {"/incidents/inc_1/campaigns", "LOA"},
	"/incidents/:incident/campaigns/new":    {"/incidents/inc_1/campaigns/new", "O"},
	"/incidents/:incident/cohorts":          {"/incidents/inc_1/cohorts", "LOA"},
	"/incidents/:incident/cohorts/new":      {"/incidents/inc_1/cohorts/new", "O"},
	"/incidents/:incident/cohorts/new/rule": {"/incidents/inc_1/cohorts/new/rule", "LOADS"}, // leads to the page of a new cohort
	"/incidents/:incident/codes":            {"/incidents/inc_1/codes", "LOA"},
	"/code-pools/:pool":                     {aPool, "LOA"},
	"/incidents/:incident/decisions":        {"/incidents/inc_1/decisions", "LOA"},
	"/cohorts/:cohort/upgrades":             {"/cohorts/coh_1/upgrades", "LOA"},
	"/incidents/:incident/flags":            {"/incidents/inc_1/flags", "LOA"},
	"/incidents/:incident/facts":            {"/incidents/inc_1/facts", "LOA"},
	"/incidents/:incident/lists":            {"/incidents/inc_1/lists", "LOA"},
	"/incidents/:incident/notices":          {"/incidents/inc_1/notices", "LOA"},
	"/incidents/new":                        {"/incidents/new", "LO"},
	"/keys":                                 {"/keys", "LOADS"},
	"/ledger":                               {"/ledger", "AD"},
	"/ledger/checkpoints":                   {"/ledger/checkpoints", "AD"},
	"/lists/:list":                          {"/lists/lst_1", "LOA"},
	"/lists/:list/discard":                  {"/lists/lst_1/discard", "LOA"},
	"/lists/:list/diff":                     {"/lists/lst_2/diff?against=lst_1", "LOA"},
	"/lists/:list/withdraw":                 {"/lists/lst_1/withdraw", "LOA"},
	"/lookup":                               {"/lookup", "LAS"},
	"/notices/:notice":                      {"/notices/ntc_1", "LOA"},
	"/notices/:notice/drop":                 {"/notices/ntc_1/drop", "LOA"},
	"/notices/:notice/frame":                {"/notices/ntc_1/frame", "LOA"},
	"/organisation":                         {"/organisation", "LOAD"},
	"/rules":                                {"/rules", "LOAD"},
	"/rules/:set":                           {"/rules/builtin", "LOAD"},
	"/recipients/:recipient":                {"/recipients/rcp_1-1", "LOA"},
	"/alerts":                               {"/alerts", "LOAD"},
	"/relays":                               {"/relays", "LOAD"},
	"/relays/:relay":                        {"/relays/rel_1", "LOAD"},
	"/relays/new":                           {"/relays/new", "D"},
	"/relays/:relay/contacted":              {"/relays/rel_1/contacted", "LOA"},
	"/relays/:relay/quarantine":             {"/relays/rel_1/quarantine", "LOAD"},
	"/relays/:relay/release":                {"/relays/rel_1/release", "LOAD"},
	"/senders":                              {"/senders", "LOAD"},
	"/senders/:sender":                      {"/senders/snd_1", "LOAD"},
	"/senders/new":                          {"/senders/new", "D"},
	"/senders/:sender/keys/new":             {"/senders/snd_1/keys/new", "D"},
	"/senders/:sender/keys/:key/use":        {"/senders/snd_1/keys/key_1/use", "D"},
	"/senders/:sender/keys/:key/retire":     {"/senders/snd_1/keys/key_1/retire", "D"},
	"/users":                                {"/users", "AD"},
	"/users/:user":                          {"/users/usr_1", "AD"},
	"/users/new":                            {"/users/new", "D"},
	"/versions/:version":                    {"/versions/ver_1", "LOA"},
	"/versions/:version/answer":             {"/versions/ver_1/answer", "LOA"},
	"/versions/:version/comment":            {"/versions/ver_1/comment?variant=0&line=1", "LOA"},
	"/versions/:version/comments":           {"/versions/ver_1/comments", "LOA"},
	"/versions/:version/approve":            {"/versions/ver_1/approve", "LOA"},
	"/versions/:version/compare":            {"/versions/ver_1/compare", "LOA"},
	"/versions/:version/frame":              {"/versions/ver_1/frame", "LOA"},
	"/versions/:version/reject":             {"/versions/ver_1/reject", "LOA"},
	"/versions/:version/withdraw":           {"/versions/ver_1/withdraw", "LOA"},
}

// What the sample has none of is made by the test.
const (
	anExport     = "an export"
	anAmendment  = "an amendment"
	anExclusion  = "an exclusion"
	aGate        = "a gate"
	aPool        = "a pool"
	aSuppression = "a suppression"

	aSuppressionFile = "a file of suppressions"
)

// forAnybody are the pages that nobody has to be signed in for.
var forAnybody = []string{"/signin", "/signin/code", "/invite/:token", "/favicon.ico"}

// cast are the six people of the sample by their letters.
var cast = []struct{ name, letter string }{{"Ada", "L"}, {"Bo", "L"}, {"Cem", "O"}, {"Dee", "A"}, {"Eli", "D"}, {"Fay", "S"}}

// aPerson is what shows somebody of a list: an address, masked or whole.
var aPerson = regexp.MustCompile(`•••|@(?:example\.(?:com|net|org)|mail\.example|post\.example|familie\.test|studio\.test|praxis\.test|bücher\.example)`)

func TestEveryPageIsInTheTableOfWhoMay(t *testing.T) {
	routes := registered(fiber.MethodGet)
	for _, route := range routes {
		if _, told := whoMay[route]; !told && !slices.Contains(forAnybody, route) && !strings.HasPrefix(route, "/static/") {
			t.Errorf("nobody says who may see %s", route)
		}
	}
	for route := range whoMay {
		if !slices.Contains(routes, route) {
			t.Errorf("%s is no page", route)
		}
	}
}

func TestWhoMaySeeWhichPage(t *testing.T) {
	people := map[string]*caller{}
	for _, p := range cast {
		people[p.name] = signedInAs(t, p.name)
	}
	export := exportOf(people["Dee"], "/campaigns/cmp_1")
	s := newScene(t)
	running := s.runningCampaign()
	s.people["Cem"].does(running+"/pause", running+"/pause", map[string]string{"reason": "because"})
	amendment, exclusion, gate, suppression, pool := s.amendmentOf(running), s.exclusion(), s.gate(), s.suppression("somebody@example.net"), s.pool()
	file := s.suppressionFile()
	for route, rule := range whoMay {
		path := rule.path
		switch path {
		case anExport:
			path = export
		case anAmendment:
			path = amendment
		case anExclusion:
			path = exclusion
		case aGate:
			path = gate
		case aPool:
			path = pool
		case aSuppressionFile:
			path = file
		case aSuppression:
			path = suppression
		}
		for _, p := range cast {
			got, may := people[p.name].get(path), strings.Contains(rule.roles, p.letter)
			seen := got.status == http.StatusOK || got.status == http.StatusSeeOther || got.status == http.StatusNoContent || got.status == http.StatusUnprocessableEntity
			if may != seen || !seen && got.status != http.StatusForbidden && got.status != http.StatusNotFound {
				t.Errorf("%s, %s: %d", route, p.name, got.status)
			}
			if (p.letter == "D" || p.letter == "S") && aPerson.MatchString(got.body) {
				t.Errorf("%s shows %s a person: %s", route, p.name, aPerson.FindString(got.body))
			}
			guarded(t, route, got)
		}
	}
}

// guarded demands that no other site can frame a page.
func guarded(t *testing.T, route string, got replied) {
	t.Helper()
	csp, frame := got.header.Get("Content-Security-Policy"), got.header.Get("X-Frame-Options")
	ours := strings.HasSuffix(route, "/frame") && got.status == http.StatusOK
	switch {
	case ours && (frame != "SAMEORIGIN" || !strings.HasPrefix(csp, "sandbox;") || !strings.Contains(csp, "frame-ancestors 'self'")),
		!ours && (frame != "DENY" || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe")):
		t.Errorf("%s, %d: %s | %s", route, got.status, frame, csp)
	}
}

// exportOf asks for a report, and gives its page when it is there.
func exportOf(by *caller, campaign string) string {
	by.t.Helper()
	to := by.does(campaign+"/evidence", campaign+"/evidence", map[string]string{"reason": "a test"})
	by.await(to, "SHA-256 of the file")
	return to
}

// TestNobodyTakesWhatIsAnothers asks for the file and the session of somebody
// else.
func TestNobodyTakesWhatIsAnothers(t *testing.T) {
	ada, dee := signedInAs(t, "Ada"), signedInAs(t, "Dee")
	export := exportOf(dee, "/campaigns/cmp_1")
	own, _ := formTo(formsOf(dee.get(export).body), export+"/file")
	token, _ := formTo(formsOf(ada.get(export).body), "/signout")
	if got := ada.post(own, token.values()); got.status != http.StatusForbidden && got.status != http.StatusNotFound {
		t.Errorf("the file of another is answered %d: %.100s", got.status, got.body)
	}
	if got := dee.post(own, own.values()); got.status != http.StatusOK || !strings.HasPrefix(got.body, "delivery_id,") {
		t.Errorf("the own file is answered %d", got.status)
	}
	signedInAs(t, "Dee") // so that Dee is offered to end a session
	for _, f := range formsOf(dee.get("/account").body) {
		if !strings.HasPrefix(f.action, "/account/sessions/") {
			continue
		}
		values := token.values()
		values.Set("once", "ends-another")
		ada.post(f, values)
		if after, _ := formTo(formsOf(dee.get("/account").body), f.action); after.action == "" {
			t.Errorf("Ada ended %s, which is Dee's", f.action)
		}
	}
}
