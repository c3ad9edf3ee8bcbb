package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/intake"
	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/vault"
)

// victim is somebody of the campaign with what is stored about them.
type victim struct {
	recipient, list, row int64
	address, cells       []byte // sealed
	mail                 string // the address as the relay would hear it
}

// damage is what a person whose letter cannot be made may suffer from.
type damage func(ctx context.Context, super *pgx.Conn, in breach, v victim) error

// breach is the incident of the run, with its keys.
type breach struct {
	no   int64
	keys *vault.Incident
}

// The kinds of damage. Each leaves everybody else as they were.
var damages = []damage{breakAddress, breakRow, blankRow}

// breakAddress leaves an address that no key opens.
func breakAddress(ctx context.Context, super *pgx.Conn, in breach, v victim) error {
	return storeAddress(ctx, super, in, v, flipped(v.address))
}

// breakRow leaves a row that no key opens.
func breakRow(ctx context.Context, super *pgx.Conn, in breach, v victim) error {
	return storeRow(ctx, super, in, v, flipped(v.cells))
}

// blankRow leaves a row that opens, without a value that the text asks for.
func blankRow(ctx context.Context, super *pgx.Conn, in breach, v victim) error {
	plain, err := in.keys.OpenRow(cellsColumn, v.list, v.row, v.cells)
	if err != nil {
		return err
	}
	var cells []string
	if err := json.Unmarshal(plain, &cells); err != nil {
		return err
	}
	cells[accountColumn] = ""
	if plain, err = json.Marshal(cells); err != nil {
		return err
	}
	sealed, err := in.keys.SealRow(cellsColumn, v.list, v.row, plain)
	if err != nil {
		return err
	}
	return storeRow(ctx, super, in, v, sealed)
}

// Where the sample's list has the account, and under which name rows are sealed.
const (
	accountColumn = 2
	cellsColumn   = "list_row.cells"
)

func flipped(sealed []byte) []byte {
	out := append([]byte{}, sealed...)
	out[len(out)-1] ^= 1
	return out
}

func storeAddress(ctx context.Context, super *pgx.Conn, in breach, v victim, sealed []byte) error {
	_, err := super.Exec(ctx, "UPDATE recipient SET address = $3 WHERE incident_no = $1 AND recipient_no = $2", in.no, v.recipient, sealed)
	return err
}

func storeRow(ctx context.Context, super *pgx.Conn, in breach, v victim, sealed []byte) error {
	_, err := super.Exec(ctx, "UPDATE list_row SET cells = $4 WHERE incident_no = $1 AND list_no = $2 AND row_no = $3", in.no, v.list, v.row, sealed)
	return err
}

// hospital damages people of the campaign, and mends them.
type hospital struct {
	*world
	super   *pgx.Conn
	in      breach
	victims []victim
}

// admit chooses some of the campaign, at random, and connects as somebody whom
// no trigger stops: a disk asks none either.
func (w *world) admit(ctx context.Context, each int) (*hospital, error) {
	cfg, err := pgx.ParseConfig(w.Super)
	if err != nil {
		return nil, err
	}
	cfg.Database, cfg.RuntimeParams["session_replication_role"] = w.Name, "replica"
	h := &hospital{world: w}
	if h.super, err = pgx.ConnectConfig(ctx, cfg); err != nil {
		return nil, err
	}
	if err := w.SQL.QueryRow(ctx, "SELECT incident_no FROM campaign WHERE campaign_no = $1", w.campaign()).Scan(&h.in.no); err != nil {
		return nil, err
	}
	if h.in.keys, err = w.DB.Incident(ctx, h.in.no); err != nil {
		return nil, err
	}
	return h, h.choose(ctx, each*len(damages))
}

func (h *hospital) choose(ctx context.Context, n int) error {
	rows, err := h.SQL.Query(ctx, `SELECT r.recipient_no, l.list_no, l.row_no, r.address, l.cells
		FROM recipient r JOIN list_row l USING (incident_no, recipient_no) JOIN delivery d USING (recipient_no)
		WHERE incident_no = $1 AND d.campaign_no = $2 AND d.status = 'pending'
		  AND 1 = (SELECT count(*) FROM list_row o WHERE o.incident_no = $1 AND o.recipient_no = r.recipient_no)
		ORDER BY random() LIMIT $3`, h.in.no, h.campaign(), n)
	if err != nil {
		return err
	}
	h.victims, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v victim, err error) {
		return v, row.Scan(&v.recipient, &v.list, &v.row, &v.address, &v.cells)
	})
	if err == nil && len(h.victims) != n {
		err = fmt.Errorf("only %d of %d can be damaged", len(h.victims), n)
	}
	for i := range h.victims {
		people, readErr := h.DB.People(ctx, h.in.no, []int64{h.victims[i].recipient}, intake.Wanted{})
		if err = errors.Join(err, readErr); err != nil {
			return err
		}
		h.victims[i].mail = people[0].Address.String()
	}
	return err
}

