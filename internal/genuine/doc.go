// Package genuine answers whether a code that is printed in a notice is ours,
// to people whom nobody knows.
//
// A code answers for its campaign and never for a person: every code of a
// campaign gets the same answer, and what it is looked up in names nobody.
//
//	unknown    nothing that was launched has this code
//	genuine    it has, with the facts to hold a notice against
//	withdrawn  it has, and legal has taken the text back since
//
// Whatever the answer, the work is the same: one code is looked up, one answer
// is taken from a book of finished ones. The book is read again from time to
// time and never because of what was asked.
package genuine
