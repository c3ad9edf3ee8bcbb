package spreadsheet

import (
	"forthwith/internal/fault"
	"forthwith/internal/intake"
)

// refusal is why a child does not read a workbook: a code that both sides know.
// Anything else that a child may fail with is told as broken.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

const (
	broken     refusal = "workbook_broken"
	locked     refusal = "workbook_locked"
	tooLarge   refusal = "workbook_unpacks_too_large"
	tooMuch    refusal = "workbook_memory"
	tooSlow    refusal = "workbook_slow"
	sheetless  refusal = "workbook_no_sheets"
	unconfined refusal = "workbook_unconfined"

	anArchive   refusal = "an archive without a workbook"
	aBinary     refusal = "a binary workbook (XLSB)"
	anOpenSheet refusal = "an OpenDocument file"
	aDocument   refusal = "a text document"
	aShow       refusal = "a presentation"
)

// maxUnpacked bounds what is unpacked of one workbook. A sheet of a million rows
// with ten columns takes about 400 MiB.
const maxUnpacked = 1 << 30

// fault gives the sentence of a refusal.
func (r refusal) fault() error {
	switch r {
	case anArchive, aBinary, anOpenSheet, aDocument, aShow:
		return intake.NoWorkbook(r)
	case tooLarge:
		return fault.New(fault.TooLarge, string(r), fault.Values{"limit": maxUnpacked >> 20})
	case tooMuch:
		return fault.New(fault.TooLarge, string(r), nil)
	case locked:
		return fault.New(fault.Unsupported, string(r), nil)
	case unconfined:
		return fault.New(fault.Unavailable, string(r), nil)
	case tooSlow, sheetless:
		return fault.New(fault.Invalid, string(r), nil)
	}
	return fault.New(fault.Invalid, string(broken), nil)
}
