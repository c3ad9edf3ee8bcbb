package httpguard

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
)

// SetVersion answers with the version as an entity tag (RFC 9110 8.8.3).
func SetVersion(c *fiber.Ctx, version int) {
	c.Set(fiber.HeaderETag, `"`+strconv.Itoa(version)+`"`)
}

// SeenVersion reads If-Match. A change without one, or with one that is no tag
// of ours, is Mismatch: what the caller saw is not what is there.
func SeenVersion(c *fiber.Ctx) (int, error) {
	tag := strings.TrimPrefix(strings.TrimSpace(c.Get(fiber.HeaderIfMatch)), "W/")
	if tag == "" {
		return 0, fault.New(fault.Mismatch, "if_match_missing", nil)
	}
	inside, ok := strings.CutPrefix(tag, `"`)
	inside, closed := strings.CutSuffix(inside, `"`)
	seen, err := strconv.Atoi(inside)
	if !ok || !closed || err != nil {
		return 0, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	return seen, nil
}
