package web

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/httpguard"
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
		return httpguard.SendStatic(c, f.Type, f.Body, f.Gzipped)
	})
	app.Get("/favicon.ico", func(c *fiber.Ctx) error {
		return c.Redirect(staticPath+static.Tag+"/icon.svg", fiber.StatusMovedPermanently)
	})
}
