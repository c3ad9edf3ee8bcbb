package spreadsheet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// kind is what a frame holds: one byte, then the length of what follows as a
// varint, then that.
type kind byte

// The frames to the child, then those from it.
const (
	chunkFrame kind = 'C' // bytes of the workbook
	wholeFrame kind = 'Z' // that was all of them
	askFrame   kind = 'G' // the number of a sheet, and how many rows at most (0: all)

	sheetsFrame kind = 'S' // the sheets: each its state and its name
	rowFrame    kind = 'R'
	aliveFrame  kind = 'P' // nothing but that work goes on
	endFrame    kind = 'E' // of the rows
	failedFrame kind = 'F' // the code of a refusal, then its number
)

// maxFrame holds the longest row.
const maxFrame = 14 << 20

// errFrame means that the other side does not keep to the format.
var errFrame = errors.New("a frame that cannot be")

func writeFrame(w *bufio.Writer, k kind, payload []byte) error {
	head := binary.AppendUvarint([]byte{byte(k)}, uint64(len(payload)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame reads one frame into buf, which it grows only as far as bytes
// arrive, and gives it back. The end between two frames is io.EOF.
func readFrame(r *bufio.Reader, buf []byte) (kind, []byte, error) {
	k, err := r.ReadByte()
	if err != nil {
		return 0, buf[:0], err
	}
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, buf[:0], unexpected(err)
	}
	if size > maxFrame {
		return 0, buf[:0], errFrame
	}
	buf = buf[:0]
	for left := int(size); left > 0; {
		n := min(left, 64<<10)
		from := len(buf)
		buf = append(buf, make([]byte, n)...)
		if _, err := io.ReadFull(r, buf[from:]); err != nil {
			return 0, buf[:0], unexpected(err)
		}
		left -= n
	}
	return kind(k), buf, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fields takes a payload apart. After a mistake everything is empty, and bad
// says so.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) number() uint64 {
	n, size := binary.Uvarint(f.rest)
	if size <= 0 {
		f.bad, f.rest = true, nil
		return 0
	}
	f.rest = f.rest[size:]
	return n
}

// upTo reads a number that has a bound.
func (f *fields) upTo(most uint64) int {
	n := f.number()
	if n > most {
		f.bad, n = true, 0
	}
	return int(n)
}

func (f *fields) byte() byte {
	if len(f.rest) == 0 {
		f.bad = true
		return 0
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b
}

func (f *fields) bytes() []byte {
	n := f.number()
	if f.bad || n > uint64(len(f.rest)) {
		f.bad, f.rest = true, nil
		return nil
	}
	b := f.rest[:n:n]
	f.rest = f.rest[n:]
	return b
}

// whole tells whether the payload was exactly this.
func (f *fields) whole() bool { return !f.bad && len(f.rest) == 0 }

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}
