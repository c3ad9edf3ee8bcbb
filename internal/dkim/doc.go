// Package dkim signs finished messages (RFC 6376) with RSA-2048 and Ed25519
// (RFC 8463), and makes the keys for it and the DNS records that publish them.
//
// A signature is made over the bytes that go out, by the message's own Date and
// no clock: the same message gives the same bytes again, so that a second
// attempt sends what the first one announced.
package dkim
