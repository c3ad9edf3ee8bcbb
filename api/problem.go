package api

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/httpguard"
)

// answerError turns every error into its answer, and logs it once.
func answerError(c *fiber.Ctx, err error) error {
	status, f := httpguard.Classify(c, err)
	if status == fiber.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	httpguard.Report(c, status, f, err)
	return httpguard.Problem(c, status, f)
}
