package cohort

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/id"
)

// asSets compares sets by their members.
var asSets = cmp.Comparer(func(a, b Bitset) bool { return a.Minus(b).Len() == 0 && b.Minus(a).Len() == 0 })

func TestTheSmallestPrecedenceWins(t *testing.T) {
	got := Resolve([]First{
		{ID: 1, Precedence: 20, Matches: Of(1, 2, 3, 4, 5), Excluded: Of(5)},
		{ID: 2, Precedence: 10, Matches: Of(2, 3, 9), Excluded: Of(3)},
	}, nil)
	want := []Resolved{
		{ID: 2, Size: 3, Members: Of(2, 9), Excluded: Of(3)},
		{ID: 1, Size: 5, Members: Of(1, 3, 4), LostTo: []Loss{{2, 1}}, Excluded: Of(5)},
	}
	if diff := cmp.Diff(want, got, asSets); diff != "" {
		t.Error(diff)
	}
}

func TestAPlacementNeverMoves(t *testing.T) {
	placed := map[id.Cohort]Bitset{1: Of(1, 2)}
	got := Resolve([]First{
		{ID: 1, Precedence: 20, Frozen: true, Matches: Of(1, 2, 3)},
		{ID: 2, Precedence: 10, Matches: Of(2, 3), Excluded: Of(1)},
	}, placed)
	want := []Resolved{
		{ID: 2, Size: 2, Members: Of(3), LostTo: []Loss{{1, 1}}},
		{ID: 1, Size: 3, Members: Of(1, 2), LostTo: []Loss{{2, 1}}},
	}
	if diff := cmp.Diff(want, got, asSets); diff != "" {
		t.Error(diff)
	}
}

func TestAFrozenCohortTakesNobodyWhoCameAfterIt(t *testing.T) {
	got := Resolve([]First{
		{ID: 1, Precedence: 10, Frozen: true, Matches: Of(1, 2, 3)},
		{ID: 2, Precedence: 20, Matches: Of(1, 2)},
	}, map[id.Cohort]Bitset{1: Of(1)})
	want := []Resolved{
		{ID: 1, Size: 2, Members: Of(1), LostTo: []Loss{{2, 1}}},
		{ID: 2, Size: 2, Members: Of(2), LostTo: []Loss{{1, 1}}},
	}
	if diff := cmp.Diff(want, got, asSets); diff != "" {
		t.Error(diff)
	}
}

func TestEveryRecipientIsInOnePlaceWhateverTheOrder(t *testing.T) {
	set := rapid.Map(rapid.SliceOfN(rapid.IntRange(1, 70), 0, 30), func(n []int) Bitset { return Of(n...) })
	rapid.Check(t, func(t *rapid.T) {
		var cohorts []First
		placed, taken := map[id.Cohort]Bitset{}, Bitset{}
		for n := range rapid.IntRange(1, 5).Draw(t, "cohorts") {
			c := First{ID: id.Cohort(n + 1), Precedence: rapid.IntRange(1, 3).Draw(t, "precedence"),
				Matches: set.Draw(t, "matches"), Excluded: set.Draw(t, "excluded"), Frozen: rapid.Bool().Draw(t, "frozen")}
			if c.Frozen {
				placed[c.ID] = set.Draw(t, "placed").Minus(taken)
				taken = taken.Or(placed[c.ID])
			}
			cohorts = append(cohorts, c)
		}
		out := Resolve(cohorts, placed)
		if diff := cmp.Diff(out, Resolve(rapid.Permutation(cohorts).Draw(t, "order"), placed), asSets); diff != "" {
			t.Fatalf("the order of cohorts changed the result: %s", diff)
		}
		checkResolved(t, cohorts, placed, out)
	})
}

func checkResolved(t *rapid.T, cohorts []First, placed map[id.Cohort]Bitset, out []Resolved) {
	of := map[id.Cohort]First{}
	for _, c := range cohorts {
		of[c.ID] = c
	}
	var somewhere, wanted Bitset
	for _, r := range out {
		lost := 0
		for _, l := range r.LostTo {
			lost += l.Size
		}
		if r.Size != r.Members.Len()+lost+r.Excluded.Len() {
			t.Fatalf("%s: %d is not %d + %d + %d", r.ID, r.Size, r.Members.Len(), lost, r.Excluded.Len())
		}
		if somewhere.And(r.Members).Len() > 0 {
			t.Fatal("somebody is in two places")
		}
		somewhere = somewhere.Or(r.Members)
		if placed[r.ID].Minus(r.Members).Len() > 0 {
			t.Fatal("a placement moved")
		}
		c := of[r.ID]
		if r.Excluded.Minus(c.Excluded.And(c.Matches)).Len() > 0 || r.Excluded.And(r.Members).Len() > 0 {
			t.Fatal("somebody counts as excluded who is not, or is a member all the same")
		}
		if !c.Frozen && r.Members.Minus(placed[r.ID]).And(c.Excluded).Len() > 0 {
			t.Fatal("somebody excluded became a member")
		}
		if !c.Frozen {
			if r.Excluded.Len() != c.Matches.And(c.Excluded).Minus(placed[r.ID]).Len() {
				t.Fatal("somebody excluded counts as lost to another cohort")
			}
			wanted = wanted.Or(c.Matches.Minus(c.Excluded))
			if r.Size != c.Matches.Or(r.Members).Len() {
				t.Fatal("somebody whom a draft matches is not accounted for")
			}
		}
	}
	if wanted.Minus(somewhere).Len() > 0 {
		t.Fatal("somebody whom a cohort wants is nowhere")
	}
}

func TestBitsetsAreSets(t *testing.T) {
	numbers := rapid.SliceOfN(rapid.IntRange(0, 300), 0, 40)
	rapid.Check(t, func(t *rapid.T) {
		x, y := numbers.Draw(t, "x"), numbers.Draw(t, "y")
		a, b := Of(x...), Of(y...)
		n := 0
		for i := range 301 {
			if a.Has(i) {
				n++
			}
			if a.And(b).Has(i) != (a.Has(i) && b.Has(i)) || a.Or(b).Has(i) != (a.Has(i) || b.Has(i)) || a.Minus(b).Has(i) != (a.Has(i) && !b.Has(i)) {
				t.Fatal(i)
			}
		}
		last := -1
		a.Each(func(i int) bool {
			if i <= last || !a.Has(i) {
				t.Fatalf("%d after %d", i, last)
			}
			last, n = i, n-1
			return true
		})
		if n != 0 || a.Len() != Of(x...).Len() || !cmp.Equal(a, Of(x...)) {
			t.Fatal("members were lost or an operand was changed")
		}
	})
}
