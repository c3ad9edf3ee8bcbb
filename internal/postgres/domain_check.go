package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/task"
)

// DomainStore implements intake.DomainStore.
type DomainStore struct{ *DB }

// domainsDue finds the looks that nobody has taken. A closed incident asks no
// more.
const domainsDue = `due_at <= clock_timestamp() AND (leased_until IS NULL OR leased_until <= clock_timestamp())
	AND EXISTS (SELECT 1 FROM incident i WHERE i.incident_no = domain_check.incident_no AND i.state = 'open')`

// An answer is old after a week; that a domain takes no mail is asked again on
// the next day's look, since people stand flagged for it.
const domainOld = `(d.mail IS NULL OR d.mail_at < now() - CASE d.mail WHEN 'taken' THEN interval '7 days' ELSE interval '12 hours' END)`

// domainsOf are those of people whom a list has.
var domainsOf = "SELECT DISTINCT domain_key FROM recipient p WHERE incident_no = $1 AND domain_key IS NOT NULL AND NOT " + isGone("p.recipient_no")

// checkDomains has the domains of an incident asked about after this import.
func (i *importing) checkDomains() error {
	if len(i.domains) == 0 {
		return nil
	}
	_, err := i.pg.Exec(i.ctx, `INSERT INTO domain_check (incident_no, state, due_at) VALUES ($1, 'due', clock_timestamp())
		ON CONFLICT (incident_no) DO UPDATE SET state = 'due', due_at = excluded.due_at`, int64(i.list.Incident))
	if err != nil {
		return err
	}
	return i.Enqueue(task.Task{Name: task.CheckDomains, Object: int64(i.list.Incident)})
}

// Begin takes the look that is due. See intake.DomainStore.
func (s DomainStore) Begin(ctx context.Context, incident id.Incident, lease time.Duration) (intake.DomainLook, bool, error) {
	l := intake.DomainLook{Incident: incident}
	err := s.pool.QueryRow(ctx, "UPDATE domain_check SET leased_until = clock_timestamp() + $2 WHERE incident_no = $1 AND "+domainsDue+
		" RETURNING clock_timestamp(), due_at, failed", int64(incident), lease).Scan(&l.Began, &l.Due, &l.Failed)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("take the domains of %s: %w", incident, away(err))
	}
	return l, true, nil
}

