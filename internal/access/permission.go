package access

import (
	"slices"

	"forthwith/internal/fault"
)

// Permission is one thing that a person may be allowed to do.
type Permission struct {
	Name   string
	Roles  []Role
	Scope  Scope
	StepUp bool // needs a second factor given within the last five minutes
}

// The permissions, in the order of "Who may" in the API's description.
var (
	ReadIncident   = Permission{Name: "read_incident", Roles: []Role{Legal, Ops, Auditor}, Scope: ScopeRead}
	ReadSettings   = Permission{Name: "read_settings", Roles: []Role{Legal, Ops, Auditor, Admin}, Scope: ScopeRead}
	ReadUsers      = Permission{Name: "read_users", Roles: []Role{Auditor, Admin}, Scope: ScopeRead}
	ReadLedger     = Permission{Name: "read_ledger", Roles: []Role{Auditor, Admin}, Scope: ScopeRead}
	EditIncident   = Permission{Name: "edit_incident", Roles: []Role{Legal, Ops}, Scope: ScopeDraft}
	TickDuties     = Permission{Name: "tick_duties", Roles: []Role{Legal, Ops}, Scope: ScopeDraft}
	ImportLists    = Permission{Name: "import_lists", Roles: []Role{Ops}, Scope: ScopeImport}
	BuildCohorts   = Permission{Name: "build_cohorts", Roles: []Role{Ops}, Scope: ScopeImport}
	ExcludePeople  = Permission{Name: "exclude_people", Roles: []Role{Legal, Ops}, Scope: ScopeImport}
	ExcludeFreely  = Permission{Name: "exclude_freely", Roles: []Role{Legal}, Scope: ScopeImport} // for any reason, and from what was approved
	SuppressPeople = Permission{Name: "suppress_people", Roles: []Role{Legal, Ops}, Scope: ScopeImport}
	EndSuppression = Permission{Name: "release_suppression", Roles: []Role{Legal}, Scope: ScopeImport}
	RuleOnPeople   = Permission{Name: "decide_suppressed", Roles: []Role{Legal}, Scope: ScopeImport}
	DecideUpgrades = Permission{Name: "decide_upgrades", Roles: []Role{Legal, Ops}, Scope: ScopeImport}
	LeaveUpgrades  = Permission{Name: "leave_upgrades", Roles: []Role{Legal}, Scope: ScopeImport} // that what people heard is enough
	FillPools      = Permission{Name: "fill_pools", Roles: []Role{Ops}, Scope: ScopeImport}       // with codes, one for each person
	WriteNotices   = Permission{Name: "write_notices", Roles: []Role{Legal, Ops}, Scope: ScopeDraft}
	AnswerFindings = Permission{Name: "answer_findings", Roles: []Role{Legal}, Scope: ScopeDraft}
	DecideNotice   = Permission{Name: "decide_notice", Roles: []Role{Legal}, Scope: ScopeApprove, StepUp: true}
	RejectNotice   = Permission{Name: "reject_notice", Roles: []Role{Legal}, Scope: ScopeApprove}
	BuildCampaigns = Permission{Name: "build_campaigns", Roles: []Role{Ops}, Scope: ScopeDraft}
	DecidePlan     = Permission{Name: "decide_plan", Roles: []Role{Legal}, Scope: ScopeApprove, StepUp: true}
	RejectPlan     = Permission{Name: "reject_plan", Roles: []Role{Legal}, Scope: ScopeApprove}
	Launch         = Permission{Name: "launch", Roles: []Role{Ops}, Scope: ScopeLaunch, StepUp: true}
	Amend          = Permission{Name: "amend", Roles: []Role{Ops}, Scope: ScopeLaunch, StepUp: true}
	RunCampaign    = Permission{Name: "run_campaign", Roles: []Role{Ops}, Scope: ScopeLaunch}
	Quarantine     = Permission{Name: "quarantine_relay", Roles: []Role{Ops, Admin}, Scope: ScopeLaunch}
	Acknowledge    = Permission{Name: "acknowledge_alert", Roles: []Role{Ops, Admin}, Scope: ScopeLaunch}
	ReleaseRelay   = Permission{Name: "release_relay", Roles: []Role{Admin}, Scope: ScopeAdmin, StepUp: true}
	EditSettings   = Permission{Name: "edit_settings", Roles: []Role{Admin}, Scope: ScopeAdmin}
	ManageUsers    = Permission{Name: "manage_users", Roles: []Role{Admin}, Scope: ScopeAdmin, StepUp: true}
	Export         = Permission{Name: "export", Roles: []Role{Auditor, Legal}, Scope: ScopeExport}
	ExportWhole    = Permission{Name: "export_whole", Roles: []Role{Auditor, Legal}, Scope: ScopeExport, StepUp: true}
	LookUp         = Permission{Name: "look_up", Roles: []Role{Auditor, Legal, Support}, Scope: ScopeLookup}
	OwnSecrets     = Permission{Name: "own_secrets", Roles: Roles, StepUp: true}
	Self           = Permission{Name: "self", Roles: Roles}
)

// Allow says whether an actor may use a permission: by role, by the scopes of
// its token, then by a fresh second factor, in this order. The fault tells the
// first reason against it.
func (p Permission) Allow(a Actor) error {
	if !slices.Contains(p.Roles, a.Role) {
		return fault.New(fault.Forbidden, "role_may_not", fault.Values{"role": string(a.Role), "who": oneOf(p.Roles)})
	}
	if p.Scope != "" && a.Token != 0 && !slices.Contains(a.Scopes, p.Scope) {
		return fault.New(fault.Forbidden, "scope_missing", fault.Values{"scope": string(p.Scope)})
	}
	if p.StepUp && !a.SteppedUp {
		return fault.New(fault.StepUp, "step_up_needed", nil)
	}
	return nil
}

func oneOf(roles []Role) string {
	text := ""
	for i, r := range roles {
		if i > 0 {
			text += " or "
		}
		text += string(r)
	}
	return text
}
