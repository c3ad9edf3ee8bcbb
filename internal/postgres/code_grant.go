package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// granting hands out codes within a preflight.
type granting struct {
	entry ledger.Entry
	pools map[string]int64 // the incident's, by name
	given map[string]int64 // to people who had none, by pool
	last  map[string]int64 // the number of the last that went out
}

// poolsOf reads the pools of an incident by their names.
func poolsOf(ctx context.Context, q reader, incident id.Incident) (map[string]int64, error) {
	rows, err := q.Query(ctx, "SELECT name, pool_no FROM code_pool WHERE incident_no = $1", int64(incident))
	if err != nil {
		return nil, fmt.Errorf("read pools of codes: %w", away(err))
	}
	pools := map[string]int64{}
	var name string
	var no int64
	_, err = pgx.ForEachRow(rows, []any{&name, &no}, func() error {
		pools[name] = no
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read pools of codes: %w", away(err))
	}
	return pools, nil
}

// poolsNamed gives their names alone, in order.
func poolsNamed(ctx context.Context, q reader, incident id.Incident) ([]string, error) {
	pools, err := poolsOf(ctx, q, incident)
	return slices.Sorted(maps.Keys(pools)), err
}

// keepPools keeps the pools of a text to this preflight up to its end: codes go
// out in their order, and two preflights one after the other.
func (p *preparing) keepPools(wanted []string) (err error) {
	if len(wanted) == 0 {
		return nil
	}
	p.codes.entry = ledger.New(access.System, ledger.CodesHandedOut, p.campaign.ID).In(int64(p.campaign.Incident))
	p.codes.given = map[string]int64{}
	if p.codes.pools, err = poolsOf(p.ctx, p.pg, p.campaign.Incident); err != nil {
		return err
	}
	var numbers []int64
	for _, name := range wanted {
		if no, there := p.codes.pools[name]; there {
			numbers = append(numbers, no)
		}
	}
	if err = p.lockPools(numbers); err != nil {
		return err
	}
	return p.readLast(numbers)
}

// readLast finds where the pools stand.
func (p *preparing) readLast(numbers []int64) error {
	p.codes.last = map[string]int64{}
	rows, err := p.pg.Query(p.ctx, `SELECT p.name, coalesce(max(g.code_no), 0) FROM code_pool p LEFT JOIN pool_grant g ON g.incident_no = $1 AND g.pool_no = p.pool_no
		WHERE p.pool_no = ANY($2) GROUP BY p.name`, int64(p.campaign.Incident), numbers)
	if err != nil {
		return fmt.Errorf("read where pools stand: %w", err)
	}
	var name string
	var last int64
	_, err = pgx.ForEachRow(rows, []any{&name, &last}, func() error {
		p.codes.last[name] = last
		return nil
	})
	return err
}

// Hand gives everybody their code. See campaign.Hander. Each question has one
// index that can answer it, for nobody has counted what this preflight writes.
func (p *preparing) Hand(pool string, people []int64) (map[int64]string, int64, error) {
	no, there := p.codes.pools[pool]
	if !there || len(people) == 0 {
		return nil, 0, nil
	}
	keys, err := p.db.Incident(p.ctx, int64(p.campaign.Incident))
	if err != nil {
		return nil, 0, err
	}
	theirs := make(map[int64]string, len(people))
	err = codesOf(p.ctx, p.pg, int64(p.campaign.Incident), []string{pool}, people, func(h held) (err error) {
		theirs[h.owner], err = h.open(keys)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	fresh, err := p.nextCodes(pool, no, slices.DeleteFunc(slices.Clone(people), func(who int64) bool { _, has := theirs[who]; return has }))
	if err != nil {
		return nil, 0, fmt.Errorf("hand out codes of %s: %w", id.Pool(no), err)
	}
	for _, h := range fresh {
		if theirs[h.owner], err = h.open(keys); err != nil {
			return nil, 0, err
		}
	}
	return theirs, int64(len(fresh)), nil
}

// nextCodes hands out the codes behind the last that went out, in the order of
// people and of codes, while there are any. Their numbers have no gap.
func (p *preparing) nextCodes(pool string, no int64, people []int64) ([]held, error) {
	last := p.codes.last[pool]
	rows, err := p.pg.Query(p.ctx, "SELECT code_no, code FROM pool_code WHERE incident_no = $1 AND pool_no = $2 AND code_no BETWEEN $3 AND $4 ORDER BY code_no",
		int64(p.campaign.Incident), no, last+1, last+int64(len(people)))
	if err != nil {
		return nil, err
	}
	fresh, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (held, error) {
		h := held{pool: pool, no: no}
		return h, row.Scan(&h.code, &h.sealed)
	})
	if err != nil {
		return nil, err
	}
	_, err = p.pg.CopyFrom(p.ctx, pgx.Identifier{"pool_grant"}, []string{"incident_no", "pool_no", "recipient_no", "code_no", "campaign_no", "plan_no", "entry_id"},
		pgx.CopyFromSlice(len(fresh), func(i int) ([]any, error) {
			fresh[i].owner = people[i]
			return []any{int64(p.campaign.Incident), no, people[i], fresh[i].code, int64(p.campaign.ID), int32(p.campaign.PlanNo), p.codes.entry.ID}, nil
		}))
	p.codes.given[pool] += int64(len(fresh))
	p.codes.last[pool] += int64(len(fresh))
	return fresh, err
}

// tellGranted puts on record how many codes a preflight handed out.
func (p *preparing) tellGranted() error {
	given := map[string]int64{}
	for name, n := range p.codes.given {
		if n > 0 {
			given[name] = n
		}
	}
	if len(given) == 0 {
		return nil
	}
	return p.Record(p.codes.entry.With(map[string]any{"plan_no": p.campaign.PlanNo, "codes": given}))
}

// held is a sealed code with who holds it.
type held struct {
	pool            string
	no, code, owner int64
	sealed          []byte
}

func (h held) open(keys *vault.Incident) (string, error) {
	plain, err := keys.OpenText(poolCode, h.sealed, h.no, h.code)
	return string(plain), err
}

// codesOf visits the codes that some people hold of some pools.
func codesOf(ctx context.Context, q reader, incident int64, pools []string, people []int64, visit func(held) error) error {
	rows, err := q.Query(ctx, `SELECT p.name, p.pool_no, g.code_no, g.recipient_no, c.code FROM code_pool p
		JOIN pool_grant g ON g.incident_no = p.incident_no AND g.pool_no = p.pool_no
		JOIN pool_code c ON c.incident_no = g.incident_no AND c.pool_no = g.pool_no AND c.code_no = g.code_no
		WHERE p.incident_no = $1 AND p.name = ANY($2) AND g.incident_no = $1 AND c.incident_no = $1 AND g.recipient_no = ANY($3)`, incident, pools, people)
	if err != nil {
		return fmt.Errorf("read codes of people: %w", err)
	}
	var h held
	_, err = pgx.ForEachRow(rows, []any{&h.pool, &h.no, &h.code, &h.owner, &h.sealed}, func() error { return visit(h) })
	return err
}

// addCodes adds to people the codes that they hold. One that cannot be opened
// breaks its holder.
func (db *DB) addCodes(ctx context.Context, keys *vault.Incident, incident int64, people []intake.Person, pools []string) error {
	at := make(map[int64]*intake.Person, len(people))
	numbers := make([]int64, len(people))
	for i := range people {
		at[people[i].Recipient], numbers[i] = &people[i], people[i].Recipient
		if people[i].Values == nil {
			people[i].Values = map[string][]string{}
		}
	}
	return codesOf(ctx, db.pool, incident, pools, numbers, func(h held) error {
		code, err := h.open(keys)
		if err != nil {
			at[h.owner].Broken = err
			return nil
		}
		at[h.owner].Values[intake.CodeGroup+h.pool] = []string{code}
		return nil
	})
}

// WithoutCode counts those who wait, or are held, with one of some variants and hold no code
// of a pool. See campaign.DecideTx.
func (t campaignTx) WithoutCode(c campaign.Campaign, pool string, variants []int) (int64, error) {
	var people int64
	err := t.pg.QueryRow(t.ctx, `SELECT count(*) FROM delivery d WHERE d.campaign_no = $1 AND d.status IN ('pending', 'held') AND d.variant_no = ANY($2)
		AND NOT EXISTS (SELECT 1 FROM pool_grant g WHERE g.incident_no = $3 AND g.recipient_no = d.recipient_no
		  AND g.pool_no = (SELECT pool_no FROM code_pool WHERE incident_no = $3 AND name = $4))`,
		int64(c.ID), variants, int64(c.Incident), pool).Scan(&people)
	if err != nil {
		return 0, fmt.Errorf("count who has no code: %w", err)
	}
	return people, nil
}
