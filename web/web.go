package web

import (
	"context"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/ledger"
	"forthwith/internal/overview"
	"forthwith/web/views"
)

// Services are what the pages call. All of them are needed but Door and Inbox,
// which only a stack with the sample has.
type Services struct {
	Staff         Staff
	Account       Account
	Requests      identity.Requests
	Overview      Overview
	Passwords     identity.Passwords
	Door          Door
	Keeper        Keeper
	Incidents     Incidents
	Campaigns     Campaigns
	Plans         Plans
	Controls      Controls
	Amendments    Amendments
	Tests         Tests
	Choices       Choices
	Deliveries    Deliveries
	Resolver      Resolver
	Reports       Reports
	Ledger        Ledger
	Lookup        Lookup
	Relays        Relays
	Alerts        Alerts
	Senders       Senders
	Users         Users
	Organisations Organisations
	RuleSets      RuleSets
	Inbox         Inbox
	Notices       Notices
	Drafts        Drafts
	Texts         Texts
	Verdicts      Verdicts
	Answering     Answering
	Comments      Comments
	Quoting       Quoting
	Readers       Readers
	Lists         Lists
	Obligations   Obligations
	Cohorts       Cohorts
	Exclusions    Exclusions
	Domains       Domains
	Gates         Gates
	Codes         Codes
	Suppressed    Suppressed
	Suppressions  Suppressions
}

// Staff signs people in and out.
type Staff interface {
	SignIn(ctx context.Context, known identity.Passwords, from netip.Addr, email, password string) (string, error)
	GiveCode(ctx context.Context, asked, code string) (string, error)
	Resume(ctx context.Context, token string) (identity.Signed, error)
	StepUp(ctx context.Context, by access.Actor, code string) (time.Time, error)
	Sessions(ctx context.Context, by access.Actor) ([]identity.Session, error)
	EndSession(ctx context.Context, by access.Actor, no id.Session) error
	Invited(ctx context.Context, token string) (identity.Invited, error)
	Accept(ctx context.Context, token, password, code string) ([]string, error)
}

// Door lets a visitor be a person of the sample.
type Door interface {
	Enter(ctx context.Context, no id.User) (string, error)
	People(ctx context.Context) ([]identity.User, error)
	Code(ctx context.Context, by access.Actor) (string, time.Duration, error)
}

// Overview tells where incidents stand.
type Overview interface {
	Standing(ctx context.Context, by access.Actor, no id.Incident) (overview.Standing, error)
	Standings(ctx context.Context, by access.Actor, limit int) ([]overview.Standing, error)
	Timeline(ctx context.Context, by access.Actor, no id.Incident, before ledger.EntryID, limit int) ([]overview.Happening, error)
	Staff(ctx context.Context, by access.Actor) (map[id.User]string, error)
}

// Options say where the pages stand.
type Options struct {
	HTTPS  bool   // the base URL is https: cookies say so
	Base   string // how people reach the pages; empty: as the browser did
	Sample bool   // the stack has the sample
	Secret string // of the link that opens the door; empty: no door
	Host   string // the printed address, which the door answers at
}

// Mount registers the pages beside what the server has already.
func Mount(app *fiber.App, s Services, o Options) {
	views.Load()
	w := &site{Services: s, Options: o}
	w.staticRoutes(app)
	w.signInRoutes(app)
	w.inviteRoutes(app)
	w.accountRoutes(app)
	w.keyRoutes(app)
	w.homeRoutes(app)
	w.incidentRoutes(app)
	w.lawClockRoutes(app)
	w.listRoutes(app)
	w.cohortRoutes(app)
	w.exclusionRoutes(app)
	w.gateRoutes(app)
	w.codeRoutes(app)
	w.suppressedRoutes(app)
	w.suppressionRoutes(app)
	w.campaignRoutes(app)
	w.noticeRoutes(app)
	w.deliveryRoutes(app)
	w.evidenceRoutes(app)
	w.lookupRoutes(app)
	w.relayRoutes(app)
	w.alertRoutes(app)
	w.senderRoutes(app)
	w.organisationRoutes(app)
	w.ruleSetRoutes(app)
	w.userRoutes(app)
	w.ledgerRoutes(app)
	w.inboxRoutes(app)
	app.Use(w.missing)
}

// site is the running user interface.
type site struct {
	Services
	Options
	feeds  feeds
	clocks clockStates
	stood  standings
}
