// Package letter makes the bytes of one message: what a relay is given after
// DATA, whole and in memory, before a connection is touched.
//
// The bytes are a pure function of the variant, the sender and the person:
// composed again years later, on another machine, they are the same. The
// multipart boundary is fixed for each variant, Message-ID and Date are given,
// and no header names a program or a host.
//
// Every letter passes a guard that reads it back: exactly one address in To,
// the approved From and Reply-To, no other header than those listed, no bare
// CR or LF, a stated size at most.
package letter
