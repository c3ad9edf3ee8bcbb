package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/vault"
)

// EvidenceStore implements evidence.Store.
type EvidenceStore struct{ *DB }

// IncidentOf names the incident of a campaign.
func (s EvidenceStore) IncidentOf(ctx context.Context, c id.Campaign) (id.Incident, error) {
	var no int64
	err := s.pool.QueryRow(ctx, "SELECT incident_no FROM campaign WHERE campaign_no = $1", int64(c)).Scan(&no)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, campaign.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", c, away(err))
	}
	return id.Incident(no), nil
}

// reportPage is how many deliveries one query reads.
const reportPage = 2000

// reportSQL reads deliveries with their first intent, the outcome that counts
// (an acceptance before any other, then the newest), whether an attempt is
// under way, and the decision that explains them.
const reportSQL = `SELECT d.seq, d.recipient_no, d.variant_no, d.status, d.attempts, d.last_event_at, d.relay_no,
	r.address, r.address_index, r.proof_digest, r.jurisdictions, coalesce(r.locale, ''),
	i.at, i.message_sha256, o.phase, coalesce(o.code, 0), coalesce(o.enhanced, ''), coalesce(o.lost, false), coalesce(o.queue_id, ''), coalesce(o.tls_version, ''), o.at,
	EXISTS (SELECT 1 FROM intent x WHERE x.campaign_no = d.campaign_no AND x.seq = d.seq AND NOT EXISTS
	  (SELECT 1 FROM outcome y WHERE y.campaign_no = x.campaign_no AND y.seq = x.seq AND y.attempt = x.attempt)),
	EXISTS (SELECT 1 FROM outcome l JOIN decision k ON k.campaign_no = l.campaign_no AND l.seq BETWEEN k.from_seq AND k.to_seq AND k.attempt = l.attempt
	  WHERE l.campaign_no = d.campaign_no AND l.seq = d.seq AND l.lost AND l.phase IN ('dot', 'lease') AND k.kind IN ('resend', 'treat_as_accepted'))
FROM delivery d JOIN recipient r ON r.incident_no = $2 AND r.recipient_no = d.recipient_no
LEFT JOIN intent i ON i.campaign_no = d.campaign_no AND i.seq = d.seq AND i.attempt = 1
LEFT JOIN LATERAL (SELECT o.*, o.phase = 'dot' AND o.code BETWEEN 200 AND 299 AS took FROM outcome o WHERE o.campaign_no = d.campaign_no AND o.seq = d.seq
  ORDER BY took DESC, attempt DESC, n DESC LIMIT 1) o ON true
WHERE d.campaign_no = $1 AND d.seq > $3 AND ($4::text[] IS NULL OR d.status = ANY($4)) ORDER BY d.seq LIMIT $5`

// names are what a report says by name instead of by number.
type names struct {
	incident int64
	cohort   string
	domain   string // of Message-IDs
	variants []string
	relays   map[int64]string
	keys     *vault.Incident
	codes    *vault.Installation
}

func (s EvidenceStore) names(ctx context.Context, c id.Campaign) (names, error) {
	n := names{relays: map[int64]string{}, codes: s.Installation()}
	var document []byte
	err := s.pool.QueryRow(ctx, `SELECT c.incident_no, h.name, coalesce(p.document, '') FROM campaign c JOIN cohort h USING (cohort_no)
		LEFT JOIN plan p ON p.sha256 = c.plan_sha256 WHERE c.campaign_no = $1`, int64(c)).Scan(&n.incident, &n.cohort, &document)
	if err != nil {
		return n, err
	}
	if len(document) > 0 {
		plan, err := campaign.ReadPlan(document)
		if err != nil {
			return n, err
		}
		for _, v := range plan.Text.Ordered() {
			n.variants = append(n.variants, campaign.VariantName(v.Source))
		}
		_, n.domain, _ = strings.Cut(plan.Sender.From, "@")
	}
	rows, err := s.pool.Query(ctx, "SELECT relay_no, name FROM relay")
	if err != nil {
		return n, err
	}
	var no int64
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&no, &name}, func() error { n.relays[no] = name; return nil }); err != nil {
		return n, err
	}
	n.keys, err = s.Incident(ctx, n.incident)
	return n, err
}

