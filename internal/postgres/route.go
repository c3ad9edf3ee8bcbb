package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/relay"
	"forthwith/internal/watch"
)

// Stand reads a campaign's pace and what its relays are fit for. See
// delivery.Store.
func (s DeliveryStore) Stand(ctx context.Context, campaign int64, relays []delivery.Relay) (delivery.Standing, error) {
	st := delivery.Standing{Relays: make(map[int64]delivery.Way, len(relays))}
	numbers := make([]int64, len(relays))
	for i, r := range relays {
		numbers[i] = r.No
	}
	rows, err := s.pool.Query(ctx, `SELECT now(), coalesce(c.state = 'sending', false), coalesce(least(coalesce(`+amendedRate+`, c.max_rate_per_second), c.pace_per_second), 0), coalesce(c.pace_per_domain, c.max_per_domain), c.max_concurrency, r.relay_no, CASE
		  WHEN r.state = 'quarantined' THEN 'shut'
		  WHEN (SELECT f.from_relay = r.relay_no FROM failover f WHERE f.campaign_no = c.campaign_no AND f.plan_no = c.plan_no AND r.relay_no IN (f.from_relay, f.to_relay)
		    ORDER BY f.failover_no DESC LIMIT 1) THEN 'aside'
		  WHEN r.state = 'healthy' THEN 'free'
		  WHEN r.probe_at <= now() THEN 'due' ELSE 'open' END
		FROM relay r LEFT JOIN campaign c ON c.campaign_no = $1 WHERE r.relay_no = ANY($2)`, campaign, numbers)
	if err != nil {
		return st, fmt.Errorf("read standing: %w", away(err))
	}
	var no int64
	var way string
	var perDomain, caps []byte
	_, err = pgx.ForEachRow(rows, []any{&st.Now, &st.Sending, &st.PerSecond, &perDomain, &caps, &no, &way}, func() error {
		st.Relays[no] = delivery.Way(way)
		return nil
	})
	if err == nil {
		st.Domains, err = s.domainRates(perDomain, caps)
	}
	if err != nil {
		return st, fmt.Errorf("read standing: %w", away(err))
	}
	return st, nil
}

// domainRates gives the bounds of domains by their digests.
func (s DeliveryStore) domainRates(perDomain, concurrency []byte) (delivery.DomainRates, error) {
	var rates delivery.DomainRates
	var perSecond, underWay campaign.PerDomain
	if err := errors.Join(readJSON(perDomain, &perSecond), readJSON(concurrency, &underWay)); err != nil {
		return rates, err
	}
	key := func(name string) delivery.Domain { return delivery.Domain(s.keys.installation.DomainKey(name)) }
	rates = delivery.DomainRates{Any: perSecond[campaign.AnyDomain], Named: map[delivery.Domain]float64{}, AnyCap: int(underWay[campaign.AnyDomain]), Caps: map[delivery.Domain]int{}}
	for name, rate := range perSecond {
		if name != campaign.AnyDomain {
			rates.Named[key(name)] = rate
		}
	}
	for name, most := range underWay {
		if name != campaign.AnyDomain {
			rates.Caps[key(name)] = int(most)
		}
	}
	return rates, nil
}

// Trip opens a relay's circuit. See delivery.Store.
func (s DeliveryStore) Trip(ctx context.Context, w delivery.Worker, no int64, wait time.Duration) error {
	err := s.do(ctx, func(t *tx) error {
		opened, err := relayTx{t}.move(id.Relay(no), change{kind: "opened", verb: ledger.RelayOpened, actor: access.Actor{Worker: w.Name}},
			`UPDATE relay SET state = 'open', failed_at = now(), probe_at = now() + $2 WHERE relay_no = $1 AND state = 'healthy'`, wait)
		if err != nil || !opened {
			return err
		}
		return t.raise(watch.Alert{Kind: watch.RelayFailed, Relay: id.Relay(no)})
	})
	if err != nil {
		return fmt.Errorf("open the circuit of %s: %w", id.Relay(no), away(err))
	}
	return nil
}

// Unproven says that a relay did not prove who it is. See delivery.Store.
func (s DeliveryStore) Unproven(ctx context.Context, w delivery.Worker, no int64) error {
	err := s.do(ctx, func(t *tx) error {
		shut, err := relayTx{t}.move(id.Relay(no), change{kind: "shut_by_rule", verb: ledger.RelayQuarantined, actor: access.Actor{Worker: w.Name}, reason: "quarantine_on_tls_failure"},
			shutRelay+" AND shut_on_tls_failure AND state <> 'quarantined'")
		if err != nil {
			return err
		}
		a := watch.Alert{Kind: watch.RelayUnproven, Relay: id.Relay(no)}
		if shut {
			a.Kind = watch.RelayShut
		}
		return t.raise(a)
	})
	if err != nil {
		return fmt.Errorf("doubt %s: %w", id.Relay(no), away(err))
	}
	return nil
}

// LeaseProbe takes the right to try an open relay. See delivery.Store.
func (s DeliveryStore) LeaseProbe(ctx context.Context, no int64, lease time.Duration) (bool, error) {
	tag, err := s.pool.Exec(ctx, "UPDATE relay SET probe_at = now() + $2 WHERE relay_no = $1 AND state = 'open' AND probe_at <= now()", no, lease)
	if err != nil {
		return false, fmt.Errorf("lease the probe of %s: %w", id.Relay(no), away(err))
	}
	return tag.RowsAffected() == 1, nil
}

