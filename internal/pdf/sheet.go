package pdf

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"codeberg.org/go-fonts/dejavu/dejavusansbold"
	"codeberg.org/go-pdf/fpdf"
)

// Measures of a page, in mm on A4 and in points.
const (
	margin    = 18.0
	labelWide = 42.0
	lineHigh  = 4.6
	small     = 8.0
	body      = 9.0
	heading   = 12.0
	title     = 16.0
)

// pages stands for their number until it is known. No text holds it: private
// characters are spelt.
const pages = "\uE000\uE001"

// sheet is a document that is being written, from top to bottom.
type sheet struct {
	pdf *fpdf.Fpdf
	speller
}

// newSheet begins a document, as made at an instant; each page ends with its
// number behind foot.
func newSheet(name string, at time.Time, foot func(page int, of string) string) *sheet {
	s := &sheet{pdf: fpdf.New("P", "mm", "A4", ""), speller: speller{known: map[rune]bool{}}}
	p := s.pdf
	p.SetCreationDate(at)
	p.SetModificationDate(at)
	p.SetCatalogSort(true)
	p.SetProducer("Forthwith", true)
	p.SetTitle(s.spell(name), true)
	p.SetLang("en")
	p.AddUTF8FontFromBytes("sans", "", dejavusans.TTF)
	p.AddUTF8FontFromBytes("sans", "B", dejavusansbold.TTF)
	p.AliasNbPages(pages)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, margin+6)
	p.SetFooterFunc(func() {
		p.SetY(-margin)
		p.SetFont("sans", "", small)
		p.CellFormat(0, lineHigh, foot(p.PageNo(), pages), "T", 0, "L", false, 0, "")
	})
	p.AddPage()
	return s
}

func (s *sheet) title(text string) { s.write("B", title, 1.6*lineHigh, text) }

// part begins a part, with room for its first line.
func (s *sheet) part(text string) {
	s.room(4 * lineHigh)
	s.pdf.Ln(lineHigh)
	s.write("B", heading, 1.4*lineHigh, text)
	s.pdf.Ln(1)
}

func (s *sheet) text(text string) { s.write("", body, lineHigh, text) }

// row writes a name and what stands for it beside it, over as many lines and
// pages as it takes.
func (s *sheet) row(name, text string) {
	s.room(2 * lineHigh)
	y := s.pdf.GetY()
	s.pdf.SetFont("sans", "B", body)
	s.pdf.MultiCell(labelWide-2, lineHigh, s.speller.text(name), "", "L", false)
	below := s.pdf.GetY()
	s.pdf.SetFont("sans", "", body)
	s.pdf.SetXY(margin+labelWide, y)
	page := s.pdf.PageNo()
	s.pdf.MultiCell(0, lineHigh, orDash(s.speller.text(text)), "", "L", false)
	if s.pdf.PageNo() == page && s.pdf.GetY() < below {
		s.pdf.SetY(below)
	}
	s.pdf.Ln(0.8)
}

// room begins a new page where less than so much is left of this one.
func (s *sheet) room(high float64) {
	_, page := s.pdf.GetPageSize()
	if s.pdf.GetY()+high > page-margin-6 {
		s.pdf.AddPage()
	}
}

func (s *sheet) write(style string, size, high float64, text string) {
	s.pdf.SetFont("sans", style, size)
	s.pdf.MultiCell(0, high, s.speller.text(text), "", "L", false)
}

func (s *sheet) end() ([]byte, error) {
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write pages: %w", err)
	}
	return out.Bytes(), nil
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
