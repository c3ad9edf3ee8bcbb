package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/ledger"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Ledger reads the record.
type Ledger interface {
	Entries(ctx context.Context, by access.Actor, from int64, limit int, where ...filter.Equal) ([]ledger.Placed, error)
	Checkpoints(ctx context.Context, by access.Actor, above int64, limit int) ([]ledger.Signed, error)
}

func (w *site) ledgerRoutes(app *fiber.App) {
	w.get(app, "/ledger", w.showLedger)
	w.get(app, "/ledger/checkpoints", w.showCheckpoints)
}

type ledgerBody struct {
	Rows  []ledgerRow
	Pages views.Pages
}

type ledgerRow struct {
	Index              int64
	At                 views.When
	Who, What, Details string
	Hash               string
}

func (w *site) showLedger(v *visit) error {
	from, err := v.after()
	if err != nil {
		return err
	}
	entries, err := w.Ledger.Entries(v.UserContext(), v.actor(), from, pageLength+1)
	if err != nil {
		return err
	}
	names, err := v.people()
	if err != nil {
		return err
	}
	var b ledgerBody
	entries, b.Pages = paged(v, entries, func(p ledger.Placed) int64 { return p.Index + 1 })
	for _, e := range entries {
		b.Rows = append(b.Rows, ledgerRow{Index: e.Index, At: v.when(e.Record.At), Who: names.actor(e.Record.Actor), Hash: e.Record.LeafHash.String(),
			What: phrase.Say("did_"+string(e.Record.Verb), map[string]any{"name": e.Record.Object}), Details: string(e.Details)})
	}
	return v.show("ledger", views.Page{Title: phrase.Say("ledger_title", nil), Body: b})
}

type checkpointsBody struct {
	Rows  []checkpointRow
	Pages views.Pages
}

type checkpointRow struct {
	Size string
	At   views.When
	Root string
	Note string
}

func (w *site) showCheckpoints(v *visit) error {
	above, err := v.after()
	if err != nil {
		return err
	}
	signed, err := w.Ledger.Checkpoints(v.UserContext(), v.actor(), above, pageLength+1)
	if err != nil {
		return err
	}
	var b checkpointsBody
	signed, b.Pages = paged(v, signed, func(s ledger.Signed) int64 { return s.Size })
	for _, s := range signed {
		b.Rows = append(b.Rows, checkpointRow{Size: strconv.FormatInt(s.Size, 10), At: v.when(s.At), Root: s.Root.String(), Note: string(s.Note)})
	}
	return v.show("checkpoints", views.Page{Title: phrase.Say("checkpoints_title", nil), Back: &views.Link{Text: phrase.Say("ledger_title", nil), URL: "/ledger"}, Body: b})
}
