package postgres

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/regime"
)

// Audience reads whom a lint is made for. See notice.Scene.
func (s NoticeStore) Audience(ctx context.Context, no id.Incident, of id.Cohort) (notice.Audience, error) {
	var a notice.Audience
	rules, err := RuleStore(s).Current(ctx)
	if err != nil {
		return a, err
	}
	a.Rules = rules
	incidents := IncidentStore(s)
	i, err := incidents.Incident(ctx, no)
	if err != nil {
		return a, err
	}
	o, _, err := incidents.Organisation(ctx)
	if err != nil {
		return a, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return a, err
	}
	a.Facts, a.DataTypes, a.Mailboxes = factsOf(i.Facts, o), i.Facts.DataTypes, i.Facts.Mailboxes
	a.Situation = regime.Situation{On: now, Events: i.Facts.Events, Conditions: i.Facts.Conditions, Profiles: o.Profiles}
	if a.Hosts, err = s.hosts(ctx); err != nil {
		return a, err
	}
	err = CohortStore(s).Read(ctx, no, func(scene cohort.Scene) error {
		a.Groups, err = scene.(remembered).listeners(ctx, of, s.domainKeys(a.Mailboxes))
		return err
	})
	if err != nil {
		return a, fmt.Errorf("read the audience of %s: %w", no, err)
	}
	return a, nil
}

// factsOf are the values that are the same for everybody, by field.
func factsOf(f incident.Facts, o incident.Organisation) notice.Facts {
	all := statedBy(f)
	maps.Copy(all.Stated, o.Fields())
	return all
}

// statedBy are those that the facts of an incident give.
func statedBy(f incident.Facts) notice.Facts {
	all := notice.Facts{Language: f.Spoken(), Stated: f.Fields(), In: map[string]map[string]string{}}
	for _, l := range f.Languages() {
		all.In[l] = f.In(l)
	}
	return all
}

// hosts are those that any sender may link to.
func (s NoticeStore) hosts(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT unnest(v.link_hosts) FROM sender s JOIN sender_revision v USING (sender_no)
		WHERE v.revision = (SELECT max(revision) FROM sender_revision n WHERE n.sender_no = s.sender_no) ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read approved hosts: %w", away(err))
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// domainKeys are domains as recipients carry them.
func (db *DB) domainKeys(domains []string) [][16]byte {
	keys := make([][16]byte, len(domains))
	for i, d := range domains {
		keys[i] = db.Installation().DomainKey(d)
	}
	return keys
}

// listeners counts the members of a frozen cohort, or everybody, by place,
// language and consent, and how many of them have their address at some domains.
func (r remembered) listeners(ctx context.Context, of id.Cohort, domains [][16]byte) ([]notice.Listeners, error) {
	return remember(r.memo, fmt.Sprintf("listeners %s %x", of, domains), func() ([]notice.Listeners, error) {
		among, args := "NOT "+isGone("r.recipient_no"), []any{int64(r.incident), domains}
		if of != 0 {
			among, args = "r.recipient_no IN (SELECT recipient_no FROM cohort_member WHERE incident_no = $1 AND cohort_no = $3)", append(args, int64(of))
		}
		rows, err := r.q.Query(ctx, `SELECT r.jurisdictions, coalesce(r.locale, ''), count(*), count(*) FILTER (WHERE r.consent), count(*) FILTER (WHERE r.domain_key = ANY($2))
			FROM recipient r WHERE r.incident_no = $1 AND r.address IS NOT NULL AND `+among+` GROUP BY 1, 2 ORDER BY 1, 2`, args...)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (notice.Listeners, error) {
			var l notice.Listeners
			return l, row.Scan(&l.Jurisdictions, &l.Locale, &l.People, &l.Consenting, &l.AtMailboxes)
		})
	})
}
