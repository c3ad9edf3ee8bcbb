// Package regime holds the rules about telling people of a breach as data, and
// reckons from facts and counts what they ask for and by when.
//
// A [Set] is one version of the rules: the file built in ([Builtin]), or one
// that an admin handed in ([Load]), which is read strictly or not at all. What
// changes between two is told by [Diff]. A set is research and no legal advice:
// every result carries the rule it comes from, the date up to which that was
// checked, how sure it is and which of the fields it rests on are in doubt
// ([Origin]); NotCovered says what the set does not know.
//
// # Which rules are in play
//
// A rule is in play by where the affected people are (those of US-CA are under
// US-CA, those of CA-QC also under CA; a territory's country code counts as its
// state) or by a flag of the organisation, its profile. A rule that names both
// needs both. Which are in force is a matter of the day asked about.
//
// # Duties
//
// [Set.Due] lists every duty of the rules in play, also those whose threshold
// is not reached: it stands there with both numbers, so that a reader sees one
// that is near. No [Standing] says that nothing is due. People whose region is
// not known make a duty unsettled if they could tip it.
//
// # Clocks
//
// A clock runs from a dated fact. Hours are real hours and end at an instant;
// days, working days and months end with a day in the customer's zone, which is
// 23:59:59 of it, and do not count the day they run from. A month later is the
// same day of the month, or its last. No rule moves a last day that is no
// working day: it is only marked.
//
// Where the fact has no date the clock has not started, and the fact is named.
// For determination, confirmation and awareness the date is then counted from
// discovery as the careful reading, and for discovery from awareness, apart
// from the date that the law gives. A rule without a fixed limit gets no date,
// except the customer's own target, which is marked as such.
//
// What hangs on the individual notice takes the earlier of the notice (sent, or
// planned) and the last moment for it. What must come before it ends with the
// day before, if only the day of the notice is known.
//
// A delay for law enforcement moves individual notices where the rule allows
// it, and what hangs on them; the moment before stays visible. Elsewhere it
// only warns.
//
// # Content
//
// [Set.Content] merges what the rules ask of a notice to people of one place:
// layout, items, form, monitoring, e-mail. An item that one rule forbids and
// another demands is a [Conflict] for people to solve.
//
// The package does no I/O and asks no clock.
package regime
