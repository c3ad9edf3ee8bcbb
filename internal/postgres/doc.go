// Package postgres keeps the record: it implements every store of the domain
// over one pool of PostgreSQL connections, with gorm for single rows and
// written SQL for anything with a lock, a join or many rows.
//
// A transaction carries a change, its ledger entry and its outbox row
// together. It is tried again after a serialisation failure or a deadlock, and
// an answer to COMMIT that was lost is settled by reading the entry back.
package postgres