// Rows calls f for each delivery. See evidence.Store.
func (s EvidenceStore) Rows(ctx context.Context, c id.Campaign, who evidence.Identifiers, filter evidence.Filter, f func(evidence.Row) error) error {
	n, err := s.names(ctx, c)
	if err != nil {
		return fmt.Errorf("read %s: %w", c, away(err))
	}
	var statuses []string
	for _, st := range filter.Status {
		statuses = append(statuses, string(st))
	}
	after, left := filter.After, filter.Limit
	for {
		limit := reportPage
		if filter.Limit > 0 {
			limit = min(limit, left)
		}
		page, err := s.page(ctx, c, n, who, after, statuses, limit)
		if err != nil {
			return fmt.Errorf("read deliveries of %s: %w", c, away(err))
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
		}
		left -= len(page)
		if len(page) < limit || filter.Limit > 0 && left <= 0 {
			return nil
		}
		after = page[len(page)-1].Delivery.No
	}
}

func (s EvidenceStore) page(ctx context.Context, c id.Campaign, n names, who evidence.Identifiers, after int64, statuses []string, limit int) ([]evidence.Row, error) {
	rows, err := s.pool.Query(ctx, reportSQL, int64(c), n.incident, after, statuses, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (evidence.Row, error) { return n.read(row, c, who) })
}

// rawRow is a line of reportSQL.
type rawRow struct {
	seq, recipient          int64
	variant                 int
	status                  string
	attempts                int
	last                    *time.Time
	relay                   *int64
	address                 []byte
	index                   *[16]byte
	proof                   []byte
	jurisdictions           []string
	locale                  string
	first                   *time.Time
	sum                     []byte
	phase                   *string
	reply                   outcome.Reply
	tls                     string
	at                      *time.Time
	open, possibleDuplicate bool
}

func (n names) read(row pgx.CollectableRow, c id.Campaign, who evidence.Identifiers) (evidence.Row, error) {
	var r rawRow
	err := row.Scan(&r.seq, &r.recipient, &r.variant, &r.status, &r.attempts, &r.last, &r.relay, &r.address, &r.index, &r.proof, &r.jurisdictions, &r.locale,
		&r.first, &r.sum, &r.phase, &r.reply.Code, &r.reply.Enhanced, &r.reply.Lost, &r.reply.QueueID, &r.tls, &r.at, &r.open, &r.possibleDuplicate)
	if err != nil {
		return evidence.Row{}, err
	}
	out := evidence.Row{
		Delivery: id.Delivery{Parent: int64(c), No: r.seq}, Recipient: id.Recipient{Parent: n.incident, No: r.recipient},
		Cohort: n.cohort, Jurisdiction: strings.Join(r.jurisdictions, "+"), Locale: r.locale, Status: r.shown(), Attempts: r.attempts,
		FirstAttemptAt: utc(r.first), LastEventAt: utc(r.last), SMTPCode: r.reply.Code, EnhancedCode: r.reply.Enhanced, RemoteQueueID: r.reply.QueueID,
		TLSVersion: r.tls, MessageSHA256: hex.EncodeToString(r.sum), PossibleDuplicate: r.possibleDuplicate, Reason: r.reason(),
	}
	if r.variant >= 0 && r.variant < len(n.variants) {
		out.Variant = n.variants[r.variant]
	}
	if r.relay != nil {
		out.Relay = n.relays[*r.relay]
	}
	if r.first != nil {
		out.MessageID = n.codes.MessageID(int64(c), r.seq) + "@" + n.domain
	}
	if out.Status.Kept() {
		out.AcceptedAt = utc(r.at)
	}
	out.Email, err = n.email(r, who)
	return out, err
}

// shown is the status as a reader sees it: an attempt that is under way.
func (r rawRow) shown() outcome.Status {
	s := outcome.Status(r.status)
	if r.open && (s == outcome.Pending || s == outcome.Deferred) {
		return outcome.Sending
	}
	return s
}

func (r rawRow) reason() string {
	switch outcome.Status(r.status) {
	case outcome.Unaddressed:
		return "reason_no_address"
	case outcome.Cancelled:
		return "reason_cancelled"
	case outcome.Expired:
		return "reason_expired"
	case outcome.Excluded:
		return "reason_told_before"
	}
	if r.phase == nil {
		return ""
	}
	r.reply.Phase = outcome.Phase(*r.phase)
	return r.reply.Reason()
}

func (n names) email(r rawRow, who evidence.Identifiers) (string, error) {
	if r.index == nil {
		return "", nil
	}
	if who == evidence.Digests {
		return hex.EncodeToString(r.proof), nil
	}
	address, err := openAddress(n.keys, *r.index, r.address)
	if err != nil {
		return "", err
	}
	if who == evidence.Full {
		return address.String(), nil
	}
	return address.Redacted(), nil
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
