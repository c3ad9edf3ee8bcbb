//go:build !race

package spreadsheet

import (
	"archive/zip"
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
)

// The race detector takes many times the memory and the time: these run
// without it.

// Either bound alone holds: what the kernel gives, and what the parent sees.
func TestMemoryIsBounded(t *testing.T) {
	if got, err := attempt(t, "grow"); err == nil || !fault.Is(err, "workbook_memory") {
		t.Errorf("the kernel gave %q, %v", got, err)
	}
	b := New()
	b.memory, b.every, b.args = 1<<20, time.Millisecond, append(b.args, "hang")
	if got := refused(b, []byte("x")); got != "workbook_memory" {
		t.Errorf("the parent saw %q", got)
	}
}

// Each of these is small and stands for far more than may be read.
func TestBombsAreRefusedAtOnce(t *testing.T) {
	const sheet, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	nothing := func(*zip.FileHeader) {}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a sheet of spaces":       {written(t, sheet, nothing, repeated("<worksheet>", strings.Repeat(" ", 1<<20), "</worksheet>", 64)), "workbook_unpacks_too_large"},
		"a sheet of empty rows":   {written(t, sheet, nothing, repeated("<worksheet><sheetData>", strings.Repeat("<row/>", 10_000), "</sheetData></worksheet>", 1000)), "workbook_broken"},
		"one text without an end": {written(t, texts, nothing, repeated("<sst><si><t>", strings.Repeat("a", 1<<20), "</t></si></sst>", 64)), "workbook_unpacks_too_large"},
		"many texts":              {written(t, texts, nothing, repeated("<sst>", "<si><t>"+scattered(1000)+strings.Repeat("a", 49_000)+"</t></si>", "</sst>", 2000)), "workbook_memory"},
		"a large part of formats": {written(t, "xl/styles.xml", nothing, repeated("<styleSheet>", "<x y='"+scattered(2000)+strings.Repeat("z", 60_000)+"'/>", "</styleSheet>", 350)), "workbook_unpacks_too_large"},
		"an attribute":            {written(t, "xl/workbook.xml", nothing, repeated(`<workbook a="`, strings.Repeat("a", 1<<20), `"/>`, 32)), "workbook_unpacks_too_large"},
		"a text of 4 MiB":         {madeOf(`<row><c t="inlineStr"><is><t>`+scattered(4<<20)+`</t></is></c></row>`, nil), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.raw) > 40<<20 {
				t.Fatalf("%d MiB", len(c.raw)>>20)
			}
			if got := refused(New(), c.raw); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
