// Package ledger is the append-only record of every decision and of every
// group of outcomes: entries, the Merkle tree over them (RFC 6962), and signed
// checkpoints (the C2SP checkpoint format).
//
// An entry is made before its transaction and written with the change that it
// records, so that neither exists without the other. Its leaf holds no
// personal data: the details are sealed beside it, and the leaf carries the
// digest of details and a random salt, so that a guess at the details cannot
// be tried against it. A sequencer gives each entry its place within about a
// second; until then it is protected by the database alone.
package ledger
