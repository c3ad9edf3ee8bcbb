// Package letter makes the bytes of one message: what a relay is given after
// DATA, whole and in memory, before a connection is touched.
//
// The bytes are a pure function of the variant, the sender and the person:
// composed again years later, on another machine, they are the same. The
// multipart boundary is fixed for each variant, Message-ID and Date are given,
// and no header names a program or a host.
//
// Every letter passes a guard before it is announced to a relay. It reads the
// bytes back, whoever made them: each listed header once and no other, one
// address in To, the approved From and Reply-To; two parts that say, decoded,
// the approved text with this person's values and nothing else; links to
// approved hosts only; no bare CR or LF; a stated size at most.
package letter
