package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/inbox"
)

// Inbox is the capture inbox of a stack with the sample.
type Inbox interface {
	Entries(after int64, limit int) ([]inbox.Entry, error)
}

// inboxRoutes serves what the capture inbox got. It stands outside /api/v1 and
// exists only where all mail stays on this machine.
func inboxRoutes(app *fiber.App, s Inbox) {
	app.Get("/inbox.json", func(c *fiber.Ctx) error {
		q := request{Ctx: c}
		if err := checkQuery(c, []string{"cursor", "limit"}); err != nil {
			return err
		}
		p, err := q.page()
		if err != nil {
			return err
		}
		got, err := s.Entries(p.After, p.Ask())
		if err != nil {
			return err
		}
		return answerPage(q, p, got, func(e inbox.Entry) int64 { return e.Number }, viewCaptured)
	})
}

// capturedView is a captured message as it is answered.
type capturedView struct {
	MessageID  string    `json:"message_id"`
	Recipient  string    `json:"envelope_recipient"`
	SHA256     string    `json:"message_sha256"`
	ReceivedAt time.Time `json:"received_at"`
}

func viewCaptured(e inbox.Entry) capturedView {
	return capturedView{e.MessageID, e.Recipient, e.SHA256, e.ReceivedAt}
}
