// Package inbox is the built-in capture inbox: a real SMTP server that keeps
// what it accepts and sends nothing on.
//
// Contract. A message is answered with 250 only when it stands in the inbox's
// own file and that file was synced, so that everything a client believes to
// be accepted is found again after a crash; messages that arrive together
// share a sync. The file is only ever appended to. A record that was cut short
// by a crash was never answered and is removed at the next start. Each
// envelope recipient gets a record and a number of its own; numbers begin at 1
// and have no gaps.
//
// Nothing is held in memory but the messages that are arriving, which are
// bounded in size and number. A second process on the same folder is refused.
//
// The addresses of one reserved domain end in other ways than being kept:
// refused, put off, dropped, thrown away (docs/simulator.md).
//
// The files hold addresses and whole messages: this is a machine's own test
// mail, readable by its user alone, and never a place for production mail.
package inbox
