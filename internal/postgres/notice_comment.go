package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// sealedComment is where the words of a comment stand.
const sealedComment = "comment.body"

const commentColumns = `SELECT c.comment_no, c.version_no, v.no, n.incident_no, c.variant, c.line, c.block_sha256, c.body, c.made_by, c.at, r.made_by, r.at
	FROM comment c JOIN version v USING (version_no) JOIN notice n USING (notice_no) LEFT JOIN comment_resolved r USING (comment_no) `

func scanComment(keys *vault.Incident) pgx.RowToFunc[notice.Comment] {
	return func(row pgx.CollectableRow) (c notice.Comment, err error) {
		var variant, line *int
		var sum, sealed []byte
		var by *int64
		var at *time.Time
		err = row.Scan((*int64)(&c.ID), (*int64)(&c.Version), &c.No, (*int64)(&c.Incident), &variant, &line, &sum, &sealed, (*int64)(&c.By), &c.At, &by, &at)
		if err != nil {
			return c, err
		}
		c.At = c.At.UTC()
		if sum != nil {
			c.Anchor = &notice.Anchor{Spot: notice.Spot{Variant: *variant, Line: *line}, SHA256: canon.FromBytes(sum)}
		}
		if at != nil {
			c.Resolved = &notice.Resolved{By: id.User(*by), At: at.UTC()}
		}
		plain, err := keys.OpenText(sealedComment, sealed, int64(c.Version), int64(c.By))
		c.Body = string(plain)
		return c, err
	}
}

// Comment reads one.
func (s NoticeStore) Comment(ctx context.Context, no id.Comment) (notice.Comment, error) {
	var incident int64
	err := s.pool.QueryRow(ctx, "SELECT incident_no FROM comment JOIN version USING (version_no) JOIN notice USING (notice_no) WHERE comment_no = $1", int64(no)).Scan(&incident)
	if isMissing(err) {
		return notice.Comment{}, notice.ErrNoComment
	}
	if err != nil {
		return notice.Comment{}, fmt.Errorf("read %s: %w", no, away(err))
	}
	keys, err := s.Incident(ctx, incident)
	if err != nil {
		return notice.Comment{}, err
	}
	return oneFrom(ctx, s.pool, commentColumns+"WHERE c.comment_no = $1", []any{int64(no)}, no, notice.ErrNoComment, scanComment(keys))
}

var commentConditions = conditions{"state": "(CASE WHEN r.at IS NULL THEN 'open' ELSE 'resolved' END) = ANY(?)"}

// Comments reads a page in order of ids. See notice.Talk.
func (s NoticeStore) Comments(ctx context.Context, v notice.Version, after id.Comment, limit int, where ...filter.Equal) ([]notice.Comment, error) {
	keys, err := s.Incident(ctx, int64(v.Incident))
	if err != nil {
		return nil, err
	}
	return pageFrom(ctx, s.pool, page{commentColumns + "WHERE v.notice_no = $1 AND v.no <= $2 AND c.comment_no > $3",
		[]any{int64(v.Notice), v.No, int64(after)}, commentConditions, where, "c.comment_no", limit}, scanComment(keys))
}

// Holding holds the incident, and counts. See notice.Talking.
func (t noticeTx) Holding(v notice.Version) (open int, err error) {
	if err := t.lockOpen(v.Incident); err != nil {
		return 0, err
	}
	err = t.pg.QueryRow(t.ctx, `SELECT count(*) FROM comment c JOIN version v USING (version_no)
		WHERE v.notice_no = $1 AND NOT EXISTS (SELECT 1 FROM comment_resolved r WHERE r.comment_no = c.comment_no)`, int64(v.Notice)).Scan(&open)
	if err != nil {
		return 0, fmt.Errorf("count comments on %s: %w", v.Notice, err)
	}
	return open, nil
}

// InsertComment keeps a comment, its words sealed.
func (t noticeTx) InsertComment(v notice.Version, c notice.Comment) (made id.Comment, err error) {
	keys, err := t.db.Incident(t.ctx, int64(v.Incident))
	if err != nil {
		return 0, err
	}
	sealed, err := keys.SealText(sealedComment, []byte(c.Body), int64(v.ID), int64(c.By))
	if err != nil {
		return 0, err
	}
	var variant, line, sum any
	if a := c.Anchor; a != nil {
		variant, line, sum = a.Variant, a.Line, a.SHA256[:]
	}
	err = t.pg.QueryRow(t.ctx, "INSERT INTO comment (version_no, variant, line, block_sha256, body, made_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING comment_no",
		int64(v.ID), variant, line, sum, sealed, int64(c.By), t.at).Scan((*int64)(&made))
	if err != nil {
		return 0, fmt.Errorf("insert comment on %s: %w", v.ID, err)
	}
	return made, nil
}

// Resolve settles a comment. The first one who does counts.
func (t noticeTx) Resolve(c notice.Comment, by id.User) error {
	if err := t.lockOpen(c.Incident); err != nil {
		return err
	}
	_, err := t.pg.Exec(t.ctx, "INSERT INTO comment_resolved (comment_no, made_by, at) VALUES ($1, $2, $3)", int64(c.ID), int64(by), t.at)
	if violates(err, "comment_resolved_once") {
		return fault.New(fault.Conflict, "comment_is_resolved", nil)
	}
	if err != nil {
		return fmt.Errorf("resolve %s: %w", c.ID, err)
	}
	return nil
}
