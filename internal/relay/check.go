package relay

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
)

const (
	usualPort        = 587
	usualRate        = 50
	usualConnections = 8
	fastest          = 100_000
	mostConnections  = 500
	longestName      = 200
	longestSecret    = 8192
	longestReason    = 2000
)

// Guard says where a relay may stand: its port, and its address where the host
// is one. The dialler asks it again with what a name resolves to.
type Guard interface {
	Port(port int) error
	Addr(ip netip.Addr) error
}

// normalise fills in what was left out.
func (r Relay) normalise() Relay {
	r.Name, r.Host = strings.TrimSpace(r.Name), strings.ToLower(strings.Trim(strings.TrimSpace(r.Host), "[]"))
	if name, err := mailaddr.Parse("x@" + r.Host); err == nil {
		r.Host = name.Domain()
	}
	if r.Port == 0 {
		r.Port = usualPort
	}
	if r.TLS == "" {
		r.TLS = StartTLS
	}
	if r.Auth == "" {
		r.Auth = NoAuth
		if r.Username != "" {
			r.Auth = Auto
		}
	}
	if r.MaxRatePerSecond == 0 {
		r.MaxRatePerSecond = usualRate
	}
	if r.MaxConnections == 0 {
		r.MaxConnections = usualConnections
	}
	if r.WarmUp != nil && r.WarmUp.From == "" && len(r.WarmUp.PerDay) == 0 {
		r.WarmUp = nil
	}
	return r
}

// check refuses what no mail can be handed to, naming each field. only is the
// one host:port that a sample stack may use; empty for any.
func (r Relay) check(g Guard, only string) error {
	var w wrongs
	w.unless(r.Name != "", "name", "field_missing", nil)
	w.unless(len([]rune(r.Name)) <= longestName, "name", "field_too_long", fault.Values{"limit": longestName})
	w.unless(len(r.Username) <= longestSecret, "username", "field_too_long", fault.Values{"limit": longestSecret})
	w.unless(slices.Contains([]TLS{StartTLS, Implicit, None}, r.TLS), "tls", "field_not_one_of", fault.Values{"choices": "starttls, implicit, none"})
	w.unless(slices.Contains([]Auth{NoAuth, Auto, Plain, Login, Scram, XOAuth2}, r.Auth), "auth", "field_not_one_of",
		fault.Values{"choices": "none, auto, plain, login, scram, xoauth2"})
	w.unless(r.MaxRatePerSecond >= 0.01 && r.MaxRatePerSecond <= fastest, "max_rate_per_second", "field_out_of_range", fault.Values{"from": 0.01, "to": fastest})
	w.unless(r.MaxConnections >= 1 && r.MaxConnections <= mostConnections, "max_connections", "field_out_of_range", fault.Values{"from": 1, "to": mostConnections})
	w.unless(r.Auth == NoAuth || r.Username != "" && r.HasPassword, "auth", "relay_login_missing", nil)
	w.unless(r.Auth == NoAuth || r.TLS != None, "tls", "relay_auth_needs_tls", nil)
	r.WarmUp.check(&w)
	r.checkPlace(g, only, &w)
	return fault.Wrongs(w)
}

func (r Relay) checkPlace(g Guard, only string, w *wrongs) {
	if only != "" && net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) != only {
		w.add("host", "relay_sample_only", fault.Values{"only": only})
		return
	}
	ip, isAddress := r.address()
	switch {
	case r.Host == "":
		w.add("host", "field_missing", nil)
	case isAddress:
		w.because("host", g.Addr(ip))
	case !isName(r.Host):
		w.add("host", "relay_host", nil)
	}
	if r.Port < 1 || r.Port > 65535 {
		w.add("port", "field_out_of_range", fault.Values{"from": 1, "to": 65535})
	} else {
		w.because("port", g.Port(r.Port))
	}
	near := isAddress && (ip.IsLoopback() || ip.IsPrivate()) // both only where they are configured
	w.unless(r.TLS != None || near, "tls", "relay_tls_needed", nil)
}

// address reads a host that is an address. The name localhost counts as one.
func (r Relay) address() (netip.Addr, bool) {
	if r.Host == "localhost" {
		return netip.MustParseAddr("127.0.0.1"), true
	}
	ip, err := netip.ParseAddr(r.Host)
	return ip.Unmap(), err == nil
}

func isName(host string) bool {
	name, err := mailaddr.Parse("x@" + host)
	return err == nil && name.Domain() == host
}

// wrongs gathers wrong fields.
type wrongs []fault.Field

func (w *wrongs) add(field, code string, values fault.Values) {
	if values == nil {
		values = fault.Values{}
	}
	values["name"] = field
	*w = append(*w, fault.Field{Name: field, Code: code, Values: values})
}

func (w *wrongs) unless(ok bool, field, code string, values fault.Values) {
	if !ok {
		w.add(field, code, values)
	}
}

func (w *wrongs) because(field string, err error) {
	if f, ok := fault.As(err); ok {
		w.add(field, f.Code, f.Values)
	} else if err != nil {
		w.add(field, "relay_host", nil)
	}
}
