package api

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
)

// Services are what the routes call. All of them are needed.
type Services struct {
	SignIn   httpguard.Authenticator
	Requests identity.Requests
	Health   Health

	Myself        Myself
	Users         Users
	Tokens        Tokens
	Organisations Organisations
	RuleSets      RuleSets
	Relays        Relays
	Alerts        Alerts
	Senders       Senders
	Ledger        Ledger
	Incidents     Incidents
	Obligations   Obligations
	Lists         Lists
	Cohorts       Cohorts
	Recipients    Recipients
	Domains       Domains
	Exclusions    Exclusions
	Gates         Gates
	Codes         Codes
	Suppressions  Suppressions
	Suppressed    Suppressed
	Notices       Notices
	Versions      Versions
	Comments      Comments
	Matrices      Matrices

	Campaigns  Campaigns
	Plans      Plans
	Controls   Controls
	Amendments Amendments
	Tests      Tests
	Live       Live
	Deliveries Deliveries
	Resolver   Resolver
	Reports    Reports
	Lookup     Lookup
	Inbox      Inbox // nil but with the sample
}

// Prefix stands before every route but health.
const Prefix = "/api/v1"

// New makes the server. The caller listens, and shuts it down.
func New(s Services) *fiber.App {
	app := httpguard.NewApp(answerError)
	healthRoutes(app, s.Health)
	r := routes{app: app, signIn: s.SignIn, requests: s.Requests}
	documentRoutes(r)
	meRoutes(r, s.Myself)
	userRoutes(r, s.Users)
	tokenRoutes(r, s.Tokens)
	organisationRoutes(r, s.Organisations)
	ruleSetRoutes(r, s.RuleSets)
	relayRoutes(r, s.Relays)
	alertRoutes(r, s.Alerts)
	senderRoutes(r, s.Senders)
	ledgerRoutes(r, s.Ledger)
	incidentRoutes(r, s.Incidents)
	obligationRoutes(r, s.Obligations)
	listRoutes(r, s.Lists)
	cohortRoutes(r, s.Cohorts)
	recipientRoutes(r, s.Recipients, s.Domains)
	exclusionRoutes(r, s.Exclusions)
	gateRoutes(r, s.Gates)
	codeRoutes(r, s.Codes)
	suppressionRoutes(r, s.Suppressions, s.Suppressed)
	starterRoutes(r, s.Notices)
	noticeRoutes(r, s.Notices)
	versionRoutes(r, s.Versions)
	compareRoutes(r, s.Versions)
	commentRoutes(r, s.Comments)
	matrixRoutes(r, s.Matrices)
	campaignRoutes(r, s.Campaigns)
	planRoutes(r, s.Plans)
	controlRoutes(r, s.Controls)
	amendmentRoutes(r, s.Amendments)
	testRoutes(r, s.Tests)
	eventRoutes(r, s.Live)
	deliveryRoutes(r, s.Deliveries, s.Resolver)
	reportRoutes(r, s.Reports)
	lookupRoutes(r, s.Lookup)
	if s.Inbox != nil {
		inboxRoutes(app, s.Inbox)
	}
	return app
}

// NewSide makes the server of a process's own health, metrics and profiles, for
// those who watch over it. It needs no sign-in: the caller listens where nobody
// else comes. A profile names functions and holds no value.
func NewSide(h Health, metrics http.Handler) *fiber.App {
	app := httpguard.NewApp(answerError)
	healthRoutes(app, h)
	app.Get("/metrics", adaptor.HTTPHandler(metrics))
	app.Get("/debug/pprof/profile", adaptor.HTTPHandlerFunc(pprof.Profile))
	app.Get("/debug/pprof/:profile", func(c *fiber.Ctx) error { return adaptor.HTTPHandler(pprof.Handler(c.Params("profile")))(c) })
	return app
}

// Health tells whether the program can do its work.
type Health interface {
	// Ready fails when the database or its schema is not there.
	Ready(ctx context.Context) error
	// Degraded names what is down and not needed to answer.
	Degraded(ctx context.Context) []string
}

// healthTime bounds the look at what the program needs: what does not answer in
// this time is down.
const healthTime = 5 * time.Second

func healthRoutes(app *fiber.App, h Health) {
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(map[string]string{"status": "alive"}) })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), healthTime)
		defer cancel()
		if err := h.Ready(ctx); err != nil {
			return err
		}
		degraded := h.Degraded(ctx)
		if degraded == nil {
			degraded = []string{}
		}
		return c.JSON(map[string]any{"status": "ready", "degraded": degraded})
	})
}
