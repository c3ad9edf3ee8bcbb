package sender

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// recordSeen judges the SPF record of the bounce domain by what it says of an
// address that nobody sends from.
func recordSeen(r SPFResult) (State, string) {
	switch r {
	case SPFNot, SPFDepends:
		return OK, "dns_spf_ok"
	case SPFPass:
		return Wrong, "dns_spf_anybody"
	case SPFNone:
		return Wrong, "dns_spf_missing"
	case SPFTwo:
		return Wrong, "dns_spf_two"
	case SPFLookups:
		return Wrong, "dns_spf_lookups"
	case SPFVoid:
		return Wrong, "dns_spf_void"
	case SPFBroken:
		return Wrong, "dns_spf_unreadable"
	}
	return CannotTell, "dns_silent"
}

// relaySeen judges whether mail that a relay sends from its own address passes
// SPF. Where else it may send from is known to its owner only: of somebody
// else's relay, under a record that points elsewhere, nothing is said.
func relaySeen(s Subject, r RelayHost, a Answers) (State, string) {
	at := a.Relays[r.ID]
	switch {
	case at.Heard == Found && slices.ContainsFunc(at.All, isPrivate):
		return CannotTell, "dns_relay_private"
	case at.Heard == Nothing:
		return CannotTell, "dns_relay_gone"
	case at.Heard == Silence:
		return CannotTell, "dns_silent"
	case len(at.All) > mostPerHost:
		return CannotTell, "dns_relay_many"
	}
	results := map[SPFResult]bool{}
	for _, ip := range at.All {
		results[a.Passes[ip]] = true
	}
	switch {
	case results[SPFSilent]:
		return CannotTell, "dns_silent"
	case results[SPFDepends]:
		return CannotTell, "dns_relay_depends"
	case results[SPFPass] && len(results) == 1:
		return OK, "dns_relay_ok"
	case results[SPFNot] && pointsElsewhere(a.SPF) && !s.Sender.owns(r.Host):
		return CannotTell, "dns_relay_elsewhere"
	case results[SPFNot]:
		return Wrong, "dns_relay_not"
	}
	return Wrong, "dns_relay_record" // the record itself is none, or none that holds
}

// owns tells whether a host is named by its address, or stands in a domain of
// the organisation itself.
func (d Details) owns(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	own := organisational(host)
	return own == organisational(d.FromDomain()) || own == organisational(d.BounceDomain)
}

// pointsElsewhere tells whether an SPF record lets others say who may send.
func pointsElsewhere(t Texts) bool {
	record, one := spfRecord(t)
	return one && slices.ContainsFunc(strings.Fields(strings.ToLower(record)), func(term string) bool {
		term = strings.TrimLeft(term, "+-~?")
		return slices.ContainsFunc([]string{"include:", "redirect=", "exists:", "ptr"}, func(kind string) bool { return strings.HasPrefix(term, kind) })
	})
}

// spfRecord is the one SPF record among texts (RFC 7208 section 4.5).
func spfRecord(t Texts) (record string, one bool) {
	for _, text := range t.Records {
		if low := strings.ToLower(text); low == "v=spf1" || strings.HasPrefix(low, "v=spf1 ") {
			if one {
				return "", false
			}
			record, one = text, true
		}
	}
	return record, one
}

// mechanism lets one address send.
func mechanism(ip netip.Addr) string {
	if ip.Is4() {
		return "ip4:" + ip.String()
	}
	return "ip6:" + ip.String()
}

// spfWith is the record that lets addresses send, beside whom the one that
// stands lets send. Of two records, or one that cannot be read, none is made.
func spfWith(domain string, t Texts, r SPFResult, ips []netip.Addr) *Record {
	record, one := spfRecord(t)
	switch {
	case r == SPFNone:
		record = "v=spf1 ~all"
	case r != SPFNot && r != SPFDepends || !one || len(ips) == 0:
		return nil
	}
	if strings.ContainsRune(record, utf8.RuneError) {
		return nil // what stands there cannot be written again
	}
	terms := strings.Fields(record)
	last := slices.IndexFunc(terms, func(term string) bool { return strings.EqualFold(strings.TrimLeft(term, "+-~?"), "all") })
	if last < 0 {
		last = len(terms)
	}
	add := make([]string, len(ips))
	for i, ip := range ips {
		add[i] = mechanism(ip)
	}
	return &Record{domain, "TXT", strings.Join(slices.Insert(terms, last, add...), " ")}
}

// shared is what providers use between themselves and their customers (RFC
// 6598): no address that the world sees.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// isPrivate tells of addresses that the world never sees mail come from.
func isPrivate(ip netip.Addr) bool {
	return !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip)
}
