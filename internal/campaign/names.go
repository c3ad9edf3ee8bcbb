package campaign

import (
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// warnNames tells what the last look at the DNS of the sender leaves open for
// this plan. It is a fact of the world: it keeps nobody from sending, and no plan
// changes with it.
func (m Material) warnNames(at time.Time, found *findings) {
	keys, relays := m.named()
	c := m.Names
	if c != nil {
		of := c.Of(relays)
		c = &of
	}
	standing := c.Standing(m.Sender.Revision, at)
	if c != nil && !c.Covers(keys, m.hosts()) {
		standing = sender.LookedOther
	}
	switch standing {
	case sender.NeverLooked:
		found.add("", Finding{Code: "names_never"}, 0)
	case sender.LookedOther:
		found.add("", Finding{Code: "names_changed"}, 0)
	case sender.LookedOld:
		found.add("", Finding{Code: "names_old", Values: fault.Values{"days": int(at.Sub(c.At) / (24 * time.Hour))}}, 0)
	case sender.LookedBlind:
		found.add("", Finding{Code: "names_blind"}, 0)
	case sender.LookedWrong:
		warnMissing(c.Missing(), found)
	}
}

// warnMissing names the keys that receivers cannot check with, and counts the
// rest.
func warnMissing(all []sender.Item, found *findings) {
	var selectors []string
	for _, i := range all {
		if i.Kind == sender.AboutKey {
			selectors = append(selectors, i.Subject)
		}
	}
	if len(selectors) > 0 {
		found.add("", Finding{Code: "names_key", Values: fault.Values{"selectors": strings.Join(selectors, ", ")}}, 0)
	}
	if rest := len(all) - len(selectors); rest > 0 {
		found.add("", Finding{Code: "names_wrong", Values: fault.Values{"count": rest}}, 0)
	}
}

// named are the keys and the relays of the plan.
func (m Material) named() (keys []id.DKIMKey, relays []id.Relay) {
	for _, k := range m.Sender.DKIMKeys {
		keys = append(keys, k.ID)
	}
	for _, r := range m.Relays {
		relays = append(relays, r.ID)
	}
	return keys, relays
}

func (m Material) hosts() []sender.RelayHost {
	out := make([]sender.RelayHost, len(m.Relays))
	for i, r := range m.Relays {
		out[i] = sender.RelayHost{ID: r.ID, Name: r.Name, Host: r.Host}
	}
	return out
}
