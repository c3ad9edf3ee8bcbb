package httpguard

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
)

// Status gives the HTTP status that a kind of failure deserves.
func Status(k fault.Kind) int { return statusOf[k] }

var statusOf = map[fault.Kind]int{
	fault.Internal:        fiber.StatusInternalServerError,
	fault.Invalid:         fiber.StatusUnprocessableEntity,
	fault.Unauthenticated: fiber.StatusUnauthorized,
	fault.NotFound:        fiber.StatusNotFound,
	fault.Forbidden:       fiber.StatusForbidden,
	fault.Conflict:        fiber.StatusConflict,
	fault.Mismatch:        fiber.StatusPreconditionFailed,
	fault.TooLarge:        fiber.StatusRequestEntityTooLarge,
	fault.Unsupported:     fiber.StatusUnsupportedMediaType,
	fault.StepUp:          fiber.StatusPreconditionRequired,
	fault.Limited:         fiber.StatusTooManyRequests,
	fault.Unavailable:     fiber.StatusServiceUnavailable,
	fault.Malformed:       fiber.StatusBadRequest,
}
