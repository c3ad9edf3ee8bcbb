// Package evidence reads the record back: the delivery report, one delivery
// with its attempts, and exports.
//
// A report is a list of people, never a counter: one row for each delivery of a
// campaign, written from intents, outcomes and decisions. Addresses are masked
// everywhere but in an export that a person asked for with a second factor and
// a reason. Every report that is read is an entry in the ledger.
package evidence
