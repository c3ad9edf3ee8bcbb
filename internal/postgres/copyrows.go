package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"
)

// copyRows are rows in the binary format of COPY, written as they are made: a
// million rows as boxed values cost more than their encryption. Fields come in
// the order of the columns, each in the binary form of its column's type.
type copyRows struct {
	buf  []byte
	rows int
}

// copyHead opens the format: signature, flags, length of the header extension.
const copyHead = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// copyTail ends it: a row of -1 fields.
const copyTail = "\xff\xff"

const (
	isNull  = -1
	textOID = 25
)

func (c *copyRows) begin(fields int) {
	c.buf = binary.BigEndian.AppendUint16(c.buf, uint16(fields))
	c.rows++
}

func (c *copyRows) int32(n int32) { c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(n)) }

func (c *copyRows) bigint(n int64) {
	c.int32(8)
	c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(n))
}

// bytea writes bytes, which is a uuid's form too.
func (c *copyRows) bytea(b []byte) {
	c.int32(int32(len(b)))
	c.buf = append(c.buf, b...)
}

func (c *copyRows) null() { c.int32(isNull) }

func (c *copyRows) text(s string) {
	c.int32(int32(len(s)))
	c.buf = append(c.buf, s...)
}

// textOrNull writes the empty text as NULL.
func (c *copyRows) textOrNull(s string) {
	if s == "" {
		c.null()
		return
	}
	c.text(s)
}

// jsonb writes a document behind the version of its form.
func (c *copyRows) jsonb(doc []byte) {
	c.int32(int32(len(doc)) + 1)
	c.buf = append(append(c.buf, 1), doc...)
}

func (c *copyRows) boolOrNull(b *bool) {
	if b == nil {
		c.null()
		return
	}
	c.int32(1)
	c.buf = append(c.buf, map[bool]byte{true: 1}[*b])
}

// texts writes an array of one text, or of none: dimensions, flags, type of the
// elements, then for each dimension its length and first index.
func (c *copyRows) texts(s string) {
	if s == "" {
		c.int32(12)
		c.int32(0)
		c.int32(0)
		c.int32(textOID)
		return
	}
	c.int32(int32(20 + 4 + len(s)))
	c.int32(1)
	c.int32(0)
	c.int32(textOID)
	c.int32(1)
	c.int32(1)
	c.text(s)
}

// epoch is where PostgreSQL begins to count the microseconds of a timestamp.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (c *copyRows) timestamptz(t time.Time) { c.bigint(t.Sub(epoch).Microseconds()) }

// copyAtOnce bounds the rows that are held before they are written.
const copyAtOnce = 65_536

// copyEach writes n rows into a table, each as row makes it.
func (t *tx) copyEach(ctx context.Context, table string, columns []string, n int, row func(c *copyRows, i int) error) error {
	var c copyRows
	for i := range n {
		if err := row(&c, i); err != nil {
			return err
		}
		if c.rows < copyAtOnce && i+1 < n {
			continue
		}
		if err := t.copyIn(ctx, table, columns, c); err != nil {
			return err
		}
		c = copyRows{buf: c.buf[:0]}
	}
	return nil
}

// copyIn writes rows into a table.
func (t *tx) copyIn(ctx context.Context, table string, columns []string, c copyRows) error {
	if c.rows == 0 {
		return nil
	}
	src := io.MultiReader(strings.NewReader(copyHead), bytes.NewReader(c.buf), strings.NewReader(copyTail))
	tag, err := t.pg.PgConn().CopyFrom(ctx, src, "COPY "+table+" ("+strings.Join(columns, ", ")+") FROM STDIN (FORMAT binary)")
	if err == nil && tag.RowsAffected() != int64(c.rows) {
		err = fmt.Errorf("%d of %d rows were taken", tag.RowsAffected(), c.rows)
	}
	if err != nil {
		return fmt.Errorf("copy to %s: %w", table, err)
	}
	return nil
}
