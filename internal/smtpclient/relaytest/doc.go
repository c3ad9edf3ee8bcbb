// Package relaytest is a relay that can misbehave at any byte, and that keeps
// its own record of what it was told. It is the oracle of the fault tests: what
// it wrote down is compared with what the program under test believes.
//
// A Server speaks ESMTP on a loopback port. Rules say what happens when a
// transaction reaches a phase: another reply, a delay, one byte at a time,
// silence, an end of the connection in either form, before or after the
// reply. A rule may hold for one recipient, for the nth time only, or for the
// first few times, and may be added and removed while the server runs; of
// several that fit, the youngest counts.
//
// What counts as accepted: a message whose final dot arrived and whose reply
// was a 2xx, or would have been one had the rule let it out. A real relay has
// such a message in its queue whether or not its answer reached anybody.
//
// In sink mode it counts and hashes messages, keeps nothing else and takes no
// rules; that is what benchmarks are measured against.
package relaytest
