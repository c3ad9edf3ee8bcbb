package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/notice"
)

// unsavedColumn names the column under which unsaved texts are sealed.
const unsavedColumn = "notice_draft.body"

// Unsaved reads what an author typed and did not save, and tells whether there
// is anything.
func (s NoticeStore) Unsaved(ctx context.Context, no id.Notice, author id.User) (notice.Unsaved, bool, error) {
	u := notice.Unsaved{Notice: no, Author: author}
	var incident int64
	var from *int64
	var sealed []byte
	var at time.Time
	err := s.pool.QueryRow(ctx, `SELECT n.incident_no, d.from_version, d.body, d.kept_at FROM notice_draft d JOIN notice n USING (notice_no)
		WHERE d.notice_no = $1 AND d.author = $2`, int64(no), int64(author)).Scan(&incident, &from, &sealed, &at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return u, false, nil
	case err != nil:
		return u, false, fmt.Errorf("read draft of %s: %w", no, away(err))
	}
	keys, err := s.Incident(ctx, incident)
	if err != nil {
		return u, false, err
	}
	plain, err := keys.OpenText(unsavedColumn, sealed, int64(no), int64(author))
	if err != nil {
		return u, false, err
	}
	u.KeptAt = at.UTC()
	if from != nil {
		u.From = id.Version(*from)
	}
	return u, true, readJSON(plain, &u.Draft)
}

// Keep keeps what an author typed in place of what was kept before.
func (t noticeTx) Keep(in id.Incident, u notice.Unsaved) error {
	plain, err := json.Marshal(u.Draft)
	if err != nil {
		return fmt.Errorf("write draft of %s: %w", u.Notice, err)
	}
	keys, err := t.db.Incident(t.ctx, int64(in))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(unsavedColumn, plain, int64(u.Notice), int64(u.Author))
	if err != nil {
		return err
	}
	err = t.gorm.Exec(`INSERT INTO notice_draft (notice_no, author, from_version, body, kept_at) VALUES (?, ?, nullif(?::bigint, 0), ?, ?)
		ON CONFLICT (notice_no, author) DO UPDATE SET from_version = excluded.from_version, body = excluded.body, kept_at = excluded.kept_at`,
		int64(u.Notice), int64(u.Author), int64(u.From), sealed, t.at).Error
	if err != nil {
		return fmt.Errorf("keep draft of %s: %w", u.Notice, err)
	}
	return nil
}

// Forget drops what was kept, if anything.
func (t noticeTx) Forget(no id.Notice, author id.User) error {
	if err := t.gorm.Exec("DELETE FROM notice_draft WHERE notice_no = ? AND author = ?", int64(no), int64(author)).Error; err != nil {
		return fmt.Errorf("drop draft of %s: %w", no, err)
	}
	return nil
}
