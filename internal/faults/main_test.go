package main

import (
	"slices"
	"testing"
)

func namesOf(rows []row) (names []string) {
	for _, r := range rows {
		names = append(names, r.name)
	}
	return names
}

// What CI runs in shares is every row of the short form, once.
func TestTheSharesAreAllRows(t *testing.T) {
	var ran []string
	for _, share := range []string{"1/2", "2/2", "alone"} {
		chosen, err := choose(nil, share, true)
		if err != nil {
			t.Fatal(err)
		}
		ran = append(ran, namesOf(chosen)...)
	}
	whole, err := choose(nil, "", true)
	if err != nil {
		t.Fatal(err)
	}
	all := namesOf(whole)
	slices.Sort(ran)
	slices.Sort(all)
	if !slices.Equal(ran, all) {
		t.Errorf("the shares run %v of %v", ran, all)
	}
	if len(all) != len(rows)-len(onDemand) {
		t.Errorf("%d of %d rows run", len(all), len(rows))
	}
}

func TestRowsAreRunByName(t *testing.T) {
	if got, err := choose([]string{"F16", "F1"}, "", true); err != nil || !slices.Equal(namesOf(got), []string{"F1", "F16"}) {
		t.Errorf("%v, %v", namesOf(got), err)
	}
	for _, c := range []struct {
		name, share string
	}{{"F99", ""}, {"F1", "0/2"}, {"F1", "3/2"}, {"F1", "half"}} {
		if got, err := choose([]string{c.name}, c.share, true); err == nil {
			t.Errorf("%+v runs %v", c, namesOf(got))
		}
	}
}
