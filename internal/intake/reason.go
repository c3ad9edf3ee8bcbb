package intake

// Reason says why a row is refused, as a code of the catalogue.
type Reason string

// The reasons. An address that is refused carries the code of its own rule.
const (
	NotInEncoding     Reason = "row_not_in_encoding"
	HasNUL            Reason = "row_nul"
	BareQuote         Reason = "row_bare_quote"
	UnclosedQuote     Reason = "row_unclosed_quote"
	CellTooLong       Reason = "row_cell_too_long"
	TooManyCells      Reason = "row_too_many_cells"
	Ragged            Reason = "row_ragged"
	NoCells           Reason = "row_empty"
	JurisdictionWrong Reason = "row_jurisdiction"
	LocaleWrong       Reason = "row_locale"
	TimezoneWrong     Reason = "row_timezone"
	ConsentWrong      Reason = "row_consent"
	NumberWrong       Reason = "row_number"
	DateWrong         Reason = "row_date"
	NotAnObject       Reason = "row_not_an_object"
	KeyTwice          Reason = "row_key_twice"
	KeyUnknown        Reason = "row_key_unknown"
	CellError         Reason = "row_cell_error"
	CellUncalculated  Reason = "row_cell_uncalculated"
)

// Reasons lists every reason, for the catalogue's test.
func Reasons() []Reason {
	return []Reason{
		NotInEncoding, HasNUL, BareQuote, UnclosedQuote, CellTooLong, TooManyCells, Ragged, NoCells,
		JurisdictionWrong, LocaleWrong, TimezoneWrong, ConsentWrong, NumberWrong, DateWrong,
		NotAnObject, KeyTwice, KeyUnknown, CellError, CellUncalculated,
	}
}

// Reject is a row that is not imported. Its cells are the bytes of the file as
// far as they were read as cells: the row is mended by them, and comes again.
type Reject struct {
	Line   int    // physical line, from 1, on which the row begins
	Column string // name of the column that is wrong, or empty
	Reason Reason
	Got    int64 // what was counted: cells of a ragged row, bytes of a long cell
	Cells  []string
}

// KeptBytes is how much a Reject keeps of a cell that no row could have.
const KeptBytes = 1024
