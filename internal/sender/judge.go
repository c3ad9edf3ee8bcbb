package sender

import (
	"cmp"
	"net/netip"
	"slices"

	"forthwith/internal/dkim"
)

// judge says of each thing what the answers tell, in the order in which it is
// shown. It asks nobody, and claims nothing that the answers do not say.
func judge(s Subject, a Answers) []Item {
	p, dmarc := judgePolicy(s, a)
	keys, record, relays := judgeKeys(s, a), judgeRecord(s, a), judgeRelays(s, a)
	items := judgePass(s, p, dmarc.State, keys, relays)
	items = append(append(append(append(items, keys...), dmarc), record), relays...)
	_, reply := splitAddress(s.Sender.ReplyTo)
	items = append(items, domain(AboutBounce, s.Sender.BounceDomain, a.Bounce), domain(AboutReply, reply, a.Reply), domain(AboutFrom, s.Sender.FromDomain(), a.From))
	if a.Off {
		for i := range items {
			if items[i].Code == "dns_silent" {
				items[i].Code = "dns_off"
			}
		}
	}
	return items
}

func domain(kind Kind, name string, h Heard) Item {
	i := Item{Kind: kind, Subject: name, Values: map[string]any{"domain": name}}
	switch h {
	case Found:
		i.State, i.Code = OK, "dns_"+string(kind)+"_ok"
	case Nothing:
		i.State, i.Code = Wrong, "dns_"+string(kind)+"_missing"
	default:
		i.State, i.Code = CannotTell, "dns_silent"
	}
	return i
}

func judgeKeys(s Subject, a Answers) []Item {
	var items []Item
	for _, k := range s.Keys {
		t := a.Keys[k.ID]
		i := Item{Kind: AboutKey, Subject: k.Selector, Key: k.ID, Found: shown(t.Records), Aside: !k.Signs(s.Sender.Details), Values: map[string]any{"selector": k.Selector, "host": k.Host()}}
		i.State, i.Code = keySeen(k, t)
		if i.State != OK {
			i.Record = &Record{k.Host(), "TXT", k.Record()}
		}
		items = append(items, i)
	}
	return items
}

func judgePolicy(s Subject, a Answers) (policy, Item) {
	from := s.Sender.FromDomain()
	p, state, code := dmarcSeen(from, a.DMARC, a.Parent)
	found := dmarcRecords(a.DMARC)
	if len(found) == 0 {
		found = dmarcRecords(a.Parent)
	}
	i := Item{Kind: AboutDMARC, Subject: from, State: state, Code: code, Found: shown(found), Values: map[string]any{"domain": cmp.Or(p.At, from), "policy": p.Do, "percent": p.Percent}}
	if code == "dns_dmarc_missing" || code == "dns_dmarc_unreadable" {
		i.Record = &Record{"_dmarc." + cmp.Or(p.At, organisational(from)), "TXT", "v=DMARC1; p=none"}
	}
	return p, i
}

func judgeRecord(s Subject, a Answers) Item {
	name, r := s.Sender.BounceDomain, a.Passes[anybody]
	i := Item{Kind: AboutSPF, Subject: name, Found: shown(spfRecords(a.SPF)), Values: map[string]any{"domain": name}}
	i.State, i.Code = recordSeen(r)
	var ips []netip.Addr
	for _, relay := range s.Relays {
		if state, code := relaySeen(s, relay, a); state == Wrong && code != "dns_relay_ok" {
			ips = append(ips, notPassing(relay, a)...)
		}
	}
	i.Record = spfWith(name, a.SPF, r, sorted(ips))
	return i
}

func spfRecords(t Texts) []string {
	return slices.DeleteFunc(slices.Clone(t.Records), func(text string) bool { _, is := spfRecord(Texts{Records: []string{text}}); return !is })
}

func notPassing(r RelayHost, a Answers) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(a.Relays[r.ID].All), func(ip netip.Addr) bool { return a.Passes[ip] == SPFPass })
}

