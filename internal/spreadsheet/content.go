package spreadsheet

import "io"

// pieceBytes is how much of a workbook stands in one piece of memory: growing
// one large piece would need it twice for a moment.
const pieceBytes = 1 << 20

// content is a file in memory.
type content struct {
	pieces [][]byte
	size   int64
}

func (c *content) add(p []byte) {
	for len(p) > 0 {
		if c.size%pieceBytes == 0 {
			c.pieces = append(c.pieces, make([]byte, 0, pieceBytes))
		}
		last := &c.pieces[len(c.pieces)-1]
		n := min(len(p), pieceBytes-len(*last))
		*last = append(*last, p[:n]...)
		c.size += int64(n)
		p = p[n:]
	}
}

// ReadAt implements io.ReaderAt.
func (c *content) ReadAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		if at < 0 || at >= c.size {
			return done, io.EOF
		}
		n := copy(p[done:], c.pieces[at/pieceBytes][at%pieceBytes:])
		done, at = done+n, at+int64(n)
	}
	return done, nil
}
