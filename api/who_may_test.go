package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/identity"
)

// whoMay is the table of who may call which route: the letters are the roles
// (L legal, O ops, A auditor, D admin, S support), then the scope that a token
// needs, then whether a step-up does.
var whoMay = map[string]struct {
	roles  string
	scope  access.Scope
	stepUp bool
}{
	"GET /me":                                  {"LOADS", "", false},
	"POST /step-up":                            {"LOADS", "", false},
	"GET /users":                               {"AD", "read", false},
	"POST /users":                              {"D", "admin", true},
	"GET /users/{user}":                        {"AD", "read", false},
	"PATCH /users/{user}":                      {"D", "admin", true},
	"POST /users/{user}/reset-factors":         {"D", "admin", true},
	"GET /tokens":                              {"LOADS", "", false},
	"POST /tokens":                             {"LOADS", "", false},
	"DELETE /tokens/{token}":                   {"LOADS", "", false},
	"GET /organisation":                        {"LOAD", "read", false},
	"PATCH /organisation":                      {"D", "admin", false},
	"GET /rule-set":                            {"LOAD", "read", false},
	"GET /rule-sets":                           {"LOAD", "read", false},
	"POST /rule-sets":                          {"D", "admin", false},
	"GET /rule-sets/{set}":                     {"LOAD", "read", false},
	"POST /rule-sets/{set}/activate":           {"D", "admin", false},
	"GET /relays":                              {"LOAD", "read", false},
	"POST /relays":                             {"D", "admin", false},
	"GET /relays/{relay}":                      {"LOAD", "read", false},
	"PATCH /relays/{relay}":                    {"D", "admin", false},
	"POST /relays/{relay}/quarantine":          {"OD", "launch", false},
	"GET /alerts":                              {"LOAD", "read", false},
	"POST /alerts/{alert}/acknowledge":         {"OD", "launch", false},
	"POST /relays/{relay}/release":             {"D", "admin", true},
	"GET /relays/{relay}/contacted":            {"LOA", "read", false},
	"GET /senders":                             {"LOAD", "read", false},
	"POST /senders":                            {"D", "admin", false},
	"GET /senders/{sender}":                    {"LOAD", "read", false},
	"PATCH /senders/{sender}":                  {"D", "admin", false},
	"POST /senders/{sender}/check":             {"D", "admin", false},
	"GET /senders/{sender}/keys":               {"LOAD", "read", false},
	"POST /senders/{sender}/keys":              {"D", "admin", false},
	"POST /senders/{sender}/keys/{key}/use":    {"D", "admin", false},
	"POST /senders/{sender}/keys/{key}/retire": {"D", "admin", false},
	"GET /ledger":                              {"AD", "read", false},
	"GET /ledger/checkpoints":                  {"AD", "read", false},

	"GET /incidents":                                     {"LOA", "read", false},
	"POST /incidents":                                    {"LO", "draft", false},
	"GET /incidents/{incident}":                          {"LOA", "read", false},
	"PATCH /incidents/{incident}":                        {"LO", "draft", false},
	"GET /starters":                                      {"LOAD", "read", false},
	"GET /incidents/{incident}/obligations":              {"LOA", "read", false},
	"GET /incidents/{incident}/obligations.ics":          {"LOA", "read", false},
	"GET /incidents/{incident}/figures":                  {"LOA", "read", false},
	"GET /incidents/{incident}/figures/{place}":          {"LOA", "read", false},
	"POST /incidents/{incident}/obligations/{duty}/done": {"LO", "draft", false},
	"GET /incidents/{incident}/lists":                    {"LOA", "read", false},
	"POST /incidents/{incident}/lists":                   {"O", "import", false},
	"GET /lists/{list}":                                  {"LOA", "read", false},
	"GET /lists/{list}/preview":                          {"LOA", "read", false},
	"DELETE /lists/{list}":                               {"O", "import", false},
	"POST /lists/{list}/confirm":                         {"O", "import", false},
	"POST /lists/{list}/cancel":                          {"O", "import", false},
	"GET /lists/{list}/withdraw":                         {"LOA", "read", false},
	"POST /lists/{list}/withdraw":                        {"O", "import", false},
	"GET /lists/{list}/diff":                             {"LOA", "read", false},
	"GET /lists/{list}/rejects":                          {"LOA", "read", false},
	"GET /lists/{list}/rejects.csv":                      {"LOA", "read", false},
	"GET /incidents/{incident}/flags":                    {"LOA", "read", false},
	"GET /incidents/{incident}/recipients":               {"LOA", "read", false},
	"GET /recipients/{recipient}":                        {"LOA", "read", false},
	"GET /incidents/{incident}/cohorts":                  {"LOA", "read", false},
	"POST /incidents/{incident}/cohorts":                 {"O", "import", false},
	"POST /incidents/{incident}/cohorts/size":            {"LOA", "read", false},
	"GET /incidents/{incident}/overlaps":                 {"LOA", "read", false},
	"GET /cohorts/{cohort}":                              {"LOA", "read", false},
	"PATCH /cohorts/{cohort}":                            {"O", "import", false},
	"DELETE /cohorts/{cohort}":                           {"O", "import", false},
	"GET /cohorts/{cohort}/proof":                        {"LOA", "read", false},
	"GET /cohorts/{cohort}/upgrades":                     {"LOA", "read", false},
	"POST /cohorts/{cohort}/upgrade-decisions":           {"LO", "import", false},
	"POST /cohorts/{cohort}/freeze":                      {"O", "import", false},

	"GET /incidents/{incident}/exclusions":   {"LOA", "read", false},
	"POST /incidents/{incident}/exclusions":  {"LO", "import", false},
	"GET /exclusions/{exclusion}":            {"LOA", "read", false},
	"GET /exclusions/{exclusion}/recipients": {"LOA", "read", false},
	"POST /exclusions/{exclusion}/lift":      {"LO", "import", false},
	"POST /cohorts/{cohort}/versions":        {"O", "import", false},
	"GET /incidents/{incident}/gates":        {"LOA", "read", false},
	"POST /incidents/{incident}/gates":       {"O", "import", false},
	"GET /gates/{gate}":                      {"LOA", "read", false},
	"GET /gates/{gate}/recipients":           {"LOA", "read", false},
	"POST /gates/{gate}/lift":                {"O", "import", false},
	"GET /incidents/{incident}/code-pools":   {"LOA", "read", false},
	"POST /incidents/{incident}/code-pools":  {"O", "import", false},
	"GET /code-pools/{pool}":                 {"LOA", "read", false},
	"POST /code-pools/{pool}/codes":          {"O", "import", false},

	"GET /suppressions":                                {"LOA", "read", false},
	"POST /suppressions":                               {"LO", "import", false},
	"POST /suppressions/import":                        {"LO", "import", false},
	"GET /suppression-files":                           {"LOA", "read", false},
	"GET /suppression-files/{file}":                    {"LOA", "read", false},
	"GET /suppression-files/{file}/refused":            {"LOA", "read", false},
	"POST /suppression-files/{file}/release":           {"L", "import", false},
	"GET /suppressions/{suppression}":                  {"LOA", "read", false},
	"POST /suppressions/{suppression}/release":         {"L", "import", false},
	"GET /campaigns/{campaign}/undecided":              {"LOA", "read", false},
	"POST /campaigns/{campaign}/suppression-decisions": {"L", "import", false},

	"GET /incidents/{incident}/notices":  {"LOA", "read", false},
	"POST /incidents/{incident}/notices": {"LO", "draft", false},
	"POST /notices/{notice}/versions":    {"LO", "draft", false},
	"GET /versions/{version}":            {"LOA", "read", false},
	"GET /versions/{version}/preview":    {"LOA", "read", false},
	"GET /versions/{version}/diff":       {"LOA", "read", false},
	"GET /versions/{version}/matrix":     {"LOA", "read", false},
	"POST /versions/{version}/answers":   {"L", "draft", false},
	"GET /versions/{version}/comments":   {"LOA", "read", false},
	"POST /versions/{version}/comments":  {"LO", "draft", false},
	"POST /comments/{comment}/resolve":   {"LO", "draft", false},
	"POST /versions/{version}/submit":    {"LO", "draft", false},
	"POST /versions/{version}/approve":   {"L", "approve", true},
	"POST /versions/{version}/reject":    {"L", "approve", false},
	"POST /versions/{version}/withdraw":  {"L", "approve", false},

	"GET /incidents/{incident}/campaigns":    {"LOA", "read", false},
	"POST /incidents/{incident}/campaigns":   {"O", "draft", false},
	"GET /campaigns/{campaign}":              {"LOA", "read", false},
	"PATCH /campaigns/{campaign}":            {"O", "draft", false},
	"GET /campaigns/{campaign}/stream":       {"LOA", "read", false},
	"GET /campaigns/{campaign}/preflight":    {"LOA", "read", false},
	"POST /campaigns/{campaign}/preflight":   {"O", "draft", false},
	"DELETE /campaigns/{campaign}/preflight": {"O", "draft", false},
	"GET /campaigns/{campaign}/plan":         {"LOA", "read", false},
	"GET /campaigns/{campaign}/plan.pdf":     {"LOA", "read", false},
	"POST /campaigns/{campaign}/approve":     {"L", "approve", true},
	"POST /campaigns/{campaign}/reject":      {"L", "approve", false},
	"POST /campaigns/{campaign}/launch":      {"O", "launch", true},
	"POST /campaigns/{campaign}/pause":       {"O", "launch", false},
	"POST /campaigns/{campaign}/resume":      {"O", "launch", false},
	"POST /campaigns/{campaign}/abort":       {"O", "launch", false},
	"PUT /campaigns/{campaign}/pace":         {"O", "launch", false},
	"POST /campaigns/{campaign}/failover":    {"O", "launch", false},
	"GET /campaigns/{campaign}/amendments":   {"LOA", "read", false},
	"POST /campaigns/{campaign}/amendments":  {"O", "launch", true},
	"GET /amendments/{amendment}":            {"LOA", "read", false},
	"POST /amendments/{amendment}/approve":   {"L", "approve", true},
	"POST /campaigns/{campaign}/test-send":   {"O", "draft", false},
	"GET /campaigns/{campaign}/test-sends":   {"LOA", "read", false},
	"GET /campaigns/{campaign}/deliveries":   {"LOA", "read", false},
	"GET /deliveries/{delivery}":             {"LOA", "read", false},
	"POST /deliveries/{delivery}/resolve":    {"O", "launch", false},
	"POST /campaigns/{campaign}/resolve":     {"O", "launch", false},
	"GET /campaigns/{campaign}/report.csv":   {"LA", "export", false},
	"GET /campaigns/{campaign}/report.json":  {"LA", "export", false},
	"POST /campaigns/{campaign}/exports":     {"LA", "export", false},
	"GET /exports/{export}":                  {"LA", "export", false},
	"POST /lookup":                           {"LAS", "lookup", false},
	"GET /exports/{export}/file":             {"LA", "export", false},
}

