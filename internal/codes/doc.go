// Package codes keeps pools of codes that somebody else gave for the people of
// an incident, one for each: to enrol in credit monitoring, say.
//
// A pool grows by files and never shrinks. Preflight hands a code to everybody
// who is to be sent to and whose text asks for one, in its own transaction, and
// only to those who hold none of that pool: a person keeps theirs through every
// other preflight and campaign, and nobody else ever gets it. What was handed
// out is a row that never changes; used and left are counted from these rows.
//
// A code is a secret. It is sealed where it is kept, and stands in no log, no
// ledger entry, no address and no refusal.
package codes
