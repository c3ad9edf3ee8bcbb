package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf16"

	"forthwith/internal/fault"
)

// XLSX is a workbook (ECMA-376, ISO/IEC 29500). Its rows are those of one sheet.
const XLSX Format = "xlsx"

// MaxWorkbook bounds a workbook as it is stored: whoever reads it must hold all
// of it, for its table of contents stands at its end.
const MaxWorkbook = 64 << 20

// Workbooks opens workbooks, each apart from this process.
type Workbooks interface {
	// Open reads content to its end. It fails with NoWorkbook for an archive that
	// is none; the book must be closed.
	Open(ctx context.Context, content io.Reader) (Workbook, error)
}

// Workbook is one that is open.
type Workbook interface {
	Sheets() []Sheet
	// Rows gives the rows of a sheet, by its place, without empty ones and
	// without the empty cells at their ends; at most so many, or all with 0. It
	// ends rows that were begun before.
	Rows(sheet, most int) Records
	Close() error
}

// Sheet is one sheet of cells.
type Sheet struct {
	Name      string
	Hidden    bool
	addresses bool // its beginning holds an address
}

// Files gives stored files back.
type Files interface {
	File(ctx context.Context, l List) (io.Reader, error)
}

// Opener makes a reader of a list's file.
type Opener func(ctx context.Context, file io.Reader) (*Reader, error)

// NoWorkbook is what an archive holds instead of a workbook.
type NoWorkbook string

// Error implements error.
func (n NoWorkbook) Error() string { return "it is " + string(n) }

// Spoilt is a cell that has no value. It refuses its row where its column is
// used.
type Spoilt struct {
	Column int
	Reason Reason
}

func (r *Record) spoilt(column int, use Target) Reason {
	for _, s := range r.Spoilt {
		if s.Column == column && use.Kind != Ignore {
			return s.Reason
		}
	}
	return ""
}

// isArchive tells whether a file begins as a ZIP archive does, which a workbook
// is.
func isArchive(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// isLocked tells whether a file is a document of Microsoft Office that opens
// with a password only: an old container with a packed new document in it.
func isLocked(head []byte) bool {
	var name []byte
	for _, u := range utf16.Encode([]rune("EncryptedPackage")) {
		name = append(name, byte(u), byte(u>>8))
	}
	return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) && bytes.Contains(head, name)
}

// bookOpener opens a workbook that streams in; nil where none is read.
type bookOpener func(content io.Reader) (Workbook, error)

func (s Service) opener(ctx context.Context) bookOpener {
	if s.Books == nil {
		return nil
	}
	return func(content io.Reader) (Workbook, error) {
		return s.Books.Open(ctx, &limited{src: content, code: "workbook_too_large", limit: MaxWorkbook, left: MaxWorkbook})
	}
}

// readBook looks at a workbook that streams in.
func (s *Sniffer) readBook(name string, content io.Reader, open bookOpener) error {
	book, err := open(content)
	var other NoWorkbook
	if errors.As(err, &other) {
		return fault.New(fault.Unsupported, "file_is_other", fault.Values{"file": name, "kind": string(other)})
	}
	if err != nil {
		return err
	}
	defer book.Close()
	p, err := propose(book, s.packing)
	s.book = &p
	return err
}

// Look previews what was written, in the dialect that is proposed. whole tells
// that nothing of it was left out.
func (s *Sniffer) Look() (p Preview, whole bool, err error) {
	if s.book != nil {
		return *s.book, s.book.Whole, nil
	}
	whole = s.Size() <= HeadBytes
	p, err = Look(s.Head(), whole, s.Guess(), nil)
	return p, whole, err
}
