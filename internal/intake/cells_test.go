package intake_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/intake"
)

func TestCellsAreReadAsJSONReadsThem(t *testing.T) {
	odd := rapid.SampledFrom([]string{"", ",", `"`, `","`, `\`, "[", "]", `["`, `"]`, "<&>", "\n", "\x7f", "é", "\u2028", "\xff", "Ada", " "})
	cell := rapid.Custom(func(t *rapid.T) string {
		s := ""
		for _, part := range rapid.SliceOfN(odd, 0, 3).Draw(t, "parts") {
			s += part
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		doc := intake.CellsJSON(nil, rapid.SliceOfN(cell, 0, 5).Draw(t, "cells"))
		var want []string
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		if got, err := intake.ReadCells(doc); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: got %q, %v, want %q", doc, got, err, want)
		}
	})
}

func TestWhatIsNoListOfCellsIsRefused(t *testing.T) {
	for _, doc := range []string{"", "[", `["a"`, `["a",1]`, `["a" "b"]`, `["a","b""]`, `["a,"b"]`, `{"a":"b"}`} {
		if cells, err := intake.ReadCells([]byte(doc)); err == nil {
			t.Errorf("%s was read as %q", doc, cells)
		}
	}
}
