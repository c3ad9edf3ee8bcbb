package postgres

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/vault"
)

// Keys opens what preflight makes digests with.
func (s CampaignStore) Keys(ctx context.Context, no id.Incident) (*vault.Incident, *vault.Installation, error) {
	in, err := s.Incident(ctx, int64(no))
	return in, s.Installation(), err
}

// Prepare replaces the prepared rows of a campaign. See campaign.Bench.
func (s CampaignStore) Prepare(ctx context.Context, c campaign.Campaign, want campaign.Wanted, press func(campaign.Chunk) ([]campaign.Prepared, campaign.Block, error), end func(campaign.EndTx) error) error {
	err := s.do(ctx, func(t *tx) error {
		p := &preparing{campaignTx: campaignTx{t}, campaign: c, gates: numbersOfGates(want.Gates)}
		for _, step := range []func() error{p.alone, p.clear, p.keepGates, p.beginMatching, p.arrange, func() error { return p.keepPools(want.Pools) }, func() error { return p.blocks(want.People, press) }, p.shareSuppressions, p.keepOrder, p.tellGranted, p.sameSuppressions} {
			if err := step(); err != nil {
				return err
			}
		}
		if err := end(p.campaignTx); err != nil {
			return err
		}
		if err := t.narrowLate(c); err != nil {
			return err
		}
		return p.passLate()
	})
	if err != nil {
		return fmt.Errorf("prepare %s: %w", c.ID, away(err))
	}
	if _, err := s.pool.Exec(ctx, "SELECT analyze_campaign($1)", int64(c.ID)); err != nil {
		return fmt.Errorf("analyze %s: %w", c.ID, away(err))
	}
	if len(want.Pools) == 0 {
		return nil
	}
	if _, err := s.pool.Exec(ctx, "SELECT analyze_codes($1)", int64(c.Incident)); err != nil {
		return fmt.Errorf("analyze codes of %s: %w", c.Incident, away(err))
	}
	return nil
}

// preparing is one preflight's transaction.
type preparing struct {
	campaignTx
	campaign campaign.Campaign
	gates    []int64 // of the plan
	order    order
	codes    granting

	reviewed     int64  // the last review of gates that members follow
	suppressions string // what the matches depend on, as they began
}

// alone refuses a second run of the same preflight beside the first: the queue
// may ask twice.
func (p *preparing) alone() error { return p.tx.alone("preflight", int64(p.campaign.ID)) }

// clear removes what an earlier plan prepared. The database refuses it once a
// campaign was started.
func (p *preparing) clear() error {
	for _, table := range []string{"delivery", "delivery_open", "batch", "code"} {
		if _, err := p.pg.Exec(p.ctx, "DELETE FROM "+table+" WHERE campaign_no = $1", int64(p.campaign.ID)); err != nil {
			return err
		}
	}
	return nil
}

// member is one line of a frozen cohort.
type member struct {
	recipient int64
	domain    *[16]byte
	zone      string
	held      bool // a gate is shut for them
	ruling    campaign.Ruling
}

// blocks writes what the press makes of each block of members, in order.
func (p *preparing) blocks(want intake.Wanted, press func(campaign.Chunk) ([]campaign.Prepared, campaign.Block, error)) error {
	var total int64
	err := p.pg.QueryRow(p.ctx, "SELECT coalesce(resolved_size, 0) FROM cohort WHERE cohort_no = $1", int64(p.campaign.Settings.Cohort)).Scan(&total)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(p.ctx)
	blocks := p.ahead(ctx, total, want)
	defer func() {
		stop()
		for range blocks { // until it reads no more
		}
	}()
	no, first := 0, int64(1)
	for b := range blocks {
		if err := p.stillWanted(); err != nil {
			return err
		}
		if b.err != nil {
			return b.err
		}
		if err := p.block(campaign.Chunk{No: no, First: first, Total: total, People: b.people, Codes: p}, b.members, press); err != nil {
			return err
		}
		no, first = no+1, first+int64(len(b.members))
	}
	return nil
}

// opened is a block of members, with what is known of them.
type opened struct {
	members []member
	people  []intake.Person
	err     error
}

// ahead reads blocks over a second connection, each while the one before it is
// made and written, and ends with the first that cannot be read.
func (p *preparing) ahead(ctx context.Context, total int64, want intake.Wanted) <-chan opened {
	out := make(chan opened)
	go func() {
		defer close(out)
		for after := int64(0); after < total; {
			b := p.open(ctx, after, want)
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
			if b.err != nil {
				return
			}
			after += int64(len(b.members))
		}
	}()
	return out
}

