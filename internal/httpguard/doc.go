// Package httpguard is what every request passes before a handler sees it: a
// request id, headers that keep browsers careful, a limit on the body, a
// recovered panic, and the person behind the token.
//
// The server streams bodies, so that its own limit does not hold: a body is
// only ever read through Body or Stream, which count. A connection whose body
// was not read to its end is closed with the answer.
package httpguard
