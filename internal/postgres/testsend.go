package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

// Test runs f in a transaction that asks for a test send. See
// campaign.TestStore.
func (s CampaignStore) Test(ctx context.Context, f func(campaign.TestTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

const colleagues = "SELECT user_no, name, role, disabled_at IS NOT NULL FROM user_account "

func scanColleague(row pgx.CollectableRow) (c campaign.Colleague, err error) {
	return c, row.Scan((*int64)(&c.ID), &c.Name, (*string)(&c.Role), &c.Disabled)
}

// Colleagues reads some users.
func (t campaignTx) Colleagues(among []id.User) ([]campaign.Colleague, error) {
	rows, err := t.pg.Query(t.ctx, colleagues+"WHERE user_no = ANY($1)", userNumbers(among))
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return pgx.CollectRows(rows, scanColleague)
}

// Staff reads everybody who is not disabled.
func (s CampaignStore) Staff(ctx context.Context) ([]campaign.Colleague, error) {
	rows, err := s.pool.Query(ctx, colleagues+"WHERE disabled_at IS NULL ORDER BY name, user_no")
	if err != nil {
		return nil, fmt.Errorf("read users: %w", away(err))
	}
	return pgx.CollectRows(rows, scanColleague)
}

func userNumbers(all []id.User) []int64 {
	numbers := make([]int64, len(all))
	for i, u := range all {
		numbers[i] = int64(u)
	}
	return numbers
}

// InsertTest writes a test send as it was asked for.
func (t campaignTx) InsertTest(s *campaign.TestSend, entry ledger.EntryID) error {
	err := t.pg.QueryRow(t.ctx, "INSERT INTO test_send (campaign_no, plan_sha256, users, asked_by, entry_id) VALUES ($1, $2, $3, $4, $5) RETURNING test_no, at",
		int64(s.Campaign), s.Plan[:], userNumbers(s.Users()), int64(s.By), entry).Scan((*int64)(&s.ID), &s.At)
	if err != nil {
		return fmt.Errorf("insert test send of %s: %w", s.Campaign, err)
	}
	s.At = s.At.UTC()
	return nil
}

// Tests reads a campaign's test sends, newest first. See campaign.TestStore.
func (s CampaignStore) Tests(ctx context.Context, no id.Campaign, before id.TestSend, limit int) ([]campaign.TestSend, error) {
	if _, err := oneCampaign(ctx, s.pool, "WHERE campaign_no = $1", no); err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT t.test_no, t.plan_sha256, t.asked_by, t.at, u.user_no, coalesce(r.name, ''), i.test_no IS NOT NULL, coalesce(o.unsent, ''),
		  o.phase, coalesce(o.code, 0), coalesce(o.enhanced, ''), coalesce(o.lost, false), o.at
		FROM (SELECT test_no, plan_sha256, users, asked_by, at FROM test_send
		  WHERE campaign_no = $1 AND ($2::bigint = 0 OR test_no < $2) ORDER BY test_no DESC LIMIT $3) t
		CROSS JOIN LATERAL unnest(t.users) WITH ORDINALITY AS u (user_no, place)
		LEFT JOIN test_intent i ON i.test_no = t.test_no AND i.user_no = u.user_no LEFT JOIN relay r USING (relay_no)
		LEFT JOIN LATERAL (SELECT unsent, phase, code, enhanced, lost, at FROM test_outcome o WHERE o.test_no = t.test_no AND o.user_no = u.user_no ORDER BY assumed LIMIT 1) o ON true
		ORDER BY t.test_no DESC, u.place`, int64(no), int64(before), limit)
	if err != nil {
		return nil, fmt.Errorf("read test sends of %s: %w", no, away(err))
	}
	return collectTests(no, rows)
}

// collectTests puts the rows of letters together.
func collectTests(no id.Campaign, rows pgx.Rows) ([]campaign.TestSend, error) {
	var all []campaign.TestSend
	t := campaign.TestSend{Campaign: no}
	var plan []byte
	var l campaign.TestLetter
	var phase *string
	var reply outcome.Reply
	into := []any{(*int64)(&t.ID), &plan, (*int64)(&t.By), &t.At, (*int64)(&l.User), &l.Relay, &l.Announced, &l.Unsent, &phase, &reply.Code, &reply.Enhanced, &reply.Lost, &l.At}
	_, err := pgx.ForEachRow(rows, into, func() error {
		if n := len(all); n == 0 || all[n-1].ID != t.ID {
			t.Plan, t.At = canon.FromBytes(plan), t.At.UTC()
			all = append(all, t)
		}
		letter := l
		letter.At = utc(l.At)
		if phase != nil {
			answered := reply
			answered.Phase = outcome.Phase(*phase)
			letter.Reply = &answered
		}
		newest := &all[len(all)-1]
		newest.Letters = append(newest.Letters, letter)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read test sends of %s: %w", no, away(err))
	}
	return all, nil
}

// Asked reads what is left to do of a test send: those of its users for whom
// nothing was announced or dropped, with their accounts' addresses.
func (s CampaignStore) Asked(ctx context.Context, no id.TestSend) (campaign.TestSend, []campaign.Addressee, error) {
	t := campaign.TestSend{ID: no}
	var plan []byte
	err := s.pool.QueryRow(ctx, "SELECT campaign_no, plan_sha256, at FROM test_send WHERE test_no = $1", int64(no)).Scan((*int64)(&t.Campaign), &plan, &t.At)
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	t.Plan = canon.FromBytes(plan)
	rows, err := s.pool.Query(ctx, `SELECT a.user_no, a.email, a.disabled_at IS NOT NULL FROM test_send t
		CROSS JOIN LATERAL unnest(t.users) WITH ORDINALITY AS u (user_no, place) JOIN user_account a USING (user_no)
		WHERE t.test_no = $1 AND NOT EXISTS (SELECT 1 FROM test_intent i WHERE i.test_no = t.test_no AND i.user_no = u.user_no) ORDER BY u.place`, int64(no))
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	left, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a campaign.Addressee, err error) {
		return a, row.Scan((*int64)(&a.User), &a.Email, &a.Disabled)
	})
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	return t, left, nil
}

// ExcludedRelays names the relays that an incident excludes by now, by host or
// by id.
func (s CampaignStore) ExcludedRelays(ctx context.Context, no id.Incident) ([]string, error) {
	var facts incident.Facts
	var document []byte
	err := s.pool.QueryRow(ctx, "SELECT document FROM incident_fact WHERE incident_no = $1 ORDER BY version DESC LIMIT 1", int64(no)).Scan(&document)
	if err == nil {
		err = readJSON(document, &facts)
	}
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", no, away(err))
	}
	return facts.ExcludedRelays, nil
}

// AnnounceTest writes an intent. See delivery.TestStore.
func (s DeliveryStore) AnnounceTest(ctx context.Context, in delivery.TestIntent) (bool, error) {
	tag, err := s.pool.Exec(ctx, `INSERT INTO test_intent (test_no, user_no, relay_no, message_sha256, worker_no) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT test_intent_once DO NOTHING`, in.Test, in.User, in.Relay, in.Hash[:], in.Worker.No)
	if err != nil {
		return false, fmt.Errorf("announce a letter of %s: %w", id.TestSend(in.Test), away(err))
	}
	return tag.RowsAffected() == 1, nil
}

// TellTest writes an answer. See delivery.TestStore.
func (s DeliveryStore) TellTest(ctx context.Context, in delivery.TestIntent, r outcome.Reply) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO test_outcome (test_no, user_no, assumed, phase, code, enhanced, lost) VALUES ($1, $2, false, $3, $4, $5, $6)
		ON CONFLICT (test_no, user_no, assumed) DO NOTHING`, in.Test, in.User, string(r.Phase), r.Code, r.Enhanced, r.Lost)
	if err != nil {
		return fmt.Errorf("tell of a letter of %s: %w", id.TestSend(in.Test), away(err))
	}
	return nil
}

// DropTest writes an intent without a relay, and why. See delivery.TestStore.
func (s DeliveryStore) DropTest(ctx context.Context, in delivery.TestIntent, why string) error {
	_, err := s.pool.Exec(ctx, `WITH mine AS (INSERT INTO test_intent (test_no, user_no, worker_no) VALUES ($1, $2, $3)
		  ON CONFLICT ON CONSTRAINT test_intent_once DO NOTHING RETURNING test_no, user_no)
		INSERT INTO test_outcome (test_no, user_no, assumed, unsent) SELECT test_no, user_no, false, $4 FROM mine`, in.Test, in.User, in.Worker.No, why)
	if err != nil {
		return fmt.Errorf("drop a letter of %s: %w", id.TestSend(in.Test), away(err))
	}
	return nil
}

// writeLostTests says of letters of tests that dead workers announced that
// nobody is left who knows.
func (t *tx) writeLostTests(dead []int32) error {
	_, err := t.pg.Exec(t.ctx, `INSERT INTO test_outcome (test_no, user_no, assumed, phase, lost)
		SELECT i.test_no, i.user_no, true, 'lease', true FROM test_intent i WHERE i.worker_no = ANY($1)
		  AND NOT EXISTS (SELECT 1 FROM test_outcome o WHERE o.test_no = i.test_no AND o.user_no = i.user_no) ON CONFLICT DO NOTHING`, dead)
	return err
}
