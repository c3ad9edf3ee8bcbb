package cohort

import (
	"context"
	"fmt"
	"strings"

	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// Leaf asks for the recipients of whom any row (of List, where it is set) has
// an attribute that compares so. Its Op is never Ne.
type Leaf struct {
	List      id.List
	Attribute string
	Op        Op
	Values    []Operand
}

// Leaves gives the sets at the leaves of a rule.
type Leaves interface {
	// Everyone gives all recipients of the incident.
	Everyone(ctx context.Context) (Bitset, error)
	// List gives those with a row in a list.
	List(ctx context.Context, list id.List) (Bitset, error)
	// Attribute gives those of whom any row satisfies the leaf.
	Attribute(ctx context.Context, leaf Leaf) (Bitset, error)
	// Outcome gives those whose delivery in a campaign has one of the statuses.
	Outcome(ctx context.Context, campaign id.Campaign, statuses []outcome.Status) (Bitset, error)
	// Upgraded gives those who are to hear a cohort's notice beside their own.
	Upgraded(ctx context.Context, no id.Cohort) (Bitset, error)
}

// Matches decides a leaf for one stored value: text holds its written form,
// number its value where it is a number.
func (l Leaf) Matches(text string, number float64) bool {
	for _, v := range l.Values {
		equal := !v.IsNumber && text == v.Text || v.IsNumber && number == v.Number
		switch {
		case equal && (l.Op == Eq || l.Op == In),
			l.Op == Prefix && strings.HasPrefix(text, v.Text),
			l.Op == Lt && less(text, number, v),
			l.Op == Gt && !equal && !less(text, number, v):
			return true
		}
	}
	return l.Op == Exists
}

// less compares numbers by value and dates, being YYYY-MM-DD, as text.
func less(text string, number float64, v Operand) bool {
	if v.IsNumber {
		return number < v.Number
	}
	return text < v.Text
}

// Evaluate gives the recipients that a rule selects. The rule must have passed
// Check.
func Evaluate(ctx context.Context, r Rule, from Leaves) (Bitset, error) {
	switch {
	case r.All != nil:
		return fold(ctx, r.All, from, Bitset.And)
	case r.Any != nil:
		return fold(ctx, r.Any, from, Bitset.Or)
	case r.Not != nil:
		return complement(ctx, *r.Not, from)
	case r.Upgraded != 0:
		set, err := from.Upgraded(ctx, r.Upgraded)
		if err != nil {
			return nil, fmt.Errorf("evaluate upgrades to %s: %w", r.Upgraded, err)
		}
		return set, nil
	case r.Outcome != 0:
		set, err := from.Outcome(ctx, r.Outcome, r.Statuses)
		if err != nil {
			return nil, fmt.Errorf("evaluate outcome of %s: %w", r.Outcome, err)
		}
		return set, nil
	case r.Op == Ne:
		return differs(ctx, r, from)
	case r.Attribute != "":
		set, err := from.Attribute(ctx, Leaf{r.List, r.Attribute, r.Op, r.Values})
		if err != nil {
			return nil, fmt.Errorf("evaluate attribute: %w", err)
		}
		return set, nil
	}
	set, err := from.List(ctx, r.List)
	if err != nil {
		return nil, fmt.Errorf("evaluate list %s: %w", r.List, err)
	}
	return set, nil
}

func fold(ctx context.Context, parts []Rule, from Leaves, join func(a, b Bitset) Bitset) (Bitset, error) {
	var all Bitset
	for i, p := range parts {
		set, err := Evaluate(ctx, p, from)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			all = set
		} else {
			all = join(all, set)
		}
	}
	return all, nil
}

func complement(ctx context.Context, r Rule, from Leaves) (Bitset, error) {
	set, err := Evaluate(ctx, r, from)
	if err != nil {
		return nil, err
	}
	all, err := from.Everyone(ctx)
	if err != nil {
		return nil, fmt.Errorf("evaluate complement: %w", err)
	}
	return all.Minus(set), nil
}

// differs is ne: there is a value, and no row equals it.
func differs(ctx context.Context, r Rule, from Leaves) (Bitset, error) {
	some, err := from.Attribute(ctx, Leaf{r.List, r.Attribute, Exists, nil})
	if err != nil {
		return nil, fmt.Errorf("evaluate attribute: %w", err)
	}
	equal, err := from.Attribute(ctx, Leaf{r.List, r.Attribute, Eq, r.Values})
	if err != nil {
		return nil, fmt.Errorf("evaluate attribute: %w", err)
	}
	return some.Minus(equal), nil
}
