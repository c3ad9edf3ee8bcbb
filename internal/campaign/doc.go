// Package campaign turns a frozen cohort, an approved text, a sender identity
// and relays into one launch plan, and keeps what was approved and what is sent
// the same.
//
// States:
//
//	draft → preflighting → ready → approved → scheduled → sending ⇄ paused
//	sending, paused → complete | closed_with_exceptions | aborted
//
// Preflight makes every notice once, writes one manifest leaf for each person,
// and fixes everything that a launch will do in one canonical document with one
// SHA-256. Legal approves that hash, ops launches that hash. An edit returns a
// campaign to draft; so does legal's rejection. Launch builds the plan anew
// from what is there and compares: one changed field refuses the launch and is
// named.
//
// Complete is an equation over deliveries, never a counter.
package campaign
