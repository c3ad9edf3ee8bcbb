// Package outcome holds the words for what happened to one delivery: phases of
// an SMTP transaction, replies, verdicts, statuses, and how the status follows
// from the record.
//
// The status of a delivery is a pure function of the set of its intents,
// outcomes, receipts and decisions. Their order and repetition never change
// it, so a row that arrives late, twice or from a stale worker can be appended
// without asking anybody. What the database keeps as a status is a cache of
// this function.
//
// A verdict is derived from a reply, never stored (RFC 5321 4.2, RFC 3463):
//
//   - a 2xx after the final dot is an acceptance, whatever follows it;
//   - a lost answer after the body was begun is unknown: the relay may have
//     the message or not;
//   - everything else that was lost, and every 4xx, is temporary, and so is
//     what we withheld ourselves before DATA (no code, and not lost);
//   - a 5xx about the recipient is a refusal, decided by the enhanced code
//     first; 5.7.x and whatever concerns the relay itself is the relay's fault.
package outcome
