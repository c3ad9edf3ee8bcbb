package main

import (
	"slices"
	"sync"
	"testing"
)

func namesOf(rows []row) (names []string) {
	for _, r := range rows {
		names = append(names, r.name)
	}
	return names
}

// What CI runs, several runs beside each other and some rows alone, is every row
// of the short form, once.
func TestRunsThatShareAFolderRunEachRowOnce(t *testing.T) {
	whole, err := choose(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	var mu sync.Mutex
	var taken []string
	var runs sync.WaitGroup
	for range 4 {
		runs.Go(func() {
			for r, err := range claim(folder, apart(whole, false)) {
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				taken = append(taken, r.name)
				mu.Unlock()
			}
		})
	}
	runs.Wait()
	taken = append(taken, namesOf(apart(whole, true))...)
	all := namesOf(whole)
	slices.Sort(taken)
	slices.Sort(all)
	if !slices.Equal(taken, all) || len(all) != len(rows)-len(onDemand) {
		t.Errorf("the runs took %v of %v", taken, all)
	}
	n := 0
	for _, err := range claim("", whole) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != len(whole) {
		t.Errorf("without others %d of %d rows are run", n, len(whole))
	}
	for _, err := range claim(folder+"/gone", whole) {
		if err == nil {
			t.Error("a row is run that could not be claimed")
		}
	}
}

func TestRowsAreRunByName(t *testing.T) {
	if got, err := choose([]string{"F16", "F1"}, true); err != nil || !slices.Equal(namesOf(got), []string{"F1", "F16"}) {
		t.Errorf("%v, %v", namesOf(got), err)
	}
	if got, err := choose([]string{"F99"}, true); err == nil {
		t.Errorf("F99 runs %v", got)
	}
}
