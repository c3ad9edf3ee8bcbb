package delivery

import (
	"slices"
	"testing"
)

func claimedOf(domains ...byte) (people []Claimed) {
	for i, d := range domains {
		people = append(people, Claimed{Seq: int64(i + 1), Domain: Domain{d}})
	}
	return people
}

func seqs(people []Claimed) (all []int64) {
	for _, p := range people {
		all = append(all, p.Seq)
	}
	return all
}

// Of a domain no more letters are in hand than five seconds of its rate, or eight
// for each that may be under way, whichever is less; at least one is.
func TestNoMoreOfADomainIsInHandThanItsBounds(t *testing.T) {
	one, other := Domain{1}, Domain{2}
	for name, c := range map[string]struct {
		rates DomainRates
		most  int // of domain 1 in hand
	}{
		"without a bound":                         {DomainRates{}, 40},
		"two a second":                            {DomainRates{Named: map[Domain]float64{one: 2}}, 10},
		"one in ten seconds":                      {DomainRates{Named: map[Domain]float64{one: 0.1}}, 1},
		"two under way":                           {DomainRates{Caps: map[Domain]int{one: 2}}, 16},
		"two under way, and a lower rate":         {DomainRates{Named: map[Domain]float64{one: 2}, Caps: map[Domain]int{one: 2}}, 10},
		"one under way, and a higher rate":        {DomainRates{Named: map[Domain]float64{one: 1000}, Caps: map[Domain]int{one: 1}}, 8},
		"as any other":                            {DomainRates{Any: 1, AnyCap: 3}, 5},
		"more than any other":                     {DomainRates{Any: 1, Named: map[Domain]float64{one: 4}}, 20},
		"another one is bounded, this one is not": {DomainRates{Named: map[Domain]float64{other: 1}}, 40},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDomains()
			d.follow(c.rates)
			people := claimedOf(slices.Repeat([]byte{1}, 40)...)
			for range 2 { // what is full takes nobody more
				now, aside := d.admit(people)
				if len(now)+len(aside) != 40 || d.inHand[one] > c.most {
					t.Fatalf("%d taken and %d set aside, %d in hand", len(now), len(aside), d.inHand[one])
				}
				if c.most == 40 {
					if len(now) != 40 || len(d.full()) > 0 {
						t.Errorf("%d of 40 taken, full: %v", len(now), d.full())
					}
					return
				}
			}
			if d.inHand[one] != c.most || !slices.Equal(d.full(), []Domain{one}) {
				t.Errorf("%d in hand, want %d; full: %v", d.inHand[one], c.most, d.full())
			}
			d.left(one)
			if now, aside := d.admit(people); len(now) != 1 || len(aside) != 39 {
				t.Errorf("when one has left, %d are taken", len(now))
			}
		})
	}
}

// Whoever does not fit is set aside, and nobody else with them.
func TestOnlyAFullDomainIsSetAside(t *testing.T) {
	d := newDomains()
	d.follow(DomainRates{Named: map[Domain]float64{{1}: 0.4}}) // two in hand
	now, aside := d.admit(claimedOf(1, 2, 1, 1, 3, 1, 2))
	if !slices.Equal(seqs(now), []int64{1, 2, 3, 5, 7}) || !slices.Equal(seqs(aside), []int64{4, 6}) {
		t.Errorf("taken %v, set aside %v", seqs(now), seqs(aside))
	}
	for range 5 { // two were in hand, and some never were
		d.left(Domain{1})
		d.left(Domain{2})
	}
	if busy, _ := d.busy(); busy || len(d.inHand) != 0 {
		t.Errorf("%v are in hand when all have left", d.inHand)
	}
}
