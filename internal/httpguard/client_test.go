package httpguard

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestAClientCannotClaimAnotherAddress(t *testing.T) {
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	both := append(here, netip.MustParsePrefix("10.0.0.0/8"))
	for _, c := range []struct {
		name, header, want string
		proxies            []netip.Prefix
	}{
		{"no proxy is ours", "203.0.113.9", "127.0.0.1", nil},
		{"the proxy says who", "203.0.113.9", "203.0.113.9", here},
		{"a claim before what the proxy says", "198.51.100.1, 203.0.113.9", "203.0.113.9", here},
		{"two proxies", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9", both},
		{"the proxy says nothing", "", "127.0.0.1", here},
		{"no address", "203.0.113.9, unknown", "127.0.0.1", here},
		{"IPv4 in IPv6", "::ffff:203.0.113.9", "203.0.113.9", here},
		{"IPv6", "2001:db8::1", "2001:db8::1", here},
		{"everybody is a proxy", "10.0.0.3, 10.0.0.2", "10.0.0.3", both},
	} {
		addr := serve(t, func(app *fiber.App) {
			app.Get("/", func(ctx *fiber.Ctx) error {
				if got := Client(ctx, c.proxies).String(); got != c.want {
					t.Errorf("%s: %s, want %s", c.name, got, c.want)
				}
				return nil
			})
		})
		header := ""
		if c.header != "" {
			header = "X-Forwarded-For: " + c.header + "\r\n"
		}
		talk(t, addr, fmt.Sprintf("GET / HTTP/1.1\r\nHost: a\r\n%sConnection: close\r\n\r\n", header))
	}
}

func TestANetworkIsWhatOneClientHas(t *testing.T) {
	for a, want := range map[string]string{"203.0.113.9": "203.0.113.0/24", "2001:db8:1:2ff::1": "2001:db8:1:200::/56", "fe80::1%eth0": "fe80::/56"} {
		if got := Network(netip.MustParseAddr(a)).String(); got != want {
			t.Errorf("%s is of %s, want %s", a, got, want)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("nobody has a network")
	}
}
