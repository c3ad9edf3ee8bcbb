package evidence

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Format is how a report is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	JSON Format = "json"
)

// writer writes rows one by one; Close completes the document.
type writer interface {
	Write(r Row) error
	Close() error
}

func newWriter(f Format, w io.Writer) (writer, error) {
	if f == JSON {
		return &jsonWriter{out: bufio.NewWriter(w)}, nil
	}
	c := &csvWriter{out: csv.NewWriter(w)}
	if err := c.out.Write(Columns); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return c, nil
}

type csvWriter struct{ out *csv.Writer }

func (c *csvWriter) Write(r Row) error {
	cells := r.Cells()
	for i, cell := range cells {
		cells[i] = Neutral(cell)
	}
	return c.out.Write(cells)
}

func (c *csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// triggers begin a cell that a spreadsheet would run: ASCII and full-width
// forms, and what shifts a cell.
const triggers = "=+-@\t\r\n＝＋－＠"

// Neutral puts an apostrophe before a cell that a spreadsheet would run as a
// formula, also after leading spaces.
func Neutral(cell string) string {
	lead := strings.TrimLeft(cell, " \u00a0")
	if lead != "" && strings.ContainsRune(triggers, []rune(lead)[0]) {
		return "'" + cell
	}
	return cell
}

type jsonWriter struct {
	out   *bufio.Writer
	begun bool
}

func (j *jsonWriter) Write(r Row) error {
	before := ",\n"
	if !j.begun {
		before, j.begun = "[", true
	}
	doc, err := json.Marshal(r.document())
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := j.out.WriteString(before); err != nil {
		return err
	}
	_, err = j.out.Write(doc)
	return err
}

func (j *jsonWriter) Close() error {
	end := "]\n"
	if !j.begun {
		end = "[]\n"
	}
	if _, err := j.out.WriteString(end); err != nil {
		return err
	}
	return j.out.Flush()
}
