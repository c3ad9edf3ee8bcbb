package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// upgradeReason names the column under which a reason is sealed.
const upgradeReason = "upgrade_decision.reason"

// KeepUpgrade keeps a decision with its people. See cohort.UpgradeTx.
func (t freezeTx) KeepUpgrade(d cohort.KeptDecision, people cohort.Bitset, entry ledger.EntryID) (canon.Hash, error) {
	all, err := t.digests(people)
	if err != nil {
		return canon.Hash{}, fmt.Errorf("read whom a decision is about: %w", err)
	}
	root := rootOf(all)
	keys, err := t.scene.db.Incident(t.ctx, int64(d.Incident))
	if err != nil {
		return root, err
	}
	var no int64
	if err := t.pg.QueryRow(t.ctx, "SELECT nextval(pg_get_serial_sequence('upgrade_decision', 'decision_no'))").Scan(&no); err != nil {
		return root, fmt.Errorf("number decision: %w", err)
	}
	sealed, err := keys.SealText(upgradeReason, []byte(d.Reason), int64(d.Incident), no)
	if err != nil {
		return root, err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO upgrade_decision (decision_no, incident_no, cohort_no, from_cohort, ruling, people, root, reason, made_by, made_at, entry_id)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		no, int64(d.Incident), int64(d.To), int64(d.From), string(d.Ruling), d.People, root[:], sealed, int64(d.By), d.At, entry)
	if err != nil {
		return root, fmt.Errorf("insert decision: %w", err)
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{"upgrade_person"}, []string{"incident_no", "cohort_no", "recipient_no", "decision_no"},
		pgx.CopyFromSlice(len(all), func(i int) ([]any, error) { return []any{int64(d.Incident), int64(d.To), all[i].no, no}, nil }))
	if err != nil {
		return root, fmt.Errorf("insert whom a decision is about: %w", err)
	}
	return root, nil
}

// Ruled reads the rulings of an incident. The newest on each person counts.
func (s scene) Ruled(ctx context.Context) (cohort.RulingsOf, error) {
	rows, err := s.q.Query(ctx, `SELECT DISTINCT ON (p.cohort_no, p.recipient_no) p.cohort_no, p.recipient_no, d.ruling
		FROM upgrade_person p JOIN upgrade_decision d USING (decision_no) WHERE p.incident_no = $1 ORDER BY p.cohort_no, p.recipient_no, p.decision_no DESC`, int64(s.incident))
	if err != nil {
		return nil, fmt.Errorf("read rulings: %w", err)
	}
	out := cohort.RulingsOf{}
	var no, person int64
	var ruling cohort.Ruling
	_, err = pgx.ForEachRow(rows, []any{&no, &person, (*string)(&ruling)}, func() error {
		r := out[id.Cohort(no)]
		if ruling == cohort.TellThem {
			r.Tell.Add(int(person))
		} else {
			r.Leave.Add(int(person))
		}
		out[id.Cohort(no)] = r
		return nil
	})
	return out, err
}

// Upgraded gives those who are to hear a cohort's notice beside their own.
func (s scene) Upgraded(ctx context.Context, no id.Cohort) (cohort.Bitset, error) {
	all, err := s.Ruled(ctx)
	return all[no].Tell, err
}

// FollowedUp reads everybody of a frozen follow-up.
func (s scene) FollowedUp(ctx context.Context) (cohort.Bitset, error) {
	return s.set(ctx, "SELECT m.recipient_no FROM cohort c JOIN cohort_member m USING (incident_no, cohort_no) WHERE incident_no = $1 AND c.kind = 'follow_up'")
}
