package httpguard

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
)

// Authenticator finds the person behind a token. A token that is unknown,
// expired, revoked or of a disabled user is Unauthenticated, all alike.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (access.Actor, error)
}

// actorKey is where the actor stands among the locals.
type actorKey struct{}

// SignedIn lets a request with a valid bearer token pass (RFC 6750).
func SignedIn(c *fiber.Ctx, a Authenticator) (access.Actor, error) {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return access.Actor{}, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	actor, err := a.Authenticate(c.UserContext(), strings.TrimSpace(token))
	if err != nil {
		return access.Actor{}, err
	}
	SetActor(c, actor)
	return actor, nil
}

// SetActor notes who sent a request that is signed in another way.
func SetActor(c *fiber.Ctx, actor access.Actor) { c.Locals(actorKey{}, actor) }

// Actor gives who sent the request; the zero actor before SignedIn.
func Actor(c *fiber.Ctx) access.Actor {
	actor, _ := c.Locals(actorKey{}).(access.Actor)
	return actor
}
