// Package obligation holds the law's clock against an incident: which duties the
// rules in play bring, when they end, whom they are about, and whether the sends
// that run or are planned will be over in time.
//
// It reads facts, people and sends as they stand and keeps nothing of what it
// reckons, so that a fact that changes changes every answer. What people did
// about a duty is kept: they tick it with the time and a reference. A tick never
// goes; the newest of a duty counts.
//
// It informs. Whether a duty holds is decided by people.
package obligation
