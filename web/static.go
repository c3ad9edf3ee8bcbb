package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/web/static"
)

// staticPath carries the state of the files: what is there never changes.
const staticPath = "/static/"

func (w *site) staticRoutes(app *fiber.App) {
	app.Get(staticPath+static.Tag+"/:name", func(c *fiber.Ctx) error {
		f, ok := static.Files[c.Params("name")]
		if !ok {
			return w.missing(c)
		}
		c.Set(fiber.HeaderContentType, f.Type)
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		if f.Gzipped != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
			c.Set(fiber.HeaderContentEncoding, "gzip")
			return c.Send(f.Gzipped)
		}
		return c.Send(f.Body)
	})
	app.Get("/favicon.ico", func(c *fiber.Ctx) error {
		return c.Redirect(staticPath+static.Tag+"/icon.svg", fiber.StatusMovedPermanently)
	})
}
