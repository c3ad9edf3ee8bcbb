package main

import (
	"slices"
	"testing"

	"forthwith/internal/delivery"
	"forthwith/internal/redislimit"
)

func TestACampaignHasItsOwnBucketWhereItIsSlowerThanItsRelay(t *testing.T) {
	relay := redislimit.Limit{Key: "rel_3", PerSecond: 50}
	for rate, want := range map[float64][]redislimit.Limit{
		0.01: {relay, {Key: "cmp_7", PerSecond: 0.01}},
		50:   {relay},
		80:   {relay},
	} {
		got := buckets(delivery.Allowance{Relay: 3, RelayRate: 50, Campaign: 7, CampaignRate: rate})
		if !slices.Equal(got, want) {
			t.Errorf("at %g a second: %v", rate, got)
		}
	}
}
