// Package worker runs what is done in the background: it takes tasks from the
// queue, sends campaigns, sweeps over PostgreSQL for whatever the queue forgot,
// and sequences the ledger.
//
// Any number of worker processes share the work. Each holds one lease, which it
// renews while it lives. SIGTERM ends it in order: no new message after a
// second, those under way are waited for, and what is still open after that is
// written down as unclear.
package worker
