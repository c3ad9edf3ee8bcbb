package relay

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/fault"
)

// local allows this machine and one more port, as a stack with an inbox does.
type local struct{}

func (local) Port(port int) error {
	if port == 587 || port == 1025 {
		return nil
	}
	return fault.New(fault.Invalid, "relay_port_not_allowed", nil)
}

func (local) Addr(ip netip.Addr) error {
	if ip.IsLoopback() {
		return nil
	}
	return fault.New(fault.Invalid, "relay_address_not_allowed", nil)
}

func TestAStackWithSamplePeopleSendsToItsInboxOnly(t *testing.T) {
	inbox := Relay{Name: "Inbox", Settings: Settings{Host: "127.0.0.1", Port: 1025, TLS: None}}
	s := Service{Guard: local{}, OnlyHostPort: "127.0.0.1:1025"}
	if _, err := s.fit(Change{}, inbox); err != nil {
		t.Errorf("the inbox: %v", err)
	}
	for name, c := range map[string]Change{"another host": {Host: ptr("smtp.example.com")}, "another port": {Port: ptr(587)}, "the same by another name": {Host: ptr("localhost")}} {
		if _, err := s.fit(c, inbox); !fault.Is(err, "relay_sample_only") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.OnlyHostPort = ""
	if _, err := s.fit(Change{Host: ptr("localhost")}, inbox); err != nil {
		t.Errorf("without the sample: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestWhatWasLeftOutIsFilledOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Relay{Name: rapid.String().Draw(t, "name"), Settings: Settings{
			Host: rapid.SampledFrom([]string{"smtp.example.com", "SMTP.Example.Com ", "[::1]", "bücher.example", "", "a b"}).Draw(t, "host"),
			Port: rapid.IntRange(0, 70000).Draw(t, "port"), Username: rapid.SampledFrom([]string{"", "u"}).Draw(t, "username")}}
		once := r.normalise()
		if once != once.normalise() {
			t.Fatalf("%+v, then %+v", once, once.normalise())
		}
		if once.TLS != StartTLS {
			t.Fatalf("TLS is %s unless it is asked for", once.TLS)
		}
	})
}