// harm damages everybody who was chosen, in turn in each way.
func (h *hospital) harm(ctx context.Context) error {
	for i, v := range h.victims {
		if err := damages[i%len(damages)](ctx, h.super, h.in, v); err != nil {
			return err
		}
	}
	return nil
}

// mend puts back what was stored.
func (h *hospital) mend(ctx context.Context) error {
	for _, v := range h.victims {
		if err := errors.Join(storeAddress(ctx, h.super, h.in, v, v.address), storeRow(ctx, h.super, h.in, v, v.cells)); err != nil {
			return err
		}
	}
	return nil
}

// found holds that the checks find everybody who was damaged and nobody else,
// and makes the plan anew once they are whole.
func (h *hospital) found(ctx context.Context, each int64) error {
	_, err := h.Story.Check(ctx, h.Made)
	var stops *sample.Blocked
	if !errors.As(err, &stops) {
		return fmt.Errorf("the checks let broken people pass: %w", err)
	}
	want := map[string]int64{"people_not_readable": 2 * each, "people_lack_field": each}
	for _, f := range stops.Findings {
		if want[f.Code] != f.People {
			return fmt.Errorf("the checks found %d of %s, not %d", f.People, f.Code, want[f.Code])
		}
		delete(want, f.Code)
	}
	if len(want) > 0 {
		return fmt.Errorf("the checks did not find %v", want)
	}
	if err := h.mend(ctx); err != nil {
		return err
	}
	plan, err := h.Story.Check(ctx, h.Made)
	h.Made.PlanHash = plan.PlanHash
	return err
}

// reached counts how often the relay has heard of somebody who was damaged.
func (h *hospital) reached() int {
	mine := map[string]bool{}
	for _, v := range h.victims {
		mine[v.mail] = true
	}
	n := 0
	for _, e := range h.Relay.Events() {
		if e.Phase == relaytest.Rcpt && mine[e.Arg] {
			n++
		}
	}
	return n
}

// runF13: for some people no letter can be made: an address or a row that
// cannot be opened, a value that the text asks for and is gone. The checks
// find all of them, so the same is done again when the plan is made: they alone
// are put off, without a byte, and get their letter once they are mended.
func runF13(ctx context.Context, o options, seed uint64) (string, error) {
	const each = 6
	all := each * len(damages)
	var h *hospital
	return scene{workers: 2, before: func(ctx context.Context, w *world) (err error) {
		if h, err = w.admit(ctx, each); err != nil {
			return err
		}
		return errors.Join(h.harm(ctx), h.found(ctx, each), h.harm(ctx))
	}, during: func(ctx context.Context, w *world) (string, error) {
		defer h.super.Close(context.WithoutCancel(ctx))
		err := w.until(ctx, "everybody else", "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'accepted'", int(w.ToSend)-all)
		if err != nil {
			return "", err
		}
		off, err := w.count(ctx, `SELECT count(*) FROM delivery d WHERE campaign_no = $1 AND status = 'deferred' AND EXISTS
			(SELECT 1 FROM decision k WHERE k.campaign_no = $1 AND k.kind = 'unmade' AND d.seq BETWEEN k.from_seq AND k.to_seq)`, w.campaign())
		switch {
		case err != nil:
			return "", err
		case off != all:
			return "", fmt.Errorf("%d are put off, not %d", off, all)
		case h.reached() > 0:
			return "", fmt.Errorf("the relay heard %d times of people without a letter", h.reached())
		}
		return fmt.Sprintf("found_before=%d put_off=%d", all, off), h.mend(ctx)
	}, after: func(ctx context.Context, w *world, v verdict) error {
		if v.Accepted != int(w.ToSend) || h.reached() != all {
			return fmt.Errorf("%d are accepted of %d, the relay heard %d times of %d", v.Accepted, w.ToSend, h.reached(), all)
		}
		return nil
	}}.play(ctx, o, seed)
}