func (p *preparing) open(ctx context.Context, after int64, want intake.Wanted) (b opened) {
	if b.members, b.err = p.members(ctx, after); b.err != nil {
		return b
	}
	if len(b.members) == 0 {
		b.err = fault.New(fault.Conflict, "cohort_not_frozen", nil)
		return b
	}
	numbers := make([]int64, len(b.members))
	for i, m := range b.members {
		numbers[i] = m.recipient
	}
	b.people, b.err = p.db.People(ctx, int64(p.campaign.Incident), numbers, want)
	return b
}

// stillWanted notices a cancel from outside the transaction.
func (p *preparing) stillWanted() error {
	var wanted bool
	err := p.db.pool.QueryRow(p.ctx, "SELECT state = 'preflighting' AND plan_no = $2 FROM campaign WHERE campaign_no = $1", int64(p.campaign.ID), p.campaign.PlanNo).Scan(&wanted)
	if err == nil && !wanted {
		return fault.New(fault.Conflict, "preflight_overtaken", nil)
	}
	return err
}

// toldBefore: an earlier campaign of the same cohort has reached a member.
const (
	telling = `campaign c JOIN delivery d ON d.campaign_no = c.campaign_no
	WHERE c.cohort_no = m.cohort_no AND c.campaign_no <> $1 AND c.state IN ('aborted', 'complete', 'closed_with_exceptions') AND d.recipient_no = m.recipient_no
	  AND d.status IN ('accepted', 'delivered', 'complained', 'bounced', 'indeterminate')`
	toldBefore = "EXISTS (SELECT 1 FROM " + telling + ")"
)

// nobodysAnyMore: every list that had a member was withdrawn.
const (
	someWithdrawn  = "EXISTS (SELECT 1 FROM list WHERE incident_no = $2 AND state = 'withdrawn')"
	having         = "list_row o JOIN list l USING (list_no) WHERE o.incident_no = m.incident_no AND o.recipient_no = m.recipient_no AND l.state = 'imported'"
	nobodysAnyMore = someWithdrawn + " AND NOT EXISTS (SELECT 1 FROM " + having + ")"
)

// someMembers reads some members of a cohort in order, with what rules on them.
// What is limited to one row is looked up for each of them: of an EXISTS the
// database may make a table of everybody first, for each part anew.
var someMembers = `SELECT m.recipient_no, r.domain_key, coalesce(r.timezone, ''), (SELECT true FROM ` + telling + ` LIMIT 1) IS NOT NULL,
		` + someWithdrawn + ` AND (SELECT true FROM ` + having + ` LIMIT 1) IS NULL, ` + shutMember("$6") + `, coalesce(x.kind, ''), coalesce(x.made_by, 0)
		FROM cohort_member m JOIN recipient r ON r.incident_no = m.incident_no AND r.recipient_no = m.recipient_no
		LEFT JOIN LATERAL (SELECT e.kind, e.made_by FROM exclusion_person p JOIN exclusion e USING (exclusion_no)
		  WHERE p.incident_no = m.incident_no AND p.recipient_no = m.recipient_no AND ` + holding + ` ORDER BY p.exclusion_no LIMIT 1) x ON true
		WHERE m.incident_no = $2 AND m.cohort_no = $3 AND m.seq > $4 ORDER BY m.seq LIMIT $5`

func (p *preparing) members(ctx context.Context, after int64) ([]member, error) {
	rows, err := p.db.pool.Query(ctx, someMembers,
		int64(p.campaign.ID), int64(p.campaign.Incident), int64(p.campaign.Settings.Cohort), after, campaign.BlockSize, p.gates)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (member, error) {
		var m member
		var told, gone bool
		var kind string
		var by int64
		err := row.Scan(&m.recipient, &m.domain, &m.zone, &told, &gone, &m.held, &kind, &by)
		switch {
		case told:
			m.ruling = campaign.Ruling{Kind: outcome.DecideExclude, Code: "reason_told_before"}
		case gone:
			m.ruling = campaign.Ruling{Kind: outcome.DecideExclude, Code: "reason_list_withdrawn"}
		case kind != "":
			m.ruling = campaign.Ruling{Kind: outcome.DecideExclude, Code: "reason_" + kind, By: id.User(by).String()}
		}
		return m, err
	})
}

func (p *preparing) block(chunk campaign.Chunk, members []member, press func(campaign.Chunk) ([]campaign.Prepared, campaign.Block, error)) error {
	for _, m := range members {
		chunk.Rulings, chunk.Held = append(chunk.Rulings, m.ruling), append(chunk.Held, m.held)
	}
	if err := p.match(&chunk); err != nil {
		return err
	}
	rows, block, err := press(chunk)
	if err != nil {
		return err
	}
	return p.write(rows, block, members)
}

