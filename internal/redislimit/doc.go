// Package redislimit holds rates that all processes share: so many messages a
// second through a relay, so many to a domain, whoever sends them.
//
// Contract. A limit is a token bucket in Redis on the clock of Redis. Taking
// tokens from several buckets is one atomic step: all of them give, or none
// loses anything. In every window of a second or longer, what was taken and
// used stays within 1.05 × rate × window + 1, for any number of processes:
//
//   - a bucket saves up at most a hundredth of a second of its rate, and one;
//   - a process takes at most a hundredth of a second of the rate ahead, and
//     throws away what it has not used a hundredth of a second later;
//   - a bucket that is new, or that was lost with Redis, starts empty.
//
// A number of places that all processes share bounds what is under way at once:
// each is taken by name, for a while that is renewed.
//
// It fails closed: without an answer from Redis nothing may be sent. The rate
// comes with each call, so that a lower one holds from the next call on.
//
// Keys name a relay or the keyed digest of a domain, never an address or a
// domain as people write it.
package redislimit
