// Package delivery is the core that sends, and the contract of what is on
// record at every moment:
//
//   - A connection has at most one open intent. It may send MAIL and RCPT while
//     the intent commits in a shared group; DATA waits for that commit.
//
//   - The outcome is committed after the answer, together with the
//     connection's next intent.
//
//   - After any crash a message may be with a relay unrecorded only if its
//     intent has no outcome: at most one for each open connection. Each of
//     them is written down as lost and becomes indeterminate.
//
//   - The claim is fenced, the truth is not. A worker whose lease ended gets no
//     new intent, and what it still learns is always appended.
//
//   - Every letter is read back by a guard before it is announced, and its hash
//     once more before DATA. One that is not what was approved for its person
//     is put off without a byte of it going out, and the campaign is paused:
//     before the announcement by a decision, after it by an outcome that says
//     that we gave the transaction up before DATA.
//
// Work waits in PostgreSQL as batches. A worker claims one, composes its
// letters ahead of the wire, and releases what it could not send. A wake-up
// only means "claim what is free"; nothing depends on one.
package delivery
