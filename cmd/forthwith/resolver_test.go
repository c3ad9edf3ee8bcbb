package main

import "testing"

func TestOnlyProductionAsksTheSystemsResolver(t *testing.T) {
	for _, c := range []struct {
		setting, marker string
		asks            bool
	}{
		{"system", "production", true}, {"off", "production", false}, {"192.0.2.53:53", "production", true},
		{"system", "sample", false}, {"system", "test", false}, {"192.0.2.53:53", "test", true}, {"off", "sample", false},
	} {
		if got := resolver(c.setting, c.marker) != nil; got != c.asks {
			t.Errorf("%s on a %s installation: %t", c.setting, c.marker, got)
		}
	}
}
