package sender

import (
	"net/netip"

	"forthwith/internal/id"
)

// Heard is what became of a question. Its zero value is no answer: a server
// that fails, or nobody who is asked, never speaks for or against anything.
type Heard int

// What may be heard.
const (
	Silence Heard = iota
	Found         // records of the kind that was asked for
	Nothing       // no such records, or no such name
)

// Texts are the TXT records under a name, each with its strings put together.
type Texts struct {
	Heard
	Records []string
}

// Addresses are where a host stands.
type Addresses struct {
	Heard
	All []netip.Addr
}

// SPFResult is what a receiver makes of mail from an address (RFC 7208 section
// 2.6), with the ways in which a record fails told apart.
type SPFResult string

// The results. Depends: the record asks for the local part of the sender or the
// name of the server, so that it may say something else of each mail.
const (
	SPFSilent   SPFResult = "" // temperror, or never asked
	SPFPass     SPFResult = "pass"
	SPFNot      SPFResult = "not" // fail, softfail and neutral: no pass
	SPFNone     SPFResult = "none"
	SPFTwo      SPFResult = "two_records"
	SPFLookups  SPFResult = "too_many_lookups"
	SPFVoid     SPFResult = "too_many_void_lookups"
	SPFBroken   SPFResult = "unreadable"
	SPFDepends  SPFResult = "depends"
	spfAnybody            = "192.0.2.1" // for documentation (RFC 5737): nobody sends from there
	mostPerHost           = 16
	mostChecked           = 50 // relays
)

// Anybody is an address that no record means, so that a record is read to its
// end; one that lets it pass lets everybody pass.
var anybody = netip.MustParseAddr(spfAnybody)

// RelayHost is a relay with the host that mail is handed to.
type RelayHost struct {
	ID   id.Relay
	Name string
	Host string
}

// Subject is what is looked up: the identity, its keys that are not retired,
// and the relays.
type Subject struct {
	Sender Sender
	Keys   []Key
	Relays []RelayHost
}

// Answers are what the DNS said about a subject.
type Answers struct {
	Off    bool // nobody is to be asked
	Keys   map[id.DKIMKey]Texts
	DMARC  Texts // at the domain of From
	Parent Texts // at its organisational domain, where that is another one
	SPF    Texts // at the bounce domain
	Relays map[id.Relay]Addresses
	Passes map[netip.Addr]SPFResult // under the bounce domain
	From   Heard                    // whether the domain is there
	Bounce Heard                    // whether the domain takes mail
	Reply  Heard                    // as Bounce
}
