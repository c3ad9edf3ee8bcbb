package web

import (
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/outcome"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/web/views"
)

// look is the tone and the shape of a state; its word stands in the catalogue.
type look struct{ tone, icon string }

var deliveryLooks = map[outcome.Status]look{
	outcome.Pending: {"idle", "ring"}, outcome.Held: {"warn", "diamond"}, outcome.Sending: {"info", "half"},
	outcome.Accepted: {"info", "dot"}, outcome.Deferred: {"warn", "again"}, outcome.Delivered: {"ok", "check"},
	outcome.Bounced: {"bad", "back"}, outcome.Complained: {"bad", "flag"}, outcome.Rejected: {"bad", "cross"},
	outcome.Expired: {"bad", "glass"}, outcome.Suppressed: {"idle", "minus"}, outcome.Excluded: {"idle", "box"},
	outcome.Cancelled: {"idle", "square"}, outcome.Unaddressed: {"idle", "none"}, outcome.Indeterminate: {"odd", "question"},
}

var versionLooks = map[notice.State]look{
	notice.Drafted: {"idle", "ring"}, notice.InReview: {"info", "half"}, notice.Approved: {"ok", "check"},
	notice.Rejected: {"bad", "back"}, notice.Withdrawn: {"bad", "square"},
}

var campaignLooks = map[campaign.State]look{
	campaign.Draft: {"idle", "ring"}, campaign.Preflighting: {"info", "half"}, campaign.Ready: {"info", "quarter"},
	campaign.Approved: {"ok", "check"}, campaign.Scheduled: {"info", "clock"}, campaign.Sending: {"info", "play"},
	campaign.Paused: {"warn", "pause"}, campaign.Complete: {"ok", "check"}, campaign.ClosedEarly: {"warn", "warning"},
	campaign.Aborted: {"bad", "square"},
}

var listLooks = map[intake.State]look{
	intake.Awaiting: {"warn", "diamond"}, intake.Importing: {"info", "half"}, intake.Imported: {"ok", "check"},
	intake.Failed: {"bad", "cross"}, intake.Cancelled: {"idle", "square"}, intake.Withdrawn: {"idle", "minus"},
}

var cohortLooks = map[cohort.State]look{
	cohort.Drafted: {"idle", "ring"}, cohort.Freezing: {"info", "half"}, cohort.Frozen: {"ok", "check"},
}

var relayLooks = map[relay.State]look{
	relay.Healthy: {"ok", "dot"}, relay.Open: {"warn", "half"}, relay.Quarantined: {"bad", "stop"},
}

var keyLooks = map[sender.KeyState]look{
	sender.KeyMade: {"warn", "diamond"}, sender.KeyInUse: {"ok", "check"}, sender.KeyRetired: {"idle", "minus"},
}

var progressLooks = map[overview.Progress]look{
	overview.NotYet: {"idle", "ring"}, overview.ToDo: {"warn", "diamond"}, overview.Under: {"info", "half"}, overview.Done: {"ok", "check"},
}

// said tells a state: kind names its words in the catalogue.
func said[S ~string](kind string, looks map[S]look, state S) views.Said {
	l, ok := looks[state]
	if !ok {
		l = look{"idle", "ring"}
	}
	return views.Said{Icon: l.icon, Tone: l.tone, Word: phrase.Say("state_"+kind+"_"+string(state), nil)}
}

func saidDelivery(s outcome.Status) views.Said { return said("delivery", deliveryLooks, s) }
func saidVersion(s notice.State) views.Said    { return said("version", versionLooks, s) }
func saidCampaign(s campaign.State) views.Said { return said("campaign", campaignLooks, s) }
func saidList(s intake.State) views.Said       { return said("list", listLooks, s) }
func saidCohort(s cohort.State) views.Said     { return said("cohort", cohortLooks, s) }
func saidRelay(s relay.State) views.Said       { return said("relay", relayLooks, s) }
func saidKey(s sender.KeyState) views.Said     { return said("key", keyLooks, s) }
