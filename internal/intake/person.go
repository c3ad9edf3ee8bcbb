package intake

import (
	"forthwith/internal/id"
	"forthwith/internal/mailaddr"
)

// Wanted says what is read of people besides their addresses: the values of
// Fields, out of their rows in Lists. Without lists, out of all that stand now;
// a plan names its own, so that what is imported later changes no letter.
type Wanted struct {
	Fields []string
	Lists  []id.List
}

// Person is a recipient as a notice needs them: the opened address, and the
// values of the fields that a text asks for.
type Person struct {
	Recipient     int64
	Address       mailaddr.Address
	Unaddressed   bool
	Proof         []byte // the digest that stands for them in roots and leaves
	Individuals   int64
	Jurisdictions []string
	Locale        string
	// Values holds for each field asked for, such as merge.account or
	// recipient.name, the distinct values that are not empty, in order of list
	// and row. A field without a value is absent.
	Values map[string][]string
	// Broken is why something that is stored about them cannot be opened; nil
	// for almost everybody. Nothing else of a broken person may be used.
	Broken error
}