// publicRoutes need nobody.
var publicRoutes = []string{"GET /openapi.json"}

var letters = map[rune]access.Role{'L': access.Legal, 'O': access.Ops, 'A': access.Auditor, 'D': access.Admin, 'S': access.Support}

var gap = regexp.MustCompile(`\{(\w+)\}`)

// nowhere gives each kind of thing an id that nothing has.
var nowhere = map[string]string{"user": "usr_999", "token": "tok_999", "relay": "rel_999", "sender": "snd_999", "incident": "inc_999", "duty": "eu-gdpr.individual_notice", "place": "US-CA", "list": "lst_999",
	"recipient": "rcp_999-1", "cohort": "coh_999", "notice": "ntc_999", "version": "ver_999", "comment": "cmt_999", "campaign": "cmp_999", "delivery": "dlv_999-1", "export": "exp_999", "key": "key_999", "amendment": "amd_999", "alert": "alr_999", "exclusion": "exc_999", "gate": "gat_999", "pool": "pool_999", "suppression": "sup_999", "file": "spf_999", "set": "rul_999"}

const aHash = "0000000000000000000000000000000000000000000000000000000000000001"

// files are the forms of uploads.
var files = map[string][]string{
	"POST /incidents/{incident}/lists":      {"file", "email\n"},
	"POST /incidents/{incident}/code-pools": {"name", "monitoring", "file", "A-1\n"},
	"POST /code-pools/{pool}/codes":         {"file", "A-1\n"},
	"POST /suppressions/import":             {"file", "email\n"},
	"POST /rule-sets":                       {"file", "version: 1\n"},
}

