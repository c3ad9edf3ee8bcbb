package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"forthwith/internal/cohort"
)

// What is remembered of an incident's people must go when a list or a freeze
// changes them, and must never be another incident's.
func TestWhatIsRememberedOfPeopleFollowsThem(t *testing.T) {
	d := newDesk(t)
	look := func() cohort.Figures {
		t.Helper()
		f, err := d.cohorts().Size(context.Background(), d.ops, d.incident, cohort.Sketch{Rule: rule(t, `{"any":[{"attribute":"plan","op":"eq","value":"free"},{"not":{"attribute":"plan","op":"eq","value":"pro"}}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	say := func(f cohort.Figures) string { return fmt.Sprint(f.Size, f.Resolved, f.ByJurisdiction, f.ByLocale) }
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	first := look()
	if again := look(); say(again) != say(first) || first.Size != 3 {
		t.Fatalf("two looks give %s and %s", say(first), say(again))
	}
	d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,free,b-9,,,,\ndee@example.com,Dee,FL,fr,free,d-1,,,,\n", fullMapping)
	second := look()
	if want := "5 5 map[US-CA:2 US-FL:1 US-NY:1 US-TX:1 none:1] map[de:1 en:2 fr:1 none:1]"; say(second) != want {
		t.Errorf("after a second list: %s, want %s", say(second), want)
	}
	d.frozen(t, d.cohort(t, "All of A", 1, fmt.Sprintf(`{"list":%q}`, a.ID)).ID)
	if third := look(); third.Size != 5 || third.Resolved != 1 {
		t.Errorf("after a freeze: %s", say(third))
	}
	here := d.incident
	d.incident = d.open(t)
	d.imported(t, d.incident, header+"eve@example.com,Eve,CA,en,free,e-1,,,,\n", fullMapping)
	if other := look(); other.Size != 1 {
		t.Errorf("another incident has %s", say(other))
	}
	d.incident = here
	if back := look(); back.Resolved != 1 || back.Size != 5 {
		t.Errorf("back again: %s", say(back))
	}
}

func TestManyLookAtOnce(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, fourPeople, fullMapping)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			f, err := d.cohorts().Size(context.Background(), d.ops, d.incident, cohort.Sketch{Rule: rule(t, `{"attribute":"plan","op":"exists"}`)})
			if err != nil || f.Size != 3 {
				t.Errorf("%d people, %v", f.Size, err)
			}
		})
	}
	all.Wait()
}
