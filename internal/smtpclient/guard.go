package smtpclient

import (
	"net/netip"
	"slices"
	"syscall"

	"forthwith/internal/fault"
)

// submission are the ports that mail is handed over on.
var submission = []int{25, 465, 587, 2525}

// reserved are ranges that no public relay stands in and that netip has no
// word for: this network, shared, protocol assignments, documentation,
// benchmarking, reserved, and the two that carry an IPv4 address inside.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fec0::/10"),
}

// Port refuses a port that is neither one of submission nor configured.
func (g Guard) Port(port int) error {
	if slices.Contains(submission, port) || slices.Contains(g.Ports, port) {
		return nil
	}
	return fault.New(fault.Invalid, "relay_port_not_allowed", fault.Values{"port": port})
}

// Addr refuses an address that is not public, unless a configured network
// holds it.
func (g Guard) Addr(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(g.Networks, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	inside := slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
	if ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && !inside {
		return nil
	}
	return fault.New(fault.Invalid, "relay_address_not_allowed", nil)
}

// control is asked by the dialler after it resolved the name and before it
// connects, once for every address that it tries.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fault.New(fault.Invalid, "relay_address_not_allowed", nil)
	}
	return g.Addr(at.Addr())
}