// bodies are given where an empty object is refused before anybody is asked
// who they are.
var bodies = map[string]any{
	"POST /incidents/{incident}/gates":        map[string]any{"name": "a", "rule": map[string]string{"list": "lst_1"}},
	"POST /incidents/{incident}/cohorts":      map[string]any{"name": "a", "rule": map[string]string{"list": "lst_1"}},
	"POST /incidents/{incident}/cohorts/size": map[string]any{"rule": map[string]string{"list": "lst_1"}},
	"POST /versions/{version}/answers":        map[string]any{"findings": []string{"a"}, "reason": "because"},
	"POST /versions/{version}/submit":         map[string]string{"sha256": aHash},
	"POST /versions/{version}/approve":        map[string]string{"sha256": aHash},
	"POST /versions/{version}/reject":         map[string]string{"sha256": aHash, "comment": "no"},
	"POST /versions/{version}/withdraw":       map[string]string{"sha256": aHash, "comment": "no"},
	"POST /step-up":                           map[string]string{"code": "000000"},
	"POST /campaigns/{campaign}/pause":        map[string]string{"reason": "a test"},
	"POST /campaigns/{campaign}/abort":        map[string]string{"reason": "a test"},
	"POST /campaigns/{campaign}/failover":     map[string]string{"reason": "a test", "from": "rel_1", "to": "rel_2"},
}

