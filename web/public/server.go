package public

import (
	"context"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/genuine"
	"forthwith/internal/httpguard"
	"forthwith/web/static"
)

// Desk answers for codes.
type Desk interface {
	Ask(ctx context.Context, typed string) (*genuine.Book, int, error)
}

// Options say how the page is reached, and how often.
type Options struct {
	HTTPS   bool           // people reach it over https
	Proxies []netip.Prefix // that stand before it and say who asks
	Every   time.Duration  // one code so often for each network; 0: each second
	Burst   int            // and so many at once after a rest; 0: 60
}

// What one network may ask. Many people of a company, or of a provider, come
// from one; guessing is hopeless at any pace.
const (
	usualEvery = time.Second
	usualBurst = 60
)

// answerTime bounds the work of one answer.
const answerTime = 10 * time.Second

// policy lets the page load what we serve, send its form here, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// site is the running listener.
type site struct {
	Options
	desk   Desk
	limit  *httpguard.Limiter
	sheets *sheets
}

// New makes the server. The caller listens, and shuts it down.
func New(d Desk, o Options) *fiber.App {
	if o.Every == 0 {
		o.Every, o.Burst = usualEvery, usualBurst
	}
	s := &site{Options: o, desk: d, limit: httpguard.NewLimiter(o.Every, o.Burst), sheets: newSheets()}
	app := httpguard.NewApp(s.refuse)
	app.Use(s.harden)
	app.Get("/", s.page)
	app.Post("/check", s.paced, s.check)
	app.Get(staticPath+":name", serveStatic)
	return app
}

func (s *site) harden(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	if s.HTTPS {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

// paced lets a network ask at its pace, before anything is read or looked up.
func (s *site) paced(c *fiber.Ctx) error {
	wait := s.limit.Take(httpguard.Network(httpguard.Client(c, s.Proxies)))
	if wait == 0 {
		return c.Next()
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	return fault.New(fault.Limited, "too_many_tries", fault.Values{"seconds": seconds}).After(wait)
}

// staticPath carries the state of the files: what is there never changes.
var staticPath = "/static/" + static.Tag + "/"

func serveStatic(c *fiber.Ctx) error {
	f, ok := static.Files[c.Params("name")]
	if !ok {
		return fiber.ErrNotFound
	}
	return httpguard.SendStatic(c, f.Type, f.Body, f.Gzipped)
}
