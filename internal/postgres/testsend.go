package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/id"
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
	no, err := t.askStaff(s.Users(), &s.At)
	if err == nil {
		s.ID = id.TestSend(no)
		_, err = t.pg.Exec(t.ctx, "INSERT INTO test_send (send_no, campaign_no, plan_sha256, asked_by, entry_id) VALUES ($1, $2, $3, $4, $5)",
			no, int64(s.Campaign), s.Plan[:], int64(s.By), entry)
	}
	if err != nil {
		return fmt.Errorf("insert test send of %s: %w", s.Campaign, err)
	}
	return nil
}

// Tests reads a campaign's test sends, newest first. See campaign.TestStore.
func (s CampaignStore) Tests(ctx context.Context, no id.Campaign, before id.TestSend, limit int) ([]campaign.TestSend, error) {
	if _, err := oneCampaign(ctx, s.pool, "WHERE campaign_no = $1", no); err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT t.send_no, t.plan_sha256, t.asked_by, t.at, u.user_no, coalesce(r.name, ''), i.send_no IS NOT NULL, coalesce(o.unsent, ''),
		  o.phase, coalesce(o.code, 0), coalesce(o.enhanced, ''), coalesce(o.lost, false), o.at
		FROM (SELECT send_no, plan_sha256, users, asked_by, at FROM test_send JOIN staff_send USING (send_no)
		  WHERE campaign_no = $1 AND ($2::bigint = 0 OR send_no < $2) ORDER BY send_no DESC LIMIT $3) t
		CROSS JOIN LATERAL unnest(t.users) WITH ORDINALITY AS u (user_no, place)
		LEFT JOIN staff_intent i ON i.send_no = t.send_no AND i.user_no = u.user_no LEFT JOIN relay r USING (relay_no)
		LEFT JOIN LATERAL (SELECT unsent, phase, code, enhanced, lost, at FROM staff_outcome o WHERE o.send_no = t.send_no AND o.user_no = u.user_no ORDER BY assumed LIMIT 1) o ON true
		ORDER BY t.send_no DESC, u.place`, int64(no), int64(before), limit)
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

// ExcludedRelays names the relays that an incident excludes by now, by host or
// by id.
func (s CampaignStore) ExcludedRelays(ctx context.Context, no id.Incident) ([]string, error) {
	facts, _, err := newestFacts(ctx, s.pool, no)
	return facts.ExcludedRelays, err
}
