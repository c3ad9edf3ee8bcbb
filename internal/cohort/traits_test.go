package cohort

import (
	"fmt"
	"testing"

	"forthwith/internal/id"
)

func TestTraitsCountPeopleByPlacesAndLanguageTogether(t *testing.T) {
	var all Traits
	all.Add(1, []string{"US-CA"}, "en")
	all.Add(2, []string{"US-CA"}, "es")
	all.Add(3, []string{"US-TX", "US-CA"}, "en")
	all.Add(4, []string{"US-CA", "US-TX"}, "en")
	all.Add(7, nil, "")
	all.Add(8, []string{"US-CA"}, "en")
	for members, want := range map[string]string{
		fmt.Sprint(all.Groups(Of(1, 2, 3, 4, 7, 8))): "[{[US-CA] en 2} {[US-CA US-TX] en 2} {[]  1} {[US-CA] es 1}]",
		fmt.Sprint(all.Groups(Of(2, 7))):             "[{[]  1} {[US-CA] es 1}]",
		fmt.Sprint(all.Groups(Of(5, 900))):           "[]", // numbers that nobody has
		fmt.Sprint(Traits{}.Groups(Of(1))):           "[]",
	} {
		if members != want {
			t.Errorf("got %s, want %s", members, want)
		}
	}
}

func TestASampleIsSmall(t *testing.T) {
	var everybody Bitset
	for no := range 1000 {
		everybody.Add(no)
	}
	p := picture{firsts: []First{{ID: 1, Precedence: 7, Matches: everybody}}, resolved: map[id.Cohort]Resolved{1: {ID: 1, Members: everybody}}}
	if got := p.sample(1); len(got) != sampleSize || got[9].Person != 9 || got[9].Reason.Precedence != 7 {
		t.Errorf("a sample of %d: %v", len(got), got)
	}
}