func (p *preparing) write(rows []campaign.Prepared, block campaign.Block, members []member) error {
	no := int64(p.campaign.ID)
	_, err := p.pg.CopyFrom(p.ctx, pgx.Identifier{"delivery"}, []string{"campaign_no", "seq", "recipient_no", "plan_no", "variant_no", "domain_key", "leaf", "status"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := rows[i]
			return []any{no, r.Seq, r.Recipient, int32(p.campaign.PlanNo), int16(r.Variant), members[i].domain, r.Leaf[:], r.Status}, nil
		}))
	if err != nil {
		return err
	}
	if err := p.keepCodes(rows); err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue("INSERT INTO block (campaign_no, plan_no, block_no, node) VALUES ($1, $2, $3, $4)", no, p.campaign.PlanNo, block.No, block.Node[:])
	p.queueBatches(&b, rows, block, members)
	if err := p.pg.SendBatch(p.ctx, &b).Close(); err != nil {
		return err
	}
	if err := p.holdShut(rows); err != nil {
		return err
	}
	return p.explain(rows)
}

// keepCodes writes what codes are looked up in, in order of their digests: so
// neighbours in the index are written together, and nothing about a row says
// which person of the block it was made for.
func (p *preparing) keepCodes(rows []campaign.Prepared) error {
	digests := make([]vault.Index, len(rows))
	for i, r := range rows {
		digests[i] = r.Code
	}
	slices.SortFunc(digests, func(a, b vault.Index) int { return bytes.Compare(a[:], b[:]) })
	_, err := p.pg.CopyFrom(p.ctx, pgx.Identifier{"code"}, []string{"code_digest", "campaign_no"},
		pgx.CopyFromSlice(len(digests), func(i int) ([]any, error) { return []any{[16]byte(digests[i]), int64(p.campaign.ID)}, nil }))
	return err
}

// explain records why people are not mailed: they were told before, or somebody
// decided so. The decisions speak of this plan only.
func (p *preparing) explain(rows []campaign.Prepared) error {
	seqs := map[campaign.Ruling][]int64{}
	for _, r := range rows {
		if s := outcome.Status(r.Status); s == outcome.Excluded || s == outcome.Suppressed {
			seqs[r.Ruling] = append(seqs[r.Ruling], r.Seq)
		}
	}
	for ruling, of := range seqs {
		entry := ledger.New(access.System, ledger.DeliveryDecided, p.campaign.ID).In(int64(p.campaign.Incident)).
			With(map[string]any{"kind": ruling.Kind, "why": strings.TrimPrefix(ruling.Code, "reason_"), "deliveries": len(of)})
		if err := p.Record(entry); err != nil {
			return err
		}
		by := cmp.Or(ruling.By, access.System.String())
		_, err := p.pg.Exec(p.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, plan_no, kind, code, actor, entry_id)
			SELECT $1, nextval('decision_number'), seq, seq, $3, $4, $5, $6, $7 FROM unnest($2::bigint[]) AS u (seq)`,
			int64(p.campaign.ID), of, p.campaign.PlanNo, string(ruling.Kind), ruling.Code, by, entry.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// InsertPlan keeps a sealed plan.
func (t campaignTx) InsertPlan(c campaign.Campaign, document []byte, plan canon.Hash, counts campaign.Counts, by id.User) error {
	figures, err := json.Marshal(counts)
	if err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO plan (sha256, campaign_no, plan_no, document, counts, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		plan[:], int64(c.ID), c.PlanNo, document, figures, int64(by), t.at)
	if err != nil {
		return fmt.Errorf("insert plan: %w", err)
	}
	return nil
}

// progressEvery bounds how often progress is written.
const progressEvery = 300 * time.Millisecond

// Progress tells how far a preflight is, from outside its transaction.
func (s CampaignStore) Progress(ctx context.Context, c campaign.Campaign, made, total int64) {
	if last, ok := s.progress.Load(c.ID); ok && time.Since(last.(time.Time)) < progressEvery {
		return
	}
	s.progress.Store(c.ID, time.Now())
	_, _ = s.pool.Exec(ctx, `UPDATE campaign SET preflight = preflight || jsonb_build_object('progress', $3::bigint, 'total', $4::bigint)
		WHERE campaign_no = $1 AND state = 'preflighting' AND plan_no = $2`, int64(c.ID), c.PlanNo, made, total)
}

// Fail ends a preflight without a plan. See campaign.Bench.
func (s CampaignStore) Fail(ctx context.Context, c campaign.Campaign, found campaign.Preflight) error {
	document, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	return s.do(ctx, func(t *tx) error {
		tag, err := t.pg.Exec(ctx, `UPDATE campaign SET state = 'draft', preflight = $3, version = version + 1
			WHERE campaign_no = $1 AND plan_no = $2 AND state = 'preflighting'`, int64(c.ID), c.PlanNo, document)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return t.Record(ledger.New(access.System, ledger.PreflightDone, c.ID).In(int64(c.Incident)).With(map[string]any{"plan_no": c.PlanNo, "ok": false, "findings": len(found.Blocking)}))
	})
}
