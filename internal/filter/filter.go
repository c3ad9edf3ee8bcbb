// Package filter holds what narrows a collection. The edge that reads a
// request says which columns of a collection it takes and what values; the
// store says what a column is in its tables. A service passes filters on.
package filter

// Equal lets those items pass whose column has a value, or one of several when
// Value is a slice. The edge has checked the value; a store that does not know
// the column fails, and never lets everything pass.
type Equal struct {
	Column string
	Value  any
}
