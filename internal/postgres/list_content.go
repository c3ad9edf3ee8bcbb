package postgres

import (
	"context"
	"io"

	"forthwith/internal/intake"
)

// File gives a list's whole file, as it was uploaded. See intake.Files.
func (s ListStore) File(ctx context.Context, l intake.List) (io.Reader, error) {
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return nil, err
	}
	return newStoredFile(ctx, s.DB, keys, l), nil
}