// Probed says how a try went. See delivery.Store.
func (s DeliveryStore) Probed(ctx context.Context, w delivery.Worker, no int64, took bool, again time.Duration) error {
	err := s.do(ctx, func(t *tx) error {
		if !took {
			_, err := t.pg.Exec(t.ctx, "UPDATE relay SET probe_at = now() + $2 WHERE relay_no = $1 AND state = 'open'", no, again)
			return err
		}
		_, err := relayTx{t}.move(id.Relay(no), change{kind: "recovered", verb: ledger.RelayRecovered, actor: access.Actor{Worker: w.Name}},
			"UPDATE relay SET state = 'healthy', accepted_at = now() WHERE relay_no = $1 AND state = 'open'")
		return err
	})
	if err != nil {
		return fmt.Errorf("end the probe of %s: %w", id.Relay(no), away(err))
	}
	return nil
}

// change is what happened to a relay's state, by whom and why.
type change struct {
	kind   string
	verb   ledger.Verb
	actor  access.Actor
	reason string
}

// move changes a relay's state and puts on record who did it and why. Where the
// update finds nothing to change, nothing happens, and moved is false.
func (t relayTx) move(no id.Relay, c change, update string, args ...any) (moved bool, err error) {
	tag, err := t.pg.Exec(t.ctx, update, append([]any{int64(no)}, args...)...)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	entry := ledger.New(c.actor, c.verb, no)
	if c.reason != "" {
		entry = entry.With(map[string]any{"reason": c.reason})
	}
	if err := t.tx.Record(entry); err != nil {
		return false, err
	}
	sealed, err := t.db.sealRelay(eventReason, int64(no), c.reason)
	if err != nil {
		return false, err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO relay_event (relay_no, kind, actor, reason, entry_id) VALUES ($1, $2, $3, $4, $5)",
		int64(no), c.kind, c.actor.String(), sealed, entry.ID)
	return err == nil, err
}

// eventReason holds why a person quarantined or released a relay.
const eventReason = "relay_event.reason"

// shutRelay marks the password, too: it is to be replaced.
const shutRelay = "UPDATE relay SET state = 'quarantined', failed_at = now(), rotate = password IS NOT NULL WHERE relay_no = $1"

// Quarantine shuts a relay for every campaign.
func (t relayTx) Quarantine(no id.Relay, by access.Actor, reason string) error {
	_, err := t.move(no, change{"quarantined", ledger.RelayQuarantined, by, reason}, shutRelay)
	return err
}

// Release opens a quarantined relay again.
func (t relayTx) Release(no id.Relay, by access.Actor, reason string) error {
	_, err := t.move(no, change{"released", ledger.RelayReleased, by, reason}, "UPDATE relay SET state = 'healthy' WHERE relay_no = $1")
	return err
}

// Contacted reads who was announced to a relay. See relay.Store. One that offers
// pipelining got the address with MAIL, and no outcome says which did.
func (s RelayStore) Contacted(ctx context.Context, no id.Relay, after id.Delivery, limit int) ([]relay.Contact, error) {
	rows, err := s.pool.Query(ctx, `WITH met AS (SELECT i.campaign_no, i.seq, count(*) AS attempts, max(i.at) AS at FROM intent i
		  WHERE i.relay_no = $1 AND (i.campaign_no, i.seq) > ($2, $3) AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = i.campaign_no
		    AND o.seq = i.seq AND o.attempt = i.attempt AND (o.phase IN ('connect', 'greeting', 'tls', 'auth') OR o.phase = 'mail' AND o.code = 0 AND NOT o.lost))
		  GROUP BY i.campaign_no, i.seq ORDER BY i.campaign_no, i.seq LIMIT $4)
		SELECT m.campaign_no, m.seq, c.incident_no, d.recipient_no, d.status, m.attempts, m.at FROM met m
		JOIN delivery d USING (campaign_no, seq) JOIN campaign c USING (campaign_no) ORDER BY 1, 2`, int64(no), after.Parent, after.No, limit)
	if err != nil {
		return nil, fmt.Errorf("read who was contacted through %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c relay.Contact, err error) {
		var status string
		err = row.Scan(&c.Delivery.Parent, &c.Delivery.No, &c.Recipient.Parent, &c.Recipient.No, &status, &c.Attempts, &c.At)
		c.Status, c.At = outcome.Status(status), c.At.UTC()
		return c, err
	})
}

// History lists what happened to a relay's state, newest first.
func (s RelayStore) History(ctx context.Context, no id.Relay) ([]relay.Event, error) {
	rows, err := s.pool.Query(ctx, "SELECT kind, actor, reason, at FROM relay_event WHERE relay_no = $1 ORDER BY event_no DESC LIMIT 50", int64(no))
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e relay.Event, err error) {
		var sealed []byte
		if err = row.Scan(&e.Kind, &e.Actor, &sealed, &e.At); err != nil {
			return e, err
		}
		e.At = e.At.UTC()
		e.Reason, err = s.openRelay(eventReason, int64(no), sealed)
		return e, err
	})
}
