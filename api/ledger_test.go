package api

import (
	"fmt"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/ledger"
)

// sequence gives all entries that wait their places in the ledger.
func (r *rig) sequence() {
	r.t.Helper()
	signer, err := ledger.ParseSigner(r.db.Signing)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.db.Sequence(r.t.Context(), signer, 1000); err != nil {
		r.t.Fatal(err)
	}
}

func TestTheLedgerShowsDetailsToThoseWhoReadIncidents(t *testing.T) {
	r := newRig(t)
	r.incident()
	r.sequence()
	for role, open := range map[access.Role]bool{access.Auditor: true, access.Admin: false} {
		entries := r.must(r.as(role, "GET", "/ledger?limit=500", nil), 200, "read").items()
		last := entries[len(entries)-1]
		if last["verb"] != "incident_opened" || last["object"] != last["incident_id"] || (last["details"] != nil) != open {
			t.Errorf("%s reads %v", role, last)
		}
		after := r.must(r.as(role, "GET", fmt.Sprintf("/ledger?after=%d", len(entries)-2), nil), 200, "read on").items()
		if len(after) != 1 || after[0]["index"] != last["index"] {
			t.Errorf("%s reads on with %v", role, after)
		}
	}
	beyond := r.must(r.as(access.Auditor, "GET", "/ledger?after=9223372036854775807", nil), 200, "read beyond the end").items()
	if len(beyond) != 0 {
		t.Errorf("%d entries stand after the last index that there can be", len(beyond))
	}
	signed := r.must(r.as(access.Auditor, "GET", "/ledger/checkpoints", nil), 200, "checkpoints").items()
	if len(signed) != 1 || signed[0]["size"] == 0.0 {
		t.Errorf("checkpoints are %v", signed)
	}
}
