//go:build conformance

package spreadsheet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
)

// Every workbook that others made, broken ones too, is read or refused with a
// sentence, soon and in little memory.
func TestConformanceXLSX(t *testing.T) {
	dir := os.Getenv("FORTHWITH_CORPORA")
	if dir == "" {
		dir = "../shared/corpora"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	files, err := filepath.Glob(filepath.Join(dir, "xlsx/*.xls*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	read, said := 0, 0
	t.Logf("%-70s %6s %7s %6s %6s  %s", "file", "sheets", "rows", "ms", "MiB", "refused")
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got := tried(t, filepath.Base(f), raw)
		t.Logf("%-70s %6d %7d %6d %6d  %s", filepath.Base(f), got.sheets, got.rows, got.took.Milliseconds(), got.peak>>20, got.sentence)
		if got.took > 10*time.Second {
			t.Errorf("%s took %s", filepath.Base(f), got.took)
		}
		if !raced && got.peak > memory {
			t.Errorf("%s took %d MiB", filepath.Base(f), got.peak>>20)
		}
		if got.sentence == "" {
			read++
		} else {
			said++
		}
	}
	t.Logf("workbooks: %d read, %d refused with a sentence", read, said)
}

type trial struct {
	sheets, rows int
	took         time.Duration
	peak         int64
	sentence     string
}

// tried reads all sheets, and passes the file through an intake's first look.
func tried(t *testing.T, name string, raw []byte) trial {
	t.Helper()
	begun, got := time.Now(), trial{}
	err := intake.Recognise(name, raw)
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		err = got.walk(t, raw)
	}
	got.took = time.Since(begun)
	var other intake.NoWorkbook
	switch f, told := fault.As(err); {
	case err == nil:
	case errors.As(err, &other):
		got.sentence = phrase.Say("file_is_other", map[string]any{"file": name, "kind": string(other)})
	case told:
		got.sentence = phrase.Say(f.Code, f.Values)
	default:
		t.Errorf("%s: %v", name, err)
	}
	return got
}

func (g *trial) walk(t *testing.T, raw []byte) error {
	book, err := New().Open(t.Context(), bytes.NewReader(raw))
	if err != nil {
		return err
	}
	defer book.Close()
	var peak atomic.Int64
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				peak.Store(max(peak.Load(), resident(book.(*Book).cmd.Process.Pid)))
			}
		}
	}()
	g.sheets = len(book.Sheets())
	for i := range book.Sheets() {
		rows := book.Rows(i, 0)
		for rows.Scan() {
			g.rows++
		}
		if err = rows.Err(); err != nil {
			break
		}
	}
	g.peak = peak.Load()
	return err
}
