package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/task"
	"forthwith/internal/watch"
)

// wordsOwed are the users of legal who may decide on something and were not
// mailed about it, but for those whose mail waits or who just had one.
const wordsOwed = `SELECT u.user_no, w.kind, w.object, w.no, w.since FROM (` + waitsForLegal + `) w JOIN user_account u ON u.role = 'legal' AND u.disabled_at IS NULL
	WHERE u.user_no <> w.made_by
	AND NOT EXISTS (SELECT 1 FROM version_author a WHERE a.notice_no = w.line AND a.user_no = u.user_no)
	AND NOT EXISTS (SELECT 1 FROM campaign_builder b WHERE b.campaign_no = w.campaign_no AND b.user_no = u.user_no)
	AND NOT (w.kind = 'amendment' AND EXISTS (SELECT 1 FROM launch JOIN campaign c USING (campaign_no, plan_no) WHERE campaign_no = w.campaign_no AND launched_by = u.user_no))
	AND NOT EXISTS (SELECT 1 FROM staff_wait x WHERE x.user_no = u.user_no AND x.kind = w.kind AND x.object = w.object AND x.no = w.no)
	AND NOT EXISTS (SELECT 1 FROM staff_wait x LEFT JOIN staff_intent i ON i.send_no = x.send_no AND i.user_no = x.user_no
	  WHERE x.user_no = u.user_no AND (i.send_no IS NULL OR i.relay_no IS NOT NULL AND i.at > now() - interval '10 minutes'))
	ORDER BY u.user_no, w.since, w.kind, w.object`

// owed is one thing that a user is to be told.
type owed struct {
	user   id.User
	kind   string
	object int64
	no     int
	since  time.Time
}

// Ask asks for the mails that are owed, one to a user. See watch.WaitTx.
func (t waitTx) Ask() error {
	rows, err := t.pg.Query(t.ctx, wordsOwed)
	if err != nil {
		return fmt.Errorf("find whom to mail: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o owed, err error) {
		return o, row.Scan((*int64)(&o.user), &o.kind, &o.object, &o.no, &o.since)
	})
	if err != nil {
		return fmt.Errorf("find whom to mail: %w", err)
	}
	var send int64
	for i, o := range all {
		if i == 0 || all[i-1].user != o.user {
			if send, err = t.askWord(o.user); err != nil {
				return err
			}
		}
		_, err := t.pg.Exec(t.ctx, "INSERT INTO staff_wait (send_no, user_no, kind, object, no, since) VALUES ($1, $2, $3, $4, $5, $6)",
			send, int64(o.user), o.kind, o.object, o.no, o.since)
		if err != nil {
			return fmt.Errorf("ask for mail to %s: %w", o.user, err)
		}
	}
	return nil
}

func (t waitTx) askWord(to id.User) (int64, error) {
	var at time.Time
	no, err := t.askStaff([]id.User{to}, &at)
	if err != nil {
		return 0, fmt.Errorf("ask for mail to %s: %w", to, err)
	}
	return no, t.Enqueue(task.Task{Name: task.StaffMail, Object: no})
}

// Word reads what a mail to one of legal tells by now, and who sends it. It tells
// nothing to whoever left legal since it was asked for.
func (s AlertStore) Word(ctx context.Context, send int64) (w watch.Word, err error) {
	rows, err := s.pool.Query(ctx, `SELECT x.kind, x.since FROM staff_wait x JOIN (`+waitsForLegal+`) w ON w.kind = x.kind AND w.object = x.object AND w.no = x.no
		JOIN user_account u ON u.user_no = x.user_no AND u.role = 'legal' WHERE x.send_no = $1 ORDER BY x.since, x.kind, x.object`, send)
	if err != nil {
		return w, fmt.Errorf("read what a mail tells: %w", away(err))
	}
	w.Lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l watch.WordLine, err error) {
		err = row.Scan((*string)(&l.Kind), &l.Since)
		l.Since = l.Since.UTC()
		return l, err
	})
	if err != nil {
		return w, fmt.Errorf("read what a mail tells: %w", away(err))
	}
	o, err := organisationNow(ctx, s.pool)
	if err != nil || o.StaffMail == nil {
		return w, err
	}
	var m campaign.Material
	c := campaign.Campaign{Settings: campaign.Settings{Sender: o.StaffMail.Sender, Relays: []id.Relay{o.StaffMail.Relay}}}
	if err := readSender(ctx, s.pool, c, &m); err != nil {
		return w, fmt.Errorf("read who mails staff: %w", away(err))
	}
	if err := readRelays(ctx, s.pool, c, nil, &m); err != nil {
		return w, fmt.Errorf("read who mails staff: %w", away(err))
	}
	w.Sender, w.Relay = &m.Sender, &m.Relays[0].PlannedRelay
	return w, nil
}
