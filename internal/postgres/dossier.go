package postgres

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/evidence"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// dossier is everything on record about one delivery that a report shows.
type dossier struct {
	seq, recipient int64
	plan           int32
	variant        int
	relay          *int64
	last           *time.Time
	address        []byte
	index          *[16]byte
	proof          []byte
	jurisdictions  []string
	locale         string

	history outcome.History
	first   *time.Time // of the first intent
	sum     []byte     // of the message
	answer  *answer    // the outcome that counts
	unmade  string     // code of why the letter could not be made
	ruled   string     // code of why nobody is to mail them
}

// answer is an outcome with its evidence.
type answer struct {
	outcome.Reply
	tls string
	at  time.Time
}

// page reads deliveries and, each with one query over exactly these, what is
// on record about them. Written as one query with joins, it would depend on
// what the planner believes of tables that grow while it looks.
func (s EvidenceStore) page(ctx context.Context, c id.Campaign, n names, who evidence.Identifiers, after int64, where []filter.Equal, limit int) ([]evidence.Row, error) {
	all, err := s.dossiers(ctx, c, n.incident, after, where, limit)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]*dossier, len(all))
	seqs := make([]int64, len(all))
	for i := range all {
		at[all[i].seq], seqs[i] = &all[i], all[i].seq
	}
	if err := s.addGates(ctx, c, seqs, at); err != nil {
		return nil, err
	}
	if err := s.addAttempts(ctx, c, seqs, at); err != nil {
		return nil, err
	}
	if err := s.addDecisions(ctx, c, seqs, at); err != nil {
		return nil, err
	}
	rows := make([]evidence.Row, len(all))
	for i := range all {
		if rows[i], err = n.row(all[i], c, who); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// ofStatus finds deliveries of a status, however rare, in the blocks that hold
// some: as many blocks as a page needs, beginning with the one that it goes on
// in. No index can name a status (the status update would leave its page), and
// a walk would pass a million others. OFFSET 0 keeps the planner from turning
// the blocks' spans into a scan of everything.
const ofStatus = `status = ANY(?) AND seq = ANY(ARRAY(SELECT f.seq
	FROM (SELECT block_no, sum(sum(n) * (block_no > $3 / 512)::integer) OVER (ORDER BY block_no) - sum(n) AS earlier FROM delivery_sum
		WHERE campaign_no = $1 AND status = ANY(?) AND block_no >= $3 / 512 GROUP BY block_no HAVING sum(n) > 0) b
	CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE campaign_no = $1 AND seq BETWEEN b.block_no * 512 + 1 AND b.block_no * 512 + 512
		AND seq > $3 AND status = ANY(?) OFFSET 0) f
	WHERE b.earlier < %d))`

func (s EvidenceStore) dossiers(ctx context.Context, c id.Campaign, incident, after int64, where []filter.Equal, limit int) ([]dossier, error) {
	chosen, args, err := page{"SELECT * FROM delivery WHERE campaign_no = $1 AND seq > $3", []any{int64(c), incident, after},
		conditions{"status": fmt.Sprintf(ofStatus, limit)}, where, "seq", limit}.sql()
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT d.seq, d.recipient_no, d.plan_no, d.variant_no, d.relay_no, d.last_event_at, r.address, r.address_index, r.proof_digest, r.jurisdictions, coalesce(r.locale, '')
		FROM (`+chosen+`) d
		JOIN recipient r ON r.incident_no = $2 AND r.recipient_no = d.recipient_no ORDER BY d.seq`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (dossier, error) {
		var d dossier
		err := row.Scan(&d.seq, &d.recipient, &d.plan, &d.variant, &d.relay, &d.last, &d.address, &d.index, &d.proof, &d.jurisdictions, &d.locale)
		d.history.Unaddressed = d.index == nil
		return d, err
	})
}

func (s EvidenceStore) addGates(ctx context.Context, c id.Campaign, seqs []int64, at map[int64]*dossier) error {
	held, err := shutAmong(ctx, s.pool, int64(c), seqs)
	for _, seq := range held {
		at[seq].history.Gated = true
	}
	return err
}

func (s EvidenceStore) addAttempts(ctx context.Context, c id.Campaign, seqs []int64, at map[int64]*dossier) error {
	rows, err := s.pool.Query(ctx, "SELECT seq, attempt, at, message_sha256 FROM intent WHERE campaign_no = $1 AND seq = ANY($2) ORDER BY seq, attempt", int64(c), seqs)
	if err != nil {
		return err
	}
	var seq int64
	var attempt int
	var when time.Time
	var sum []byte
	_, err = pgx.ForEachRow(rows, []any{&seq, &attempt, &when, &sum}, func() error {
		d := at[seq]
		if attempt == 1 {
			first := when.UTC()
			d.first, d.sum = &first, append([]byte(nil), sum...)
		}
		d.history.Attempts = append(d.history.Attempts, outcome.Attempt{No: attempt})
		return nil
	})
	if err != nil {
		return err
	}
	return s.addOutcomes(ctx, c, seqs, at)
}

func (s EvidenceStore) addOutcomes(ctx context.Context, c id.Campaign, seqs []int64, at map[int64]*dossier) error {
	rows, err := s.pool.Query(ctx, `SELECT seq, attempt, phase, code, coalesce(enhanced, ''), lost, coalesce(queue_id, ''), coalesce(tls_version, ''), at
		FROM outcome WHERE campaign_no = $1 AND seq = ANY($2) ORDER BY seq, attempt, n`, int64(c), seqs)
	if err != nil {
		return err
	}
	var seq int64
	var attempt int
	var phase string
	var a answer
	_, err = pgx.ForEachRow(rows, []any{&seq, &attempt, &phase, &a.Code, &a.Enhanced, &a.Lost, &a.QueueID, &a.tls, &a.at}, func() error {
		a.Phase, a.at = outcome.Phase(phase), a.at.UTC()
		d := at[seq]
		d.history.Add(attempt, a.Reply)
		if d.answer == nil || d.answer.Verdict() != outcome.Took || a.Verdict() == outcome.Took {
			kept := a
			d.answer = &kept // an acceptance counts before any other, then the newest
		}
		return nil
	})
	return err
}

func (s EvidenceStore) addDecisions(ctx context.Context, c id.Campaign, seqs []int64, at map[int64]*dossier) error {
	if len(seqs) == 0 {
		return nil
	}
	rows, err := s.pool.Query(ctx, "SELECT from_seq, to_seq, kind, attempt, coalesce(code, ''), plan_no FROM decision WHERE campaign_no = $1 AND from_seq <= $3 AND to_seq >= $2 ORDER BY decision_no",
		int64(c), seqs[0], seqs[len(seqs)-1])
	if err != nil {
		return err
	}
	var from, to int64
	var kind, code string
	var attempt int
	var plan *int32
	_, err = pgx.ForEachRow(rows, []any{&from, &to, &kind, &attempt, &code, &plan}, func() error {
		decided := outcome.Decision{Kind: outcome.DecisionKind(kind), Attempt: attempt}
		if from == to {
			if d, ok := at[from]; ok && (plan == nil || *plan == d.plan) {
				d.decide(decided, code)
			}
			return nil
		}
		for seq, d := range at {
			if from <= seq && seq <= to {
				d.history.Decisions = append(d.history.Decisions, decided)
			}
		}
		return nil
	})
	return err
}

func (d *dossier) decide(by outcome.Decision, code string) {
	d.history.Decisions = append(d.history.Decisions, by)
	switch by.Kind {
	case outcome.DecideUnmade:
		d.unmade = code
	case outcome.DecideExclude, outcome.DecideSuppress:
		d.ruled = cmp.Or(d.ruled, code)
	}
}

// row is a dossier as a line of the report. Its status follows from the record
// itself, not from the cache.
func (n names) row(d dossier, c id.Campaign, who evidence.Identifiers) (evidence.Row, error) {
	out := evidence.Row{
		Delivery: id.Delivery{Parent: int64(c), No: d.seq}, Recipient: id.Recipient{Parent: n.incident, No: d.recipient},
		Cohort: n.cohort, Jurisdiction: strings.Join(d.jurisdictions, "+"), Locale: d.locale, Status: d.history.Status(), Attempts: len(d.history.Attempts),
		FirstAttemptAt: d.first, LastEventAt: utc(d.last), MessageSHA256: hex.EncodeToString(d.sum), PossibleDuplicate: d.history.PossibleDuplicate(),
	}
	if d.variant >= 0 && d.variant < len(n.variants) {
		out.Variant = n.variants[d.variant]
	}
	if d.relay != nil {
		out.Relay = n.relays[*d.relay]
	}
	if d.first != nil {
		out.MessageID = n.codes.MessageID(int64(c), d.seq) + "@" + n.domain
	}
	if a := d.answer; a != nil {
		out.SMTPCode, out.EnhancedCode, out.RemoteQueueID, out.TLSVersion = a.Code, a.Enhanced, a.QueueID, a.tls
		if a.Verdict() == outcome.Took {
			out.AcceptedAt = &a.at
		}
	}
	out.Reason = d.reason(out.Status)
	var err error
	out.Email, err = n.email(d, who)
	return out, err
}

// reasons of statuses that no answer of a relay explains.
var reasons = map[outcome.Status]string{
	outcome.Unaddressed: "reason_no_address", outcome.Held: "reason_held", outcome.Cancelled: "reason_cancelled", outcome.Expired: "reason_expired",
}

func (d dossier) reason(s outcome.Status) string {
	if (s == outcome.Deferred || s == outcome.Expired) && d.history.Unmade() {
		return d.unmade
	}
	if s == outcome.Excluded || s == outcome.Suppressed {
		return d.ruled
	}
	if code, ok := reasons[s]; ok {
		return code
	}
	if d.answer == nil {
		return ""
	}
	return d.answer.Reason()
}