func sorted(ips []netip.Addr) []netip.Addr {
	slices.SortFunc(ips, netip.Addr.Compare)
	return slices.Compact(ips)
}

func judgeRelays(s Subject, a Answers) []Item {
	var items []Item
	for _, r := range s.Relays {
		i := Item{Kind: AboutRelay, Subject: r.Name, Relay: r.ID, Host: r.Host, Values: map[string]any{"relay": r.Name, "host": r.Host, "domain": s.Sender.BounceDomain}}
		if i.State, i.Code = relaySeen(s, r, a); i.Code == "dns_relay_not" || i.Code == "dns_relay_elsewhere" {
			i.Values["add"] = joinMechanisms(sorted(notPassing(r, a)))
		}
		items = append(items, i)
	}
	return items
}

func joinMechanisms(ips []netip.Addr) string {
	text := ""
	for n, ip := range ips {
		if n > 0 {
			text += " "
		}
		text += mechanism(ip)
	}
	return text
}

// judgePass tells whether mail passes DMARC: by a signature of the domain of
// From, whatever relay it goes through, or by SPF under a bounce domain that
// vouches for it, through each relay on its own.
func judgePass(s Subject, p policy, known State, keys, relays []Item) []Item {
	state, code := signed(s, keys)
	if state == OK {
		return []Item{{Kind: AboutPass, Subject: s.Sender.FromDomain(), State: OK, Code: code}}
	}
	values := map[string]any{"domain": s.Sender.FromDomain(), "bounces": s.Sender.BounceDomain}
	if len(relays) == 0 { // what SPF would say is open
		relays = []Item{{Subject: s.Sender.FromDomain(), State: CannotTell}}
	}
	items := make([]Item, len(relays))
	for n, r := range relays {
		i := Item{Kind: AboutPass, Subject: r.Subject, Relay: r.Relay, Host: r.Host, State: state, Code: code, Values: values}
		i.State, i.Code = bySPF(s, p, known, r.State, i.State, i.Code)
		items[n] = i
	}
	return items
}

// signed tells whether a signature vouches for From. One that every receiver
// can check has to be among them.
func signed(s Subject, keys []Item) (State, string) {
	silent, some := false, false
	for _, i := range keys {
		switch {
		case i.Aside:
		case i.State == OK && algorithm(s, i) == dkim.RSA2048:
			return OK, "dns_pass_signed"
		case i.State == OK:
			some = true
		case i.State == CannotTell:
			silent = true
		}
	}
	switch {
	case silent:
		return CannotTell, "dns_silent"
	case some:
		return CannotTell, "dns_pass_new"
	}
	return Wrong, "dns_pass_not"
}

func algorithm(s Subject, i Item) dkim.Algorithm {
	return s.Keys[slices.IndexFunc(s.Keys, func(k Key) bool { return k.ID == i.Key })].Algorithm
}

// bySPF adds what SPF tells through one relay to what the signatures told.
// Whether it must be strict stands in a policy that has to be known, unless both
// domains are the same.
func bySPF(s Subject, p policy, known, relay, state State, code string) (State, string) {
	from, bounces := s.Sender.FromDomain(), s.Sender.BounceDomain
	switch {
	case !aligned(bounces, from, p.StrictS && known == OK):
		return state, code
	case relay == Wrong:
		return state, code
	case relay == CannotTell, known == CannotTell && bounces != from:
		if state == Wrong {
			return CannotTell, "dns_pass_open"
		}
		return state, code
	}
	return OK, "dns_pass_spf"
}

// What is kept of records that stand: enough to find them by.
const (
	mostShown    = 5
	longestShown = 600
)

func shown(records []string) []string {
	if len(records) > mostShown {
		records = records[:mostShown]
	}
	out := make([]string, len(records))
	for i, text := range records {
		if out[i] = text; len(text) > longestShown {
			out[i] = text[:longestShown] + "…"
		}
	}
	return out
}
