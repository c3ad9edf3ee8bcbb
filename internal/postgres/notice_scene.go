package postgres

import (
	"context"
	"fmt"
	"time"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

// Facts reads what a text says to everybody, as it stands now.
func (s NoticeStore) Facts(ctx context.Context, no id.Incident) (notice.Facts, time.Time, error) {
	store := IncidentStore(s)
	i, err := store.Incident(ctx, no)
	if err != nil {
		return notice.Facts{}, time.Time{}, err
	}
	o, _, err := store.Organisation(ctx)
	if err != nil {
		return notice.Facts{}, time.Time{}, err
	}
	now, err := s.Now(ctx)
	return factsOf(i.Facts, o), now, err
}

// Reader opens one person for a preview.
func (s NoticeStore) Reader(ctx context.Context, no id.Recipient, fields []string) (notice.Reader, error) {
	var there bool
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM recipient WHERE incident_no = $1 AND recipient_no = $2)", no.Parent, no.No).Scan(&there)
	if err != nil {
		return notice.Reader{}, fmt.Errorf("read %s: %w", no, away(err))
	}
	if !there {
		return notice.Reader{}, cohort.ErrNoRecipient
	}
	people, err := s.People(ctx, no.Parent, []int64{no.No}, intake.Wanted{Fields: fields})
	if err != nil {
		return notice.Reader{}, err
	}
	p := people[0]
	if p.Broken != nil {
		return notice.Reader{}, fmt.Errorf("open %s: %w", no, p.Broken)
	}
	return notice.Reader{Jurisdictions: p.Jurisdictions, Locale: p.Locale, Values: p.Values}, nil
}
