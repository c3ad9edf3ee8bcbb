// Package suppression keeps known reasons not to mail an address, and what is
// decided about the people who have one.
//
// A suppression is a digest of the address under a key of the installation, with
// its source; the address itself is kept nowhere. It holds until it is released.
//
// A file of addresses keeps one for each of its lines. The lines that hold none
// stay on record by their numbers, and what a file brought is released as a whole.
//
// A legal notice is never dropped silently because of one: each person of a
// campaign whom a suppression names is undecided until legal says whether they
// are mailed anyway, told another way, or excluded. While one is undecided no
// preflight gives a plan and no launch goes out. A decision counts for its
// campaign; the newest one counts, and one that was made before the suppression
// does not.
package suppression
