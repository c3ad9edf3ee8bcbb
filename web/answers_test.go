package web

import (
	"testing"
	"time"
)

func TestASpanIsSaidInItsOwnUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0 seconds", 0: "0 seconds", 89 * time.Second: "89 seconds", 90 * time.Second: "2 minutes", 3 * time.Hour: "3 hours"} {
		if got := span(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
