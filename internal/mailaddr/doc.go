// Package mailaddr decides what an e-mail address is. It is the only parser of
// addresses: what it refuses never reaches a relay.
//
// An address is one mailbox as RFC 5321 section 4.1.2 has it, without what a
// list of people never needs: quoted local parts, address literals, display
// names, comments, groups and source routes are refused. Local parts may be
// internationalised (RFC 6531) and keep their exact bytes; domains are mapped
// by UTS 46 and kept as lower-case A-labels (RFC 5891).
//
// No error repeats any part of what it refused.
package mailaddr
