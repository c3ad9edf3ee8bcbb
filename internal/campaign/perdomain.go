package campaign

import (
	"maps"
	"math"
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
)

// PerDomain bounds the messages a second to a recipient domain, or how many are
// under way to it at once, over all relays and workers. AnyDomain speaks of each domain that is not named. A domain that
// neither speaks of has no bound of its own.
type PerDomain map[string]float64

// AnyDomain names the bound of every domain that has none of its own.
const AnyDomain = "default"

// mostDomains is how many domains may be named.
const mostDomains = 200

// concurrency is the field that bounds what is under way, in whole messages.
const (
	concurrency  = "max_concurrency_per_domain"
	mostUnderWay = 500
)

// normalise gives the domains as addresses have them. What is no domain stays
// for check to refuse.
func (p PerDomain) normalise() PerDomain {
	if len(p) == 0 {
		return nil
	}
	out := make(PerDomain, len(p))
	for name, rate := range p {
		if domain, err := mailaddr.ParseDomain(name); err == nil {
			name = domain
		}
		if other, twice := out[name]; twice {
			rate = min(rate, other)
		}
		out[name] = rate
	}
	return out
}

// check refuses what names no domain, or bounds nothing.
func (p PerDomain) check(field string) (wrong []fault.Field) {
	if len(p) > mostDomains {
		wrong = append(wrong, fault.Field{Name: field, Code: "too_many_domains", Values: fault.Values{"most": mostDomains}})
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if _, err := mailaddr.ParseDomain(name); err != nil && name != AnyDomain {
			wrong = append(wrong, fault.Field{Name: field, Code: "domain_wrong", Values: fault.Values{"domain": name}})
		}
		switch n := p[name]; {
		case field == concurrency && !(n >= 1 && n <= mostUnderWay && n == math.Trunc(n)):
			wrong = append(wrong, fault.Field{Name: field, Code: "domain_count_wrong", Values: fault.Values{"domain": name, "to": mostUnderWay}})
		case field != concurrency && !(n > 0 && n <= fastestRate):
			wrong = append(wrong, fault.Field{Name: field, Code: "domain_rate_wrong", Values: fault.Values{"domain": name, "to": fastestRate}})
		}
	}
	return wrong
}

// Of gives the bound of a domain; false: it has none.
func (p PerDomain) Of(domain string) (float64, bool) {
	if rate, named := p[domain]; named {
		return rate, true
	}
	rate, bounded := p[AnyDomain]
	return rate, bounded
}

// lower gives the bounds with some of them lowered. A bound may be set where
// there was none; to raise or drop one is an amendment.
func (p PerDomain) lower(to PerDomain) (PerDomain, error) {
	wrong := to.check("max_per_domain")
	out := maps.Clone(p)
	if out == nil {
		out = PerDomain{}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if now, bound := p.Of(name); bound && to[name] > now {
			wrong = append(wrong, fault.Field{Name: "max_per_domain", Code: "domain_only_lower", Values: fault.Values{"domain": name, "now": now}})
		}
		out[name] = to[name]
	}
	if rest, lowered := to[AnyDomain]; lowered {
		for name, rate := range out {
			if _, meant := to[name]; !meant {
				out[name] = min(rate, rest)
			}
		}
	}
	return out, fault.Wrongs(wrong)
}
