package spreadsheet

import (
	"context"
	"io"
	"time"
	"unicode/utf8"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
)

// What a child may take, and how many there are at once.
const (
	silence  = 10 * time.Second
	total    = 120 * time.Second
	memory   = 256 << 20
	every    = 20 * time.Millisecond
	atOnce   = 2
	patience = 10 * time.Second // how long a workbook waits for its turn
)

// Books reads workbooks. It implements intake.Workbooks.
type Books struct {
	bounds
	args     []string
	turns    chan struct{}
	patience time.Duration
}

// New needs a program whose main calls Serve when its argument is Command.
func New() *Books {
	b := bounds{silence: silence, total: total, memory: memory, every: every}
	if raced {
		b.memory *= 16
	}
	return &Books{bounds: b, args: []string{Command}, turns: make(chan struct{}, atOnce), patience: patience}
}

// Open hands a workbook to a child and lists its sheets. It reads content to its
// end. The book must be closed.
func (b *Books) Open(ctx context.Context, content io.Reader) (intake.Workbook, error) {
	if err := b.turn(ctx); err != nil {
		return nil, err
	}
	book, err := b.open(ctx, content)
	if err != nil {
		<-b.turns
		return nil, err
	}
	return book, nil
}

// turn waits until few enough workbooks are open.
func (b *Books) turn(ctx context.Context) error {
	patience := time.NewTimer(b.patience)
	defer patience.Stop()
	select {
	case b.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return fault.New(fault.Unavailable, "workbooks_busy", fault.Values{"seconds": 10}).After(10 * time.Second)
	}
}

func (b *Books) open(ctx context.Context, content io.Reader) (*Book, error) {
	path, err := itself()
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, b.bounds, path, b.args)
	if err != nil {
		return nil, err
	}
	book := &Book{process: p, turns: b.turns}
	if err := book.begin(content); err != nil {
		p.kill()
		return nil, err
	}
	return book, nil
}

// Book is a workbook that a child has open. It is used by one goroutine.
type Book struct {
	*process
	turns  chan struct{}
	sheets []intake.Sheet
	rows   *Rows // under way
	closed bool
}

// begin hands the bytes over and hears of the sheets.
func (b *Book) begin(content io.Reader) error {
	chunk := make([]byte, 256<<10)
	for {
		n, err := io.ReadFull(content, chunk)
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		if err := b.say(chunkFrame, chunk[:n]); err != nil {
			return err
		}
		if last {
			break
		}
	}
	if err := b.say(wholeFrame, nil); err != nil {
		return err
	}
	k, payload, err := b.hear()
	if err != nil {
		return err
	}
	var ok bool
	if b.sheets, ok = decodeSheets(payload); !ok || k != sheetsFrame {
		return b.odd()
	}
	return nil
}

func decodeSheets(payload []byte) ([]intake.Sheet, bool) {
	var all []intake.Sheet
	f := fields{rest: payload}
	for len(f.rest) > 0 && len(all) < maxSheets {
		state, name := f.byte(), f.bytes()
		if f.bad || state > 1 || len(name) == 0 || len(name) > maxSheetName || !utf8.Valid(name) {
			return nil, false
		}
		all = append(all, intake.Sheet{Name: string(name), Hidden: state == 1})
	}
	return all, f.whole() && len(all) > 0
}

// Sheets lists the sheets of cells in their order, hidden ones too.
func (b *Book) Sheets() []intake.Sheet { return b.sheets }

// Rows begins with the rows of a sheet, by its place: most of them, or all with
// 0. Rows that were begun before end.
func (b *Book) Rows(sheet, most int) intake.Records {
	b.rows.skip()
	b.rows = &Rows{book: b}
	if err := b.say(askFrame, asking(sheet, most)); err != nil {
		b.rows.done, b.rows.err = true, err
	}
	return b.rows
}

// Close ends the child, whatever it does. A second call does nothing.
func (b *Book) Close() error {
	if !b.closed {
		b.closed = true
		b.kill()
		<-b.turns
	}
	return nil
}

// Rows are the rows of a sheet. They implement intake.Records.
type Rows struct {
	book   *Book
	record intake.Record
	done   bool
	err    error
}

// Scan finds the next row that holds anything.
func (r *Rows) Scan() bool {
	if r.done {
		return false
	}
	k, payload, err := r.book.hear()
	switch {
	case err != nil:
		r.done, r.err = true, err
	case k == rowFrame && decodeRow(payload, &r.record):
		return true
	case k == endFrame:
		r.done = true
	default:
		r.done, r.err = true, r.book.odd()
	}
	return false
}

// Record gives the row that Scan found. It is valid until the next call.
func (r *Rows) Record() intake.Record { return r.record }

// Err gives what ended the rows; the end of the sheet is none.
func (r *Rows) Err() error { return r.err }

func (r *Rows) skip() {
	for r != nil && r.Scan() {
	}
}
