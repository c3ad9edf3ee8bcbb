package intake

import (
	"forthwith/internal/mailaddr"
)

// Row is one accepted row. Empty cells give empty values: no address, no
// jurisdiction, no attribute.
type Row struct {
	Line         int
	Address      mailaddr.Address // zero: a person without an address
	Name         string
	Reference    string
	Phone        string
	Postal       string
	Jurisdiction string // ISO 3166-1 or -2
	Locale       string // BCP 47
	Timezone     string // of the IANA database
	Consent      Answer
	Attributes   []Named[Value]
	Secret       []Named[string]
	Merge        []Named[string]
	Cells        []string // as they stand in the file
}

// Named is a value with the name that its column was mapped to.
type Named[T any] struct {
	Name  string
	Value T
}

// Value is a typed attribute value. Text holds its one written form: for
// numbers the shortest decimal, for dates YYYY-MM-DD.
type Value struct {
	Type   Type
	Text   string
	Number float64
}

// Answer says whether a person agreed to be told by e-mail.
type Answer uint8

// The answers; the zero value says that nobody asked.
const (
	NotAsked Answer = iota
	Agreed
	Declined
)
