package httpguard

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// SendStatic answers with a file whose address changes with its content, packed
// for browsers that take it so.
func SendStatic(c *fiber.Ctx, kind string, body, gzipped []byte) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if gzipped != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(gzipped)
	}
	return c.Send(body)
}