// Unasked lists those that were never asked about first.
func (s DomainStore) Unasked(ctx context.Context, l intake.DomainLook, limit int) ([]intake.Domain, error) {
	rows, err := s.pool.Query(ctx, "SELECT d.domain_key, d.name FROM domain d WHERE d.domain_key IN ("+domainsOf+") AND "+domainOld+`
		AND (d.asked_at IS NULL OR d.asked_at < $2) ORDER BY d.asked_at NULLS FIRST, d.domain_key LIMIT $3`, int64(l.Incident), l.Began, limit)
	if err != nil {
		return nil, fmt.Errorf("read domains of %s: %w", l.Incident, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (intake.Domain, error) {
		var d intake.Domain
		var sealed []byte
		if err := row.Scan(&d.Key, &sealed); err != nil {
			return d, err
		}
		plain, err := s.keys.installation.OpenSetting(domainColumn, 0, sealed)
		d.Name = string(plain)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("read domains of %s: %w", l.Incident, away(err))
	}
	return all, nil
}

// Answer keeps what was learnt, domains in the order of their keys as imports
// take them.
func (s DomainStore) Answer(ctx context.Context, l intake.DomainLook, all []intake.Domain, lease time.Duration) error {
	keys, mails := make([][16]byte, len(all)), make([]string, len(all))
	for i, d := range all {
		keys[i], mails[i] = d.Key, string(d.Mail)
	}
	err := s.do(ctx, func(t *tx) error {
		if _, err := t.pg.Exec(ctx, "SELECT 1 FROM domain WHERE domain_key = ANY($1) ORDER BY domain_key FOR NO KEY UPDATE", keys); err != nil {
			return err
		}
		_, err := t.pg.Exec(ctx, `UPDATE domain d SET asked_at = clock_timestamp(), mail = coalesce(nullif(u.mail, ''), d.mail),
			mail_at = CASE u.mail WHEN '' THEN d.mail_at ELSE clock_timestamp() END
			FROM unnest($1::uuid[], $2::text[]) u (domain_key, mail) WHERE d.domain_key = u.domain_key`, keys, mails)
		if err != nil {
			return err
		}
		_, err = t.pg.Exec(ctx, "UPDATE domain_check SET leased_until = clock_timestamp() + $2 WHERE incident_no = $1", int64(l.Incident), lease)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep answers about domains of %s: %w", l.Incident, away(err))
	}
	return nil
}

// End flags people and says when to look again. See intake.DomainStore.
func (s DomainStore) End(ctx context.Context, l intake.DomainLook, off bool, wait intake.DomainWait) error {
	err := s.do(ctx, func(t *tx) error {
		if off {
			return t.domainsOff(l, wait.Open)
		}
		undelivered, err := t.flagDomains(l.Incident)
		if err != nil {
			return err
		}
		var open int64
		err = t.pg.QueryRow(ctx, "SELECT count(*) FROM domain d WHERE d.domain_key IN ("+domainsOf+") AND "+domainOld, int64(l.Incident)).Scan(&open)
		if err != nil {
			return err
		}
		next := &wait.Open
		if open == 0 {
			if next = nil; undelivered {
				next = &wait.Undelivered
			}
		}
		_, err = t.pg.Exec(ctx, `UPDATE domain_check SET leased_until = NULL, looked_at = clock_timestamp(), open = $2,
			failed = CASE $2::bigint WHEN 0 THEN 0 ELSE failed + 1 END,
			state = CASE WHEN due_at <> $3 THEN 'due' WHEN $2 = 0 THEN 'checked' ELSE 'open' END,
			due_at = CASE WHEN due_at <> $3 THEN due_at ELSE clock_timestamp() + $4::interval END WHERE incident_no = $1`,
			int64(l.Incident), open, l.Due, next)
		return err
	})
	if err != nil {
		return fmt.Errorf("end the look at domains of %s: %w", l.Incident, away(err))
	}
	return nil
}

// domainsOff keeps that nobody is asked. It is due again later, for the setting
// may change.
func (t *tx) domainsOff(l intake.DomainLook, wait time.Duration) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE domain_check SET state = 'off', leased_until = NULL, due_at = clock_timestamp() + $2 WHERE incident_no = $1", int64(l.Incident), wait)
	return err
}

// flagDomains flags who has an address of a domain that takes no mail, and tells
// whether there is anybody.
func (t *tx) flagDomains(incident id.Incident) (bool, error) {
	args := []any{int64(incident), string(intake.Undeliverable), intake.Undelivered}
	_, err := t.pg.Exec(t.ctx, `DELETE FROM recipient_flag f USING recipient r WHERE f.incident_no = $1 AND f.flag = $2
		AND r.incident_no = $1 AND r.recipient_no = f.recipient_no
		AND NOT EXISTS (SELECT 1 FROM domain d WHERE d.domain_key = r.domain_key AND d.mail = ANY($3))`, args...)
	if err != nil {
		return false, err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO recipient_flag (incident_no, flag, recipient_no) SELECT $1, $2, r.recipient_no FROM recipient r
		JOIN domain d USING (domain_key) WHERE r.incident_no = $1 AND d.mail = ANY($3) ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return false, err
	}
	var some bool
	err = t.pg.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM recipient_flag WHERE incident_no = $1 AND flag = $2)", args[:2]...).Scan(&some)
	return some, err
}

// Check reads how far the domains of an incident were checked.
func (s DomainStore) Check(ctx context.Context, incident id.Incident) (intake.DomainCheck, error) {
	c := intake.DomainCheck{State: intake.DomainsNone}
	var at, next *time.Time
	err := s.pool.QueryRow(ctx, "SELECT state, open, looked_at, due_at FROM domain_check WHERE incident_no = $1", int64(incident)).Scan((*string)(&c.State), &c.Open, &at, &next)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return c, fmt.Errorf("read the check of domains of %s: %w", incident, away(err))
	}
	if at != nil {
		c.At = at.UTC()
	}
	if next != nil {
		c.Next = next.UTC()
	}
	return c, nil
}
