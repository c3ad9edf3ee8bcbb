package intake

import (
	"bytes"
	"encoding/csv"
	"io"
)

// delimited writes rows of delimited text (RFC 4180), each ended by CRLF. Line
// ends inside a cell stay as they are: a csv.Writer that ends its rows so makes
// CRLF of each LF there, and drops each CR.
type delimited struct {
	out  io.Writer
	row  bytes.Buffer
	rows *csv.Writer // into row
}

func newDelimited(out io.Writer, delimiter string) *delimited {
	d := &delimited{out: out}
	if d.rows = csv.NewWriter(&d.row); delimiter != "" {
		d.rows.Comma = rune(delimiter[0])
	}
	return d
}

func (d *delimited) write(cells []string) error {
	d.row.Reset()
	if err := d.rows.Write(cells); err != nil {
		return err
	}
	if d.rows.Flush(); d.rows.Error() != nil {
		return d.rows.Error()
	}
	d.row.Truncate(d.row.Len() - len("\n"))
	d.row.WriteString("\r\n")
	_, err := d.out.Write(d.row.Bytes())
	return err
}
