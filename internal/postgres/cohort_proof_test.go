package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Each member's proof holds without the database, and none holds for another
// person, place or root.
func TestAMembersProofHoldsAlone(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	c := d.cohort(t, "All", 10, fmt.Sprintf(`{"list":%q}`, a.ID))
	if _, err := d.cohorts().Proof(ctx, d.legal, c.ID, id.Recipient{Parent: int64(d.incident), No: 1}); !fault.Is(err, "cohort_state") {
		t.Errorf("of a draft: %v", err)
	}
	c = d.frozen(t, c.ID)
	for no := range int64(4) {
		p, err := d.cohorts().Proof(ctx, d.legal, c.ID, id.Recipient{Parent: int64(d.incident), No: no + 1})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again cohort.MemberProof
		if err := json.Unmarshal(raw, &again); err != nil || again.Check() != nil || again.Root != c.Root || again.Size != 4 {
			t.Errorf("%s: %v, %v", raw, err, again.Check())
		}
		for what, change := range map[string]func(*cohort.MemberProof){
			"digest": func(p *cohort.MemberProof) { p.Digest[0] ^= 1 }, "index": func(p *cohort.MemberProof) { p.Index ^= 1 },
			"root": func(p *cohort.MemberProof) { p.Root = canon.Hash{} }, "path": func(p *cohort.MemberProof) { p.Path[0][5] ^= 1 },
			"size": func(p *cohort.MemberProof) { p.Size = 2 }, "format": func(p *cohort.MemberProof) { p.Format = "" },
		} {
			var wrong cohort.MemberProof
			if err := json.Unmarshal(raw, &wrong); err != nil {
				t.Fatal(err)
			}
			if change(&wrong); wrong.Check() == nil {
				t.Errorf("holds with another %s", what)
			}
		}
	}
	for _, who := range []id.Recipient{{Parent: int64(d.incident), No: 99}, {Parent: 99, No: 1}} {
		if _, err := d.cohorts().Proof(ctx, d.legal, c.ID, who); !fault.Is(err, "no_such_member") {
			t.Errorf("of %v: %v", who, err)
		}
	}
}
