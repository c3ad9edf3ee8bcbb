// Package queue carries task names and object numbers from PostgreSQL's outbox
// to workers over Redis, with asynq.
//
// Redis is only a doorbell. A task that is lost is asked for again by a sweep,
// one that runs twice finds its work done, and nothing depends on either. The
// start is refused on a Redis that may evict, since that would lose tasks
// silently while it claims to keep them.
package queue
