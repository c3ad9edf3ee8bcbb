package mailaddr

import (
	"strings"
	"unicode/utf8"
)

// Address is one mailbox. Only Parse makes one; the zero value is no address.
type Address struct {
	local, domain string
}

// Parse reads the address in one cell, with spaces around it ignored. It
// promises that no control, hidden or separating character is in the result,
// that the local part is at most 64 and the whole at most 254 octets (RFC 5321
// section 4.5.3.1, RFC 3696 erratum 1690), and that parsing the result's
// String gives the same Address. Every error is a Refusal.
func Parse(cell string) (Address, error) {
	s := strings.Trim(cell, " ")
	if at := strings.IndexByte(s, '@'); at > 0 {
		local, domain := s[:at], s[at+1:]
		if plainLocal(local) && plainDomain(domain) && len(s) <= maxAddress {
			return Address{local, domain}, nil
		}
	}
	return parseSlowly(s)
}

// parseSlowly reads what is not plain lower-case ASCII, and finds out which
// rule a refused cell breaks.
func parseSlowly(s string) (Address, error) {
	if why := shape(s); why != "" {
		return Address{}, why
	}
	local, rest, _ := strings.Cut(s, "@")
	if why := localPart(local); why != "" {
		return Address{}, why
	}
	domain, why := domainName(rest)
	if why != "" {
		return Address{}, why
	}
	if octets(local)+1+len(domain) > maxAddress {
		return Address{}, TooLong
	}
	return Address{local, domain}, nil
}

// Local gives the local part with its exact bytes.
func (a Address) Local() string { return a.local }

// Domain gives the domain as lower-case A-labels.
func (a Address) Domain() string { return a.domain }

// IsZero tells whether there is no address.
func (a Address) IsZero() bool { return a.local == "" }

// String gives the address as it goes to a relay; no address is the empty
// string.
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	return a.local + "@" + a.domain
}

// NeedsSMTPUTF8 tells whether only a relay that offers SMTPUTF8 (RFC 6531) can
// take this address.
func (a Address) NeedsSMTPUTF8() bool { return !ascii(a.local) }

// Redacted gives a form that a person may recognise and a stranger cannot
// use, such as a•••@e•••.com.
func (a Address) Redacted() string {
	if a.IsZero() {
		return ""
	}
	_, first := utf8.DecodeRuneInString(a.local)
	out := a.local[:first] + "•••@" + a.domain[:1] + "•••"
	if dot := strings.LastIndexByte(a.domain, '.'); dot >= 0 {
		out += a.domain[dot:]
	}
	return out
}
