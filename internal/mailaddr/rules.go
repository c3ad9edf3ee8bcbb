package mailaddr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Octets, RFC 5321 section 4.5.3.1 and RFC 1035 section 2.3.4.
const (
	maxLocal   = 64
	maxDomain  = 253
	maxLabel   = 63
	maxAddress = 254
)

// atext marks the bytes of a dot-atom, RFC 5322 section 3.2.3.
var atext = func() (t [256]bool) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "0123456789!#$%&'*+-/=?^_`{|}~" {
		t[c] = true
	}
	return t
}()

// plainLocal tells whether a local part is a short ASCII dot-atom.
func plainLocal(s string) bool {
	if len(s) == 0 || len(s) > maxLocal {
		return false
	}
	dot := true // as if one stood before the start
	for i := 0; i < len(s); i++ {
		switch {
		case atext[s[i]]:
			dot = false
		case s[i] == '.' && !dot:
			dot = true
		default:
			return false
		}
	}
	return !dot
}

// plainDomain tells whether a domain is already in its final form: lower-case
// labels of letters, digits and inner hyphens, none of them an A-label, the
// last one ending in a letter (top-level domains are alphabetic, RFC 3696
// section 2). A doubled hyphen leaves the decision to IDNA.
func plainDomain(s string) bool {
	if len(s) == 0 || len(s) > maxDomain {
		return false
	}
	start, last := 0, byte('-')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && last != '-':
		case c == '.' && last != '-' && i-start <= maxLabel:
			start, c = i+1, '-' // a label may not begin with a hyphen or a dot
		default:
			return false
		}
		last = c
	}
	return last >= 'a' && len(s)-start <= maxLabel && !isLocalhost(s)
}

func isLocalhost(domain string) bool {
	return domain == "localhost" || strings.HasSuffix(domain, ".localhost")
}

// shape refuses what is more, or less, than one bare address.
func shape(s string) Refusal {
	if s == "" {
		return Empty
	}
	if why := characters(s); why != "" {
		return why
	}
	ats := strings.Count(s, "@")
	switch {
	case strings.ContainsAny(s, "<>"):
		return Named
	case strings.ContainsRune(s, '"'):
		return Quoted
	case strings.ContainsAny(s, "()"):
		return Comment
	case s[0] == '@' && strings.ContainsRune(s, ':'):
		return Route
	case strings.ContainsRune(s, ':') && strings.HasSuffix(s, ";"):
		return Group
	case strings.ContainsAny(s, "[]"):
		return Literal
	case ats > 1:
		return Several
	case ats == 0:
		return NoAt
	}
	return ""
}

// characters refuses controls and everything that is not seen on a screen:
// bidi overrides, zero-width characters, soft hyphens, variation selectors,
// unassigned and private code points.
func characters(s string) Refusal {
	if !utf8.ValidString(s) {
		return NotUTF8
	}
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			return Control
		case r < utf8.RuneSelf:
		case !unicode.IsGraphic(r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return Hidden
		}
	}
	return ""
}

func localPart(s string) Refusal {
	switch {
	case s == "":
		return NoLocal
	case octets(s) > maxLocal:
		return LocalTooLong
	case s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, ".."):
		return LocalDots
	}
	for i, r := range s {
		if r < utf8.RuneSelf && r != '.' && !atext[r] || unicode.IsSpace(r) || i == 0 && unicode.IsMark(r) {
			return LocalChar
		}
	}
	// A full-width @ or quote becomes the ASCII one in whoever normalises later.
	if !ascii(s) && strings.ContainsAny(norm.NFKC.String(s), "@<>()[]\\,;:\" ") {
		return LocalChar
	}
	return ""
}

// octets counts a local part in the longer of its own and its normalised form:
// a server may normalise, and some letters grow by it (RFC 6532 section 3.1).
func octets(local string) int {
	if ascii(local) {
		return len(local)
	}
	return max(len(local), len(norm.NFC.String(local)))
}

// domainName maps a domain to its lower-case A-labels.
func domainName(s string) (string, Refusal) {
	if s == "" {
		return "", NoDomain
	}
	name := strings.ToLower(s)
	if strings.ContainsRune(s, 'ẞ') {
		return "", Domain // UTS 46 mapped it to ss, then to ß: two different domains
	}
	if !ascii(s) || strings.Contains(name, "--") {
		mapped, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", refusedDomain(name)
		}
		name = mapped
	}
	if isLocalhost(name) {
		return "", Localhost
	}
	if plainDomain(plainLabels(name)) {
		return name, ""
	}
	return "", refusedDomain(name)
}

// plainLabels stands in for a name that IDNA has let pass: of the same length,
// without doubled hyphens, and without digits at the end of an A-label.
func plainLabels(name string) string {
	if tld := name[strings.LastIndexByte(name, '.')+1:]; strings.HasPrefix(tld, "xn--") {
		name = strings.TrimSuffix(name, tld) + strings.Repeat("x", len(tld))
	}
	return strings.ReplaceAll(name, "--", "-0")
}

// refusedDomain says why a domain is none.
func refusedDomain(name string) Refusal {
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return Hyphen
		}
	}
	if last := labels[len(labels)-1]; last != "" && last[len(last)-1] >= '0' && last[len(last)-1] <= '9' {
		return Numeric
	}
	return Domain
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
