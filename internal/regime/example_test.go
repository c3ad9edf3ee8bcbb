package regime_test

import (
	"fmt"
	"time"

	"forthwith/internal/regime"
)

// An incident with people in Germany and California, found by a test of the
// sign-up flow on an evening in August.
func ExampleSet_Due() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	reckoning, err := regime.Builtin().Due(regime.Situation{
		On:       time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
		Events:   map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-08T19:30:00Z"},
		People:   map[string]int{"DE": 40, "US-CA": 500},
		Calendar: regime.Calendar{Zone: berlin},
	})
	if err != nil {
		panic(err)
	}
	for _, d := range reckoning.Duties[:2] {
		fmt.Println(d.ID, d.Standing, d.Clock.Due.At)
	}
	for _, d := range reckoning.Duties {
		if d.Standing == regime.NotReached {
			fmt.Println(d.ID, d.Count.People, d.Count.Threshold.Op, d.Count.Threshold.Count)
		}
	}
	// Output:
	// eu-gdpr.regulator.dpa reached 2022-08-11 21:30:00 +0200 CEST
	// us-ca.individual_notice for_judgement 2022-09-07 23:59:59 +0200 CEST
	// us-ca.regulator.ag-us-ca 500 gt 500
}
