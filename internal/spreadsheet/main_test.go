package spreadsheet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
)

// TestMain is also the child, and children that try what they may not.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != Command {
		os.Exit(m.Run())
	}
	if len(os.Args) == 2 {
		os.Exit(Serve(os.Stdin, os.Stdout))
	}
	os.Exit(try(os.Args[2]))
}

// opened opens a workbook through a child.
func opened(t testing.TB, b *Books, raw []byte) intake.Workbook {
	t.Helper()
	book, err := b.Open(t.Context(), bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

// told writes the rows of a sheet as one text each: the number, then the cells.
func told(t testing.TB, book intake.Workbook, sheet int) []string {
	t.Helper()
	var all []string
	rows := book.Rows(sheet, 0)
	for rows.Scan() {
		rec := rows.Record()
		line := fmt.Sprintf("%d: %s", rec.Line, bytes.Join(rec.Cells, []byte("|")))
		for _, s := range rec.Spoilt {
			line += fmt.Sprintf(" !%d %s", s.Column, s.Reason)
		}
		if rec.Problem != "" {
			line += " !" + string(rec.Problem)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// refused gives the code with which a workbook is refused, at whatever step.
func refused(b *Books, raw []byte) string {
	book, err := b.Open(context.Background(), bytes.NewReader(raw))
	if err == nil {
		defer book.Close()
		for i := range book.Sheets() {
			rows := book.Rows(i, 0)
			for rows.Scan() {
			}
			if err = rows.Err(); err != nil {
				break
			}
		}
	}
	if f, ok := fault.As(err); ok {
		if len(f.Fields) > 0 {
			return f.Fields[0].Code
		}
		return f.Code
	}
	if err != nil {
		return strings.TrimPrefix(err.Error(), "it is ")
	}
	return ""
}

// impatient are books with short limits.
func impatient(args ...string) *Books {
	b := New()
	b.silence, b.total, b.every = 100*time.Millisecond, 300*time.Millisecond, time.Millisecond
	b.args = append(b.args, args...)
	return b
}