func TestEveryRouteIsInTheTableOfWhoMay(t *testing.T) {
	registered := registeredRoutes()
	for _, route := range registered {
		if _, told := whoMay[route]; !told && !slices.Contains(publicRoutes, route) {
			t.Errorf("nobody says who may %s", route)
		}
	}
	for route := range whoMay {
		if !slices.Contains(registered, route) {
			t.Errorf("%s is no route", route)
		}
	}
}

func TestWhoMayCallWhichRoute(t *testing.T) {
	r := newRig(t)
	fresh := map[access.Role]person{}
	for _, role := range access.Roles {
		fresh[role] = r.hire("fresh-"+string(role), role, identity.ScopesOf(role)...)
		r.stepUp(fresh[role])
	}
	for _, route := range registeredRoutes() {
		rule, told := whoMay[route]
		if !told {
			continue
		}
		t.Run(route, func(t *testing.T) {
			r.t = t
			for letter, role := range letters {
				may := strings.ContainsRune(rule.roles, letter)
				plain, steppedUp := r.try(route, r.people[role]), r.try(route, fresh[role])
				if may != (steppedUp.status != http.StatusForbidden) || !may && steppedUp.code() != "role_may_not" {
					t.Errorf("%s: %d %s with a second factor", role, steppedUp.status, steppedUp.code())
				}
				if needs := plain.code() == "step_up_needed"; may && needs != rule.stepUp {
					t.Errorf("%s: %d %s without a second factor", role, plain.status, plain.code())
				}
				if plain.status >= 500 || steppedUp.status >= 500 || plain.status == http.StatusUnauthorized {
					t.Errorf("%s: %d, %d", role, plain.status, steppedUp.status)
				}
			}
		})
	}
	r.t = t
}

func TestATokenWithoutTheScopeMayNot(t *testing.T) {
	r := newRig(t)
	narrow := map[string]person{}
	for _, route := range registeredRoutes() {
		rule := whoMay[route]
		if rule.scope == "" {
			continue
		}
		role := letters[[]rune(rule.roles)[0]]
		rest := slices.DeleteFunc(identity.ScopesOf(role), func(s access.Scope) bool { return s == rule.scope })
		key := string(role) + " without " + string(rule.scope)
		if _, hired := narrow[key]; !hired {
			narrow[key] = r.hire(strings.ReplaceAll(key, " ", "-"), role, rest...)
			r.stepUp(narrow[key])
		}
		if got := r.try(route, narrow[key]); got.status != http.StatusForbidden || got.code() != "scope_missing" {
			t.Errorf("%s, %s: %d %s", route, key, got.status, got.code())
		}
	}
}

func TestNobodyIsAskedAnythingBeforeTheyAreKnown(t *testing.T) {
	r := newRig(t)
	for _, route := range registeredRoutes() {
		if slices.Contains(publicRoutes, route) {
			continue
		}
		if got := r.try(route, person{token: "fwt_unknown"}); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %s", route, got.status, got.code())
		}
	}
}

func (r *rig) try(route string, p person) answer {
	r.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = gap.ReplaceAllStringFunc(path, func(g string) string { return nowhere[strings.Trim(g, "{}")] })
	var body any
	if method != http.MethodGet && method != http.MethodDelete {
		if body = bodies[route]; body == nil {
			body = map[string]any{}
		}
	}
	if file := files[route]; file != nil {
		form, kind := multipartForm(r.t, file...)
		return r.call(p.token, method, path, form, "Content-Type", kind)
	}
	return r.call(p.token, method, path, body, "If-Match", `"1"`)
}

// TestRolesNeverHoldWhatTheyMustNot holds the permissions themselves against
// the promise, whatever routes there are.
func TestRolesNeverHoldWhatTheyMustNot(t *testing.T) {
	never := map[access.Role][]access.Permission{
		access.Legal:   {access.Launch, access.RunCampaign, access.BuildCampaigns, access.ManageUsers, access.EditSettings},
		access.Ops:     {access.DecideNotice, access.DecidePlan, access.RejectNotice, access.RejectPlan, access.ManageUsers, access.EditSettings, access.ExportWhole},
		access.Auditor: {access.EditIncident, access.ImportLists, access.WriteNotices, access.DecideNotice, access.Launch, access.RunCampaign, access.EditSettings},
		access.Admin:   {access.ReadIncident, access.DecideNotice, access.DecidePlan, access.Launch, access.RunCampaign, access.LookUp, access.ExportWhole},
		access.Support: {access.ReadIncident, access.ReadSettings, access.Export, access.ExportWhole, access.ReadLedger},
	}
	for role, permissions := range never {
		for _, p := range permissions {
			if err := p.Allow(access.Actor{User: 1, Role: role, SteppedUp: true}); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s may %s", role, p.Name)
			}
		}
	}
}
