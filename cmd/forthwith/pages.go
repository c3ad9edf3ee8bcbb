package main

import (
	"strings"

	"forthwith/internal/obligation"
	"forthwith/internal/watch"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/dns"
	"forthwith/internal/evidence"
	"forthwith/internal/identity"
	"forthwith/internal/inbox"
	"forthwith/internal/incident"
	"forthwith/internal/ledger"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/web"
)

// staff answers for users, tokens and sessions.
func (s *system) staff() identity.Service {
	store := postgres.IdentityStore{DB: s.db}
	return identity.Service{Store: store, Reader: store, Open: store}
}

// pages are what the user interface calls.
func (s *system) pages(box *inbox.Box) web.Services {
	people, campaigns, notices := s.staff(), s.campaigns(), s.notices()
	incidents := s.incidents()
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: s.db}}
	all := web.Services{
		Staff: people, Account: people, Passwords: postgres.IdentityStore{DB: s.db}, Requests: postgres.RequestStore{DB: s.db},
		Overview: overview.Service{Store: postgres.OverviewStore{DB: s.db}}, Keeper: postgres.KeepStore{DB: s.db},
		Incidents: incidents, Obligations: s.obligations(), RuleSets: s.ruleSets(), Organisations: incidents,
		Deliveries: reports, Reports: reports, Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: s.db}},
		Lookup: s.desk(),
		Ledger: ledger.Service{Log: postgres.LedgerStore{DB: s.db}}, Relays: s.relays(), Alerts: s.alerts(), Senders: s.senders(), Users: people,
		Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Amendments: s.amendments(), Tests: campaign.Tester{Store: postgres.CampaignStore{DB: s.db}},
		Choices: web.Choices{Cohorts: s.cohorts(), Notices: notices, Senders: s.senders(), Relays: s.relays()},
		Notices: notices, Drafts: notices, Texts: notices, Verdicts: notices, Answering: notices, Comments: notices, Quoting: notices, Readers: s.cohorts(),
		Lists: s.lists(), Domains: s.domains(), Cohorts: s.cohorts(), Exclusions: s.exclusions(), Gates: s.gates(), Codes: s.codes(), Suppressed: s.suppressed(), Suppressions: s.suppressions(),
	}
	if s.sample && box != nil {
		all.Inbox = box
	}
	if s.door.Secret != "" {
		all.Door = identity.SampleDoor{Service: people}
	}
	return all
}

// pageOptions say how people reach the pages.
func (s *system) pageOptions() web.Options {
	o := s.door
	o.HTTPS, o.Sample, o.Base = strings.HasPrefix(s.cfg.BaseURL, "https://"), s.sample, s.cfg.BaseURL
	return o
}

func (s *system) amendments() campaign.Amendments {
	store := postgres.CampaignStore{DB: s.db}
	return campaign.Amendments{Store: store, Campaigns: store}
}

func (s *system) campaigns() campaign.Service {
	store := postgres.CampaignStore{DB: s.db}
	return campaign.Service{Store: store, Plans: store, Counter: store}
}

func (s *system) notices() notice.Service {
	store := postgres.NoticeStore{DB: s.db}
	return notice.Service{Store: store, Scene: store}
}

// desk answers who asks about one person.
func (s *system) desk() evidence.Desk { return evidence.Desk{Finder: postgres.EvidenceStore{DB: s.db}} }

func (s *system) relays() relay.Service {
	return relay.Service{Store: postgres.RelayStore{DB: s.db}, Guard: s.guard(), OnlyHostPort: s.onlyRelay}
}

func (s *system) alerts() watch.Service {
	return watch.Service{Store: postgres.AlertStore{DB: s.db}}
}

func (s *system) obligations() obligation.Service {
	return obligation.Service{Store: postgres.ObligationStore{DB: s.db}, Rules: postgres.RuleStore{DB: s.db}}
}

func (s *system) ruleSets() obligation.RuleSets {
	return obligation.RuleSets{Store: postgres.RuleStore{DB: s.db}}
}

func (s *system) incidents() incident.Service {
	return incident.Service{Store: postgres.IncidentStore{DB: s.db}, Rules: postgres.RuleStore{DB: s.db}}
}

func (s *system) senders() sender.Service {
	all := sender.Service{Store: postgres.SenderStore{DB: s.db}}
	if s.names != nil {
		all.Names = dns.Senders{Resolver: s.names}
	}
	return all
}
