package regime

import (
	"slices"
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

var (
	berlin  = zone("Europe/Berlin")
	newYork = zone("America/New_York")
	today   = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
)

// tester is a test, or one of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func reckon(t tester, x Situation) Reckoning {
	t.Helper()
	if x.On.IsZero() {
		x.On = today
	}
	out, err := Builtin().Due(x)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func duty(t tester, r Reckoning, id string) Duty {
	t.Helper()
	at := slices.IndexFunc(r.Duties, func(d Duty) bool { return d.ID == id })
	if at < 0 {
		t.Fatalf("there is no %s among %v", id, ids(r))
	}
	return r.Duties[at]
}

func ids(r Reckoning) []string { return idsOf(r.Duties, func(d Duty) string { return d.ID }) }

// TestMain runs where the machine's own zone is not UTC.
func TestMain(m *testing.M) {
	time.Local = newYork
	m.Run()
}

// wrongs gives the refused fields with their codes, and holds that each has a
// whole sentence.
func wrongs(t testing.TB, err error) map[string]string {
	t.Helper()
	f, ok := fault.As(err)
	if !ok {
		t.Fatalf("%v is no fault", err)
	}
	all := map[string]string{}
	for _, x := range append(f.Fields, fault.Field{Code: f.Code, Values: f.Values}) {
		if x.Name != "" {
			all[x.Name] = x.Code
		}
		if s := phrase.Say(x.Code, x.Values); s == x.Code || strings.Contains(s, "‘–’") || strings.Contains(s, " – –") || strings.Contains(s, "Line –") {
			t.Errorf("%s has no whole sentence: %s", x.Code, s)
		}
	}
	return all
}
