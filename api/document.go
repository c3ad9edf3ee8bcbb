package api

import (
	_ "embed"

	"github.com/gofiber/fiber/v2"
)

// The document is written by hand as YAML and kept beside it as the JSON that
// is served; a test holds the two together.
//
//go:embed openapi.json
var document []byte

func documentRoutes(r routes) {
	r.app.Get(Prefix+"/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(document)
	})
}
