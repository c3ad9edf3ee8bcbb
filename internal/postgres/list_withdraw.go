package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
)

// standing: the lists of an incident whose rows tell something about people.
const standing = "SELECT list_no FROM list WHERE incident_no = $1 AND state = 'imported'"

// ofList are the people of a list, each with whether another one has them too.
const ofList = `SELECT r.recipient_no, EXISTS (SELECT 1 FROM list_row o WHERE o.incident_no = $1 AND o.recipient_no = r.recipient_no
		AND o.list_no <> $2 AND o.list_no IN (` + standing + `)) AS elsewhere
	FROM (SELECT DISTINCT recipient_no FROM list_row WHERE incident_no = $1 AND list_no = $2) r`

// mayMail are the states of campaigns that run, or may start by themselves.
const mayMail = "'preflighting', 'scheduled', 'sending', 'paused'"

// launchable locks the campaigns that may be launched, so that none is between
// what is asked of the campaigns and the end of a withdrawal. An import is waited
// for before that.
const launchable = "SELECT 1 FROM campaign WHERE incident_no = $1 AND state IN ('ready', 'approved') ORDER BY campaign_no FOR NO KEY UPDATE"

// gone are the people of withdrawn lists whom no list has now.
const gone = `SELECT DISTINCT r.recipient_no FROM list_row r
	WHERE r.incident_no = $1 AND r.list_no IN (SELECT list_no FROM list WHERE incident_no = $1 AND state = 'withdrawn')
	AND NOT EXISTS (SELECT 1 FROM list_row o WHERE o.incident_no = $1 AND o.recipient_no = r.recipient_no AND o.list_no IN (` + standing + `))`

// isGone tells it of one person, by what gives their number. As a join: NOT IN goes
// through all of them for each person, once they are more than the memory for it.
func isGone(person string) string {
	return "EXISTS (SELECT 1 FROM (" + gone + ") g WHERE g.recipient_no = " + person + ")"
}

// Withdraw takes a list back. Of people with rows elsewhere, what the other
// lists say is written anew; see intake.Withdrawals.
func (s ListStore) Withdraw(ctx context.Context, l intake.List, finish func(intake.Tx, int64, time.Time) error) error {
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return err
	}
	err = s.do(ctx, func(t *tx) error {
		if err := t.alone("withdrawal", int64(l.ID)); err != nil {
			return err
		}
		for _, lock := range []string{peopleLock, launchable} {
			if _, err := t.pg.Exec(ctx, lock, int64(l.Incident)); err != nil {
				return err
			}
		}
		now := scene{t.pg, s.DB, l.Incident}
		here, err := now.List(ctx, l.ID)
		if err != nil {
			return err
		}
		sends, err := now.sends(ctx, here, now.Members)
		if err != nil {
			return err
		}
		if len(sends) > 0 {
			return fault.New(fault.Conflict, "list_is_told", fault.Values{"campaign": sends[0].Name})
		}
		i := &importing{tx: t, list: l, keys: keys, again: map[int64]struct{}{}}
		left, err := i.leave()
		if err != nil {
			return err
		}
		if err := i.regroup(); err != nil {
			return err
		}
		if err := finish(listTx{t}, left, t.at); err != nil {
			return err
		}
		return i.unflagSimilar()
	})
	if err != nil {
		return fmt.Errorf("withdraw %s: %w", l.ID, away(err))
	}
	return nil
}

// leave counts whom no other list has, and notes whom one has.
func (i *importing) leave() (int64, error) {
	rows, err := i.pg.Query(i.ctx, ofList, int64(i.list.Incident), int64(i.list.ID))
	if err != nil {
		return 0, err
	}
	var left, no int64
	var elsewhere bool
	_, err = pgx.ForEachRow(rows, []any{&no, &elsewhere}, func() error {
		if elsewhere {
			i.again[no] = struct{}{}
		} else {
			left++
		}
		return nil
	})
	return left, err
}
