package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"forthwith/internal/filter"
)

// conditions say in SQL what each filter of a collection asks for; ? stands for
// its value.
type conditions map[string]string

// page is a page of a collection that is read in ascending order of one column.
type page struct {
	query      string // with its first conditions, over args
	args       []any
	conditions conditions
	where      []filter.Equal
	order      string
	limit      int
}

// narrow adds filters to conditions that have arguments already.
func (c conditions) narrow(where []filter.Equal, args []any) (string, []any, error) {
	var b strings.Builder
	for _, w := range where {
		condition, known := c[w.Column]
		if !known {
			return "", nil, fmt.Errorf("filter by %q: no such column", w.Column)
		}
		args = append(args, w.Value)
		b.WriteString(" AND " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	return b.String(), args, nil
}

func (p page) sql() (string, []any, error) {
	narrowed, args, err := p.conditions.narrow(p.where, p.args)
	if err != nil {
		return "", nil, err
	}
	args = append(args, p.limit)
	return p.query + narrowed + " ORDER BY " + p.order + " LIMIT $" + strconv.Itoa(len(args)), args, nil
}

// pageOf reads a page into row structs.
func pageOf[R, T any](ctx context.Context, g *gorm.DB, p page, read func(R) (T, error)) ([]T, error) {
	query, args, err := p.sql()
	if err != nil {
		return nil, err
	}
	var rows []R
	if err := g.WithContext(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read a page by %s: %w", p.order, away(err))
	}
	return readAll(rows, read)
}

// pageFrom reads a page with a function that scans a row.
func pageFrom[T any](ctx context.Context, q querier, p page, scan pgx.RowToFunc[T]) ([]T, error) {
	query, args, err := p.sql()
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read a page by %s: %w", p.order, away(err))
	}
	out, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read a page by %s: %w", p.order, away(err))
	}
	return out, nil
}

// oneOf reads one row, or fails with none. what names it in the log.
func oneOf[R, T any](g *gorm.DB, query string, args []any, what any, none error, read func(R) (T, error)) (out T, err error) {
	var rows []R
	if err := g.Raw(query, args...).Scan(&rows).Error; err != nil {
		return out, fmt.Errorf("read %v: %w", what, away(err))
	}
	if len(rows) == 0 {
		return out, none
	}
	return read(rows[0])
}

// oneFrom is oneOf with a function that scans a row.
func oneFrom[T any](ctx context.Context, q querier, query string, args []any, what any, none error, scan pgx.RowToFunc[T]) (out T, err error) {
	rows, err := q.Query(ctx, query, args...)
	if err == nil {
		out, err = pgx.CollectExactlyOneRow(rows, scan)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return out, none
	}
	if err != nil {
		return out, fmt.Errorf("read %v: %w", what, away(err))
	}
	return out, nil
}
