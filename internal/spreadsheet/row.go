package spreadsheet

import (
	"encoding/binary"

	"forthwith/internal/intake"
)

// mark says what is wrong with one cell, which matters only where its column is
// used.
type mark byte

const (
	fine         mark = iota
	isError           // #N/A and the like
	uncalculated      // a formula without a stored value
)

var marks = map[mark]intake.Reason{isError: intake.CellError, uncalculated: intake.CellUncalculated}

// problems are what the child may say of a whole row, by their number.
var problems = []intake.Reason{"", intake.CellTooLong, intake.TooManyCells}

const (
	tooLong = 1
	tooMany = 2
)

// cell is a value as it is shown.
type cell struct {
	mark mark
	text []byte
}

// row is one row of a sheet without the empty cells at its end.
type row struct {
	line    int
	problem byte
	column  int
	got     int64
	cells   []cell
}

const maxLine = 1 << 20 // rows of a sheet (ECMA-376; Excel's own limit)

// encode appends the row as a payload.
func (r *row) encode(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(r.line))
	dst = append(dst, r.problem)
	dst = binary.AppendUvarint(dst, uint64(r.column))
	dst = binary.AppendUvarint(dst, uint64(r.got))
	dst = binary.AppendUvarint(dst, uint64(len(r.cells)))
	for _, c := range r.cells {
		dst = appendBytes(append(dst, byte(c.mark)), c.text)
	}
	return dst
}

// decodeRow reads a payload into a record, which points into it.
func decodeRow(payload []byte, into *intake.Record) bool {
	f := fields{rest: payload}
	*into = intake.Record{Line: f.upTo(maxLine), Column: -1, Cells: into.Cells[:0]}
	problem, column := f.byte(), f.upTo(intake.MaxColumns)
	into.Got = int64(f.upTo(1 << 40))
	n := f.upTo(intake.MaxColumns)
	for i := 0; i < n && !f.bad; i++ {
		m, text := mark(f.byte()), f.bytes()
		reason, wrong := marks[m]
		if wrong {
			into.Spoilt = append(into.Spoilt, intake.Spoilt{Column: i, Reason: reason})
		} else if m != fine {
			return false
		}
		into.Cells = append(into.Cells, text)
	}
	if !f.whole() || into.Line == 0 || int(problem) >= len(problems) {
		return false
	}
	if into.Problem = problems[problem]; into.Problem == intake.CellTooLong {
		into.Column = column
	}
	return true
}
