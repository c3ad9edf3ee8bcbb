package ledger

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

func leaves(n int) []Hash {
	out := make([]Hash, n)
	for i := range out {
		out[i] = RecordHash(fmt.Appendf(nil, "leaf %d", i))
	}
	return out
}

func TestGrowingInAnyStepsGivesTheSameRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := leaves(rapid.IntRange(1, 300).Draw(t, "leaves"))
		stored := map[Node]Hash{}
		read := func(want []Node) ([]Hash, error) {
			out := make([]Hash, len(want))
			for i, w := range want {
				h, ok := stored[w]
				if !ok {
					return nil, fmt.Errorf("node %v is not stored", w)
				}
				out[i] = h
			}
			return out, nil
		}
		var g Growth
		for at := 0; at < len(all); {
			step := rapid.IntRange(1, len(all)-at).Draw(t, "step")
			var err error
			if g, err = Grow(int64(at), all[at:at+step], read); err != nil {
				t.Fatal(err)
			}
			for _, n := range g.Nodes {
				stored[Node{Level: n.Level, N: n.N}] = n.Hash
			}
			at += step
		}
		if g.Root != Root(all) || g.Size != int64(len(all)) {
			t.Fatalf("grown root of %d leaves differs", len(all))
		}
	})
}

func TestTheRootOfNothingIsTheHashOfNothing(t *testing.T) {
	if Root(nil) != sha256.Sum256(nil) {
		t.Error("RFC 6962 2.1 says otherwise")
	}
}

func TestAProofHoldsForItsLeafOnly(t *testing.T) {
	all := leaves(77)
	root := Root(all)
	for i, leaf := range all {
		proof, err := Prove(all, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(proof, 77, root, int64(i), leaf); err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		if Verify(proof, 77, root, int64(i), RecordHash([]byte("other"))) == nil {
			t.Fatalf("another leaf passes at %d", i)
		}
	}
}

func TestAnEntryThatWasTouchedIsFound(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 59, 59, 123456789, time.FixedZone("CET", 3600))
	r, err := New(access.Actor{User: 3}, CampaignLaunched, id.Campaign(4)).With(map[string]any{"confirmed": 12}).Seal(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	touched := map[string]func(*Record){
		"the time":    func(r *Record) { r.At = r.At.Add(time.Microsecond) },
		"the actor":   func(r *Record) { r.Actor = "usr_4" },
		"the verb":    func(r *Record) { r.Verb = CampaignPaused },
		"the object":  func(r *Record) { r.Object = "cmp_5" },
		"the details": func(r *Record) { r.Details = append([]byte(" "), r.Details...) },
		"their sum":   func(r *Record) { r.DetailsSHA256[0] ^= 1 },
	}
	for name, touch := range touched {
		t.Run(name, func(t *testing.T) {
			c := r
			touch(&c)
			if c.Check() == nil {
				t.Errorf("a change of %s goes unnoticed", name)
			}
		})
	}
}

func TestEqualDetailsHaveDifferentDigests(t *testing.T) {
	e := New(access.System, ListImported, id.List(1)).With("the same")
	a, errA := e.Seal(time.Unix(1, 0))
	b, errB := e.Seal(time.Unix(1, 0))
	if errA != nil || errB != nil || a.DetailsSHA256 == b.DetailsSHA256 {
		t.Error("details can be guessed from their digest")
	}
}

func TestACheckpointOpensUnderItsKeyOnly(t *testing.T) {
	private, public, err := GenerateSigning()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	root := Root(leaves(5))
	signed, err := s.Checkpoint(5, root)
	if err != nil {
		t.Fatal(err)
	}
	if size, got, err := OpenCheckpoint(signed, public); err != nil || size != 5 || got != root {
		t.Errorf("%d, %v, %v", size, got, err)
	}
	_, other, _ := GenerateSigning()
	if _, _, err := OpenCheckpoint(signed, other); err == nil {
		t.Error("opens under another key")
	}
	signed[20] ^= 1
	if _, _, err := OpenCheckpoint(signed, public); err == nil {
		t.Error("a changed checkpoint opens")
	}
}
