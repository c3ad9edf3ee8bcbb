// Package dns asks a resolver whether domains take mail.
//
// It asks the server that it was given, or those of the system, over UDP and,
// where an answer does not fit, over TCP. A domain takes no mail when it says so
// (RFC 7505), when it does not exist, or when it has neither a mail server nor an
// address (RFC 5321 5.1). Everything else that is not a plain yes is unknown: a
// time-out, a refusal, a failing server or an answer that speaks of something
// else never speaks against a domain.
//
// A domain can name a family. Nothing here logs one, and no error carries one.
package dns
