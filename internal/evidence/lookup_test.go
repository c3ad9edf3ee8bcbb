package evidence_test

import (
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/evidence"
	"forthwith/internal/fault"
)

// TestNobodyIsFoundForWhoReadsNoIncident has no finder: who may not ask is refused
// before anybody is looked for.
func TestNobodyIsFoundForWhoReadsNoIncident(t *testing.T) {
	for _, role := range []access.Role{access.Admin, access.Support} {
		_, err := evidence.Desk{}.FindIn(t.Context(), access.Actor{User: 1, Role: role}, 1, "somebody@example.com")
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
	}
}
