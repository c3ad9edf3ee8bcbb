package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/httpguard"
	"forthwith/internal/identity"
)

// Services are what the routes call. All of them are needed.
type Services struct {
	SignIn    httpguard.Authenticator
	Requests  identity.Requests
	Health    Health
	Incidents Incidents
}

// Prefix stands before every route but health.
const Prefix = "/api/v1"

// New makes the server. The caller listens, and shuts it down.
func New(s Services) *fiber.App {
	app := httpguard.NewApp(answerError)
	healthRoutes(app, s.Health)
	r := routes{app: app, signIn: s.SignIn, requests: s.Requests}
	documentRoutes(r)
	incidentRoutes(r, s.Incidents)
	return app
}

// Health tells whether the program can do its work.
type Health interface {
	// Ready fails when the database or its schema is not there.
	Ready(ctx context.Context) error
	// Degraded names what is down and not needed to answer.
	Degraded(ctx context.Context) []string
}

func healthRoutes(app *fiber.App, h Health) {
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(map[string]string{"status": "alive"}) })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		if err := h.Ready(c.UserContext()); err != nil {
			return err
		}
		degraded := h.Degraded(c.UserContext())
		if degraded == nil {
			degraded = []string{}
		}
		return c.JSON(map[string]any{"status": "ready", "degraded": degraded})
	})
}
