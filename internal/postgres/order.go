package postgres

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/outcome"
)

// order says in which batch each delivery of a campaign waits: by the steps of
// its ramp, and by time zones where it has a window.
type order struct {
	borders []int64         // how many are mailed up to the end of each step
	known   map[string]bool // zones that the database knows; nil: there is no window
	used    map[string]bool
	waiting int64 // deliveries that were placed
}

// turn is when one delivery's is: at a stage of the ramp, and while the window is
// open in its zone.
type turn struct {
	stage int16
	zone  string
}

// arrange finds how the campaign's people are ordered.
func (p *preparing) arrange() error {
	s := p.campaign.Settings
	if len(s.Ramp) > 0 {
		var all int64
		err := p.db.pool.QueryRow(p.ctx, `SELECT count(*) FROM cohort_member m JOIN recipient r ON r.incident_no = m.incident_no AND r.recipient_no = m.recipient_no
			WHERE m.incident_no = $2 AND m.cohort_no = $3 AND r.address IS NOT NULL AND NOT `+excludedMember+` AND NOT `+decidedAway+` AND NOT (`+nobodysAnyMore+`) AND NOT `+shutMember("$4")+` AND NOT `+toldBefore, int64(p.campaign.ID), int64(p.campaign.Incident), int64(s.Cohort), p.gates).Scan(&all)
		if err != nil {
			return err
		}
		p.order.borders = campaign.RampBorders(s.Ramp, all)
	}
	if s.SendWindow == nil {
		return nil
	}
	rows, err := p.db.pool.Query(p.ctx, "SELECT name FROM pg_timezone_names")
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	p.order.known, p.order.used = map[string]bool{}, map[string]bool{s.SendWindow.Zone: true}
	for _, name := range names {
		p.order.known[name] = true
	}
	return err
}

// next gives the turn of the next delivery that waits.
func (o *order) next(zone, usual string) turn {
	o.waiting++
	at := turn{stage: int16(len(o.borders))}
	for i, border := range o.borders {
		if o.waiting <= border {
			at.stage = int16(i)
			break
		}
	}
	at.zone = o.zone(zone, usual)
	return at
}

// zone gives the zone by whose clock somebody is mailed, if not now, later.
func (o *order) zone(zone, usual string) string {
	if o.known == nil {
		return ""
	}
	if !o.known[zone] {
		zone = usual
	}
	o.used[zone] = true
	return zone
}

// queueBatches writes the batches of a block: one span, unless its people wait
// in several places, or some of them for a gate. These are in none yet.
func (p *preparing) queueBatches(b *pgx.Batch, rows []campaign.Prepared, block campaign.Block, members []member) {
	usual := ""
	if w := p.campaign.Settings.SendWindow; w != nil {
		usual = w.Zone
	}
	people := map[turn][]int64{}
	var turns []turn
	held := false
	for i, r := range rows {
		if outcome.Status(r.Status) == outcome.Held {
			held = true
			p.order.zone(members[i].zone, usual)
		}
		if outcome.Status(r.Status) != outcome.Pending {
			continue
		}
		at := p.order.next(members[i].zone, usual)
		if people[at] == nil {
			turns = append(turns, at)
		}
		people[at] = append(people[at], r.Seq)
	}
	if len(turns) < 2 && !held {
		only := turn{stage: int16(len(p.order.borders)), zone: usual}
		if len(turns) == 1 {
			only = turns[0]
		}
		b.Queue("INSERT INTO batch (campaign_no, batch_no, block_no, from_seq, to_seq, stage, zone) VALUES ($1, nextval('batch_number'), $2, $3, $4, $5, nullif($6, ''))",
			int64(p.campaign.ID), block.No, block.From, block.To, only.stage, only.zone)
		return
	}
	for _, at := range turns {
		b.Queue("INSERT INTO batch (campaign_no, batch_no, seqs, stage, zone) VALUES ($1, nextval('batch_number'), $2, $3, nullif($4, ''))",
			int64(p.campaign.ID), people[at], at.stage, at.zone)
	}
}

// keepOrder keeps with the campaign in which zones its people are, and lets a
// ramp begin anew.
func (p *preparing) keepOrder() error {
	var zones []string
	if p.order.known != nil {
		zones = slices.Sorted(maps.Keys(p.order.used))
	}
	_, err := p.pg.Exec(p.ctx, "UPDATE campaign SET zones = $2, ramp_step = 0, ramp_since = NULL, ramp_until = NULL WHERE campaign_no = $1", int64(p.campaign.ID), zones)
	return err
}
