package sender

import (
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// organisational is the domain that an organisation registered (RFC 7489
// section 3.2), as the list of public suffixes that the program was built with
// has it. A public suffix is its own.
func organisational(domain string) string {
	if own, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return own
	}
	return domain
}

// policy is what a domain asks receivers to do with mail that fails.
type policy struct {
	At      string // whose record it is
	Do      string // none, quarantine or reject: for the domain of From
	Percent int
	StrictD bool // adkim=s
	StrictS bool // aspf=s
}

// dmarcSeen finds the policy for mail from a domain (RFC 7489 section 6.6.3):
// the domain's own, or that of its organisational domain.
func dmarcSeen(from string, own, parent Texts) (policy, State, string) {
	at, t := from, own
	if t.Heard != Silence && len(dmarcRecords(t)) == 0 && organisational(from) != from {
		at, t = organisational(from), parent
	}
	records := dmarcRecords(t)
	switch {
	case t.Heard == Silence:
		return policy{}, CannotTell, "dns_silent"
	case len(records) == 0:
		return policy{}, Wrong, "dns_dmarc_missing"
	case len(records) > 1:
		return policy{}, Wrong, "dns_dmarc_two"
	}
	p, ok := readPolicy(records[0], at != from)
	if p.At = at; !ok {
		return p, Wrong, "dns_dmarc_unreadable"
	}
	if p.Do == "none" {
		return p, OK, "dns_dmarc_none"
	}
	return p, OK, "dns_dmarc_ok"
}

func dmarcRecords(t Texts) []string {
	var out []string
	for _, text := range t.Records {
		if first, _, _ := strings.Cut(text, ";"); strings.Join(strings.Fields(first), "") == "v=DMARC1" {
			out = append(out, text)
		}
	}
	return out
}

// readPolicy reads a record. What is odd in it counts as left out (section 6.3);
// without a policy that can be read it says nothing, unless it asks for reports
// (section 6.6.3, step 6).
func readPolicy(text string, below bool) (policy, bool) {
	all, ok := tags(text)
	if !ok {
		return policy{}, false
	}
	p := policy{Do: strings.ToLower(all["p"]), Percent: 100, StrictD: strings.EqualFold(all["adkim"], "s"), StrictS: strings.EqualFold(all["aspf"], "s")}
	if n, err := strconv.Atoi(all["pct"]); err == nil && n >= 0 && n <= 100 {
		p.Percent = n
	}
	odd := !isPolicy(p.Do)
	if sub, given := all["sp"]; given && below {
		p.Do, odd = strings.ToLower(sub), odd || !isPolicy(strings.ToLower(sub))
	}
	if odd {
		p.Do = "none"
	}
	return p, !odd || all["rua"] != ""
}

func isPolicy(word string) bool { return word == "none" || word == "quarantine" || word == "reject" }

// aligned tells whether a domain vouches for From (section 3.1).
func aligned(domain, from string, strict bool) bool {
	if strict {
		return domain == from
	}
	return organisational(domain) == organisational(from)
}
