package campaign

import (
	"testing"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

func TestACampaignMovesAmongTheRelaysOfItsPlan(t *testing.T) {
	cases := []struct {
		name     string
		state    State
		from, to id.Relay
		code     string
	}{
		{"to the other", Sending, 1, 2, ""},
		{"back while it pauses", Paused, 2, 1, ""},
		{"to one that nobody approved", Sending, 1, 3, "relay_not_of_plan"},
		{"to where it is", Sending, 1, 1, "relay_same"},
		{"before its launch", Approved, 1, 2, "campaign_wrong_state"},
		{"after its end", Complete, 1, 2, "campaign_wrong_state"},
	}
	if err := (Campaign{State: Sending, Settings: Settings{Relays: []id.Relay{1}}}).mayMove(Move{From: 1, To: 2}); !fault.Is(err, "failover_one_relay") {
		t.Errorf("with one relay: %v", err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := Campaign{State: c.state, Settings: Settings{Relays: []id.Relay{1, 2}}}.mayMove(Move{From: c.from, To: c.to, Reason: "slow"})
			f, refused := fault.As(err)
			if refused != (c.code != "") {
				t.Fatalf("%v", err)
			}
			if refused && f.Code != c.code && (len(f.Fields) == 0 || f.Fields[0].Code != c.code) {
				t.Errorf("refused as %s %v, want %s", f.Code, f.Fields, c.code)
			}
		})
	}
}
