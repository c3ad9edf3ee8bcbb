package spreadsheet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/intake"
)

// heard takes frames apart as Books does, and holds what comes of them against
// what a record must keep to.
func heard(t *testing.T, raw []byte) {
	frames := bufio.NewReader(bytes.NewReader(raw))
	var rec intake.Record
	for {
		_, payload, err := readFrame(frames, nil)
		if err != nil {
			return
		}
		if cap(payload) > 4*len(raw)+1<<17 {
			t.Errorf("%d bytes held for %d", cap(payload), len(raw))
		}
		if sheets, ok := decodeSheets(payload); ok && (len(sheets) == 0 || len(sheets) > maxSheets) {
			t.Errorf("%d sheets", len(sheets))
		}
		if decodeRow(payload, &rec) && (rec.Line < 1 || rec.Line > maxLine || len(rec.Cells) > intake.MaxColumns || rec.Column >= intake.MaxColumns+1 || len(rec.Spoilt) > len(rec.Cells)) {
			t.Errorf("a row that cannot be: %+v", rec)
		}
		if refusal(payload).fault() == nil {
			t.Error("a refusal without a sentence")
		}
	}
}

func TestARowComesThroughAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := row{line: rapid.IntRange(1, maxLine).Draw(t, "line"), problem: byte(rapid.IntRange(0, 2).Draw(t, "problem")), column: rapid.IntRange(0, 199).Draw(t, "column")}
		want := intake.Record{Line: sent.line, Problem: problems[sent.problem], Column: -1, Cells: [][]byte{}}
		if sent.problem == tooLong {
			want.Column = sent.column
		}
		for i, text := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 200).Draw(t, "cells") {
			c := cell{mark(rapid.IntRange(0, 2).Draw(t, "mark")), text}
			sent.cells, want.Cells = append(sent.cells, c), append(want.Cells, text)
			if c.mark != fine {
				want.Spoilt = append(want.Spoilt, intake.Spoilt{Column: i, Reason: marks[c.mark]})
			}
		}
		got := intake.Record{Cells: [][]byte{}}
		if !decodeRow(sent.encode(nil), &got) {
			t.Fatal("refused")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestFramesThatCannotBeAreRefused(t *testing.T) {
	long := binary.AppendUvarint([]byte{byte(rowFrame)}, maxFrame+1)
	for name, raw := range map[string][]byte{"too long": long, "cut": {byte(rowFrame), 5, 1, 2}, "no length": {byte(rowFrame)}, "a length without an end": bytes.Repeat([]byte{0xff}, 12)} {
		if _, _, err := readFrame(bufio.NewReader(bytes.NewReader(raw)), nil); err == nil || err == io.EOF {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := row{line: 1, cells: []cell{{text: []byte("a")}}}
	good := r.encode(nil)
	var rec intake.Record
	for i := range good {
		if decodeRow(good[:i], &rec) {
			t.Errorf("the first %d bytes are a row", i)
		}
	}
	if decodeRow(append(bytes.Clone(good), 0), &rec) {
		t.Error("a byte behind a row is passed over")
	}
	for name, bad := range map[string]row{"line 0": {}, "a line far away": {line: maxLine + 1}, "an unknown problem": {line: 1, problem: 3}, "an unknown mark": {line: 1, cells: []cell{{mark: 9}}}} {
		if decodeRow(bad.encode(nil), &rec) {
			t.Errorf("%s is a row", name)
		}
	}
}

func FuzzFrames(f *testing.F) {
	var good bytes.Buffer
	r := row{line: 3, cells: []cell{{text: []byte("a")}, {mark: isError, text: []byte("#N/A")}}}
	for k, payload := range map[kind][]byte{rowFrame: r.encode(nil), sheetsFrame: appendBytes([]byte{0}, []byte("A")), endFrame: nil, failedFrame: []byte(locked)} {
		good.Reset()
		w := bufio.NewWriter(&good)
		_ = writeFrame(w, k, payload)
		_ = w.Flush()
		f.Add(good.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) { heard(t, raw) })
}
