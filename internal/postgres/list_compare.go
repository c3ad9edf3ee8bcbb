package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
)

// RowsOf sorts the rows of some lists by their people, on the database's side,
// and opens each in turn.
func (s ListStore) RowsOf(ctx context.Context, incident id.Incident, lists []id.List, visit func(id.List, int64, []string) error) error {
	keys, err := s.Incident(ctx, int64(incident))
	if err != nil {
		return err
	}
	numbers := make([]int64, len(lists))
	for i, l := range lists {
		numbers[i] = int64(l)
	}
	rows, err := s.pool.Query(ctx, "SELECT list_no, row_no, recipient_no, cells FROM list_row WHERE incident_no = $1 AND list_no = ANY($2) ORDER BY recipient_no, list_no, row_no",
		int64(incident), numbers)
	if err != nil {
		return fmt.Errorf("compare lists of %s: %w", incident, away(err))
	}
	var list, row, person int64
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&list, &row, &person, &sealed}, func() error {
		cells, err := openCells(keys, list, row, sealed)
		if err != nil {
			return err
		}
		return visit(id.List(list), person, cells)
	})
	if err != nil {
		return fmt.Errorf("compare lists of %s: %w", incident, away(err))
	}
	return nil
}
