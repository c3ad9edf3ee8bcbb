// Package migrations holds the schema as numbered SQL. Files only: the runner
// stands in internal/postgres.
package migrations

import "embed"

// Files are the migrations in goose's format.
//
//go:embed *.sql
var Files embed.FS
