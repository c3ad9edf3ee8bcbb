package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/watch"
)

// ObligationStore implements obligation.Store.
type ObligationStore struct{ *DB }

// sealedReference is where a reference stands.
const sealedReference = "obligation_tick.reference"

// Do runs f in one transaction.
func (s ObligationStore) Do(ctx context.Context, f func(obligation.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(obligationTx{t}) })
}

type obligationTx struct{ *tx }

// Tick adds a tick.
func (t obligationTx) Tick(no id.Incident, tick obligation.Tick) error {
	keys, err := t.db.Incident(t.ctx, int64(no))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(sealedReference, []byte(tick.Reference))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO obligation_tick (incident_no, duty, done_at, reference, ticked_by) VALUES ($1, $2, $3, $4, $5)",
		int64(no), tick.Duty, tick.At, sealed, int64(tick.By))
	if err != nil {
		return fmt.Errorf("tick a duty of %s: %w", no, err)
	}
	return nil
}

// Scene reads an incident as the law's clock sees it.
func (s ObligationStore) Scene(ctx context.Context, no id.Incident) (obligation.Scene, error) {
	var out obligation.Scene
	var err error
	incidents := IncidentStore(s)
	if out.Incident, err = incidents.Incident(ctx, no); err != nil {
		return out, err
	}
	if out.Organisation, _, err = incidents.Organisation(ctx); err != nil {
		return out, err
	}
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(t pgx.Tx) error {
		now := scene{t, s.DB, no}
		if err := t.QueryRow(ctx, "SELECT now()").Scan(&out.At); err != nil {
			return err
		}
		out.At = out.At.UTC()
		where, err := now.where(ctx)
		out.People, out.Unreachable = where.people, where.unreachable
		if err == nil {
			out.Ticks, err = now.ticks(ctx)
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read the clock of %s: %w", no, away(err))
	}
	out.Sends, err = s.sends(ctx, no, out.At)
	return out, err
}

// whereabouts are the people of an incident by where they are. Who has two places is
// in both; a mailbox of several people counts all of them.
type whereabouts struct{ people, unreachable map[string]int }

func (s scene) where(ctx context.Context) (whereabouts, error) {
	moment, err := s.moment(ctx)
	if err != nil {
		return whereabouts{}, err
	}
	return s.db.where.get(s.incident, moment, func() (whereabouts, error) { return s.readWhere(ctx) })
}

var peopleByPlace = `SELECT coalesce(j, ''), sum(r.individuals), coalesce(sum(r.individuals) FILTER (WHERE r.address IS NULL), 0)
	FROM recipient r LEFT JOIN LATERAL unnest(r.jurisdictions) j ON true
	WHERE r.incident_no = $1 AND NOT ` + isGone("r.recipient_no") + ` GROUP BY 1`

func (s scene) readWhere(ctx context.Context) (whereabouts, error) {
	all := whereabouts{map[string]int{}, map[string]int{}}
	rows, err := s.q.Query(ctx, peopleByPlace, int64(s.incident))
	if err != nil {
		return all, err
	}
	var place string
	var people, unreachable int
	_, err = pgx.ForEachRow(rows, []any{&place, &people, &unreachable}, func() error {
		all.people[place], all.unreachable[place] = people, unreachable
		return nil
	})
	return all, err
}

func (s scene) ticks(ctx context.Context) ([]obligation.Tick, error) {
	keys, err := s.db.Incident(ctx, int64(s.incident))
	if err != nil {
		return nil, err
	}
	rows, err := s.q.Query(ctx, "SELECT duty, done_at, reference, ticked_by, ticked_at FROM obligation_tick WHERE incident_no = $1 ORDER BY tick_no", int64(s.incident))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (obligation.Tick, error) {
		var t obligation.Tick
		var sealed []byte
		if err := row.Scan(&t.Duty, &t.At, &sealed, (*int64)(&t.By), &t.Ticked); err != nil {
			return t, err
		}
		plain, err := keys.OpenText(sealedReference, sealed)
		t.Reference, t.Ticked = string(plain), t.Ticked.UTC()
		return t, err
	})
}

// mostSends bounds the campaigns of one incident that are held against the clock.
const mostSends = 1000

// sends reads the campaigns that told people, tell them, or are planned to.
func (s ObligationStore) sends(ctx context.Context, no id.Incident, at time.Time) ([]obligation.Send, error) {
	store := CampaignStore(s)
	all, err := store.Campaigns(ctx, no, 0, mostSends, filter.Equal{Column: "state", Value: []string{string(campaign.Ready), string(campaign.Approved),
		string(campaign.Scheduled), string(campaign.Sending), string(campaign.Paused), string(campaign.Complete), string(campaign.ClosedEarly), string(campaign.Aborted)}})
	if err != nil {
		return nil, err
	}
	var sends []obligation.Send
	for _, c := range all {
		send := obligation.Send{ID: c.ID, Name: c.Settings.Name, State: c.State, People: c.Preflight.Counts.ToSend, Begins: at, Ends: c.EndedAt}
		if !send.Over() {
			f, err := store.Figures(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			send.Ends = f.Finish(c)
		}
		switch {
		case c.StartedAt != nil:
			send.Begins, send.Launched = *c.StartedAt, true
		case c.State == campaign.Aborted: // nobody heard of it
			continue
		case c.Settings.ScheduleAt != nil && c.Settings.ScheduleAt.After(at):
			send.Begins = *c.Settings.ScheduleAt
		}
		sends = append(sends, send)
	}
	return sends, nil
}

// Running gives the incidents with a campaign under way or planned. See
// obligation.AlarmStore.
func (s ObligationStore) Running(ctx context.Context) ([]id.Incident, error) {
	all, err := s.numbers(ctx, `SELECT DISTINCT incident_no FROM campaign JOIN incident i USING (incident_no)
		WHERE i.state = 'open' AND campaign.state IN ('ready', 'approved', 'scheduled', 'sending', 'paused') ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("find incidents with sends: %w", away(err))
	}
	out := make([]id.Incident, len(all))
	for i, no := range all {
		out[i] = id.Incident(no)
	}
	return out, nil
}

// Late tells people of a send. See obligation.AlarmStore.
func (s ObligationStore) Late(ctx context.Context, in id.Incident, no id.Campaign) error {
	return s.do(ctx, func(t *tx) error {
		var told bool
		err := t.pg.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM alert WHERE kind = $1 AND campaign_no = $2
			AND (acknowledged_at IS NULL OR acknowledged_at > now() - interval '1 day'))`, string(watch.SendLate), int64(no)).Scan(&told)
		if err != nil || told {
			return err
		}
		return t.raise(watch.Alert{Kind: watch.SendLate, Campaign: no, Incident: in})
	})
}
