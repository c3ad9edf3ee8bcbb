package api

import (
	"testing"

	"forthwith/internal/access"
)

// Every starter becomes a version as it is.
func TestAStarterBecomesAVersion(t *testing.T) {
	r := newRig(t)
	starters := r.must(r.as(access.Legal, "GET", "/starters", nil), 200, "starters").items()
	if len(starters) < 9 {
		t.Fatalf("%d starters", len(starters))
	}
	incident := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail"}), 201, "incident").text("id")
	for _, s := range starters {
		notice := r.must(r.as(access.Legal, "POST", "/incidents/"+incident+"/notices", map[string]any{"name": s["title"]}), 201, "notice").text("id")
		made := r.must(r.as(access.Legal, "POST", "/notices/"+notice+"/versions", map[string]any{"default_locale": s["default_locale"], "variants": s["variants"]}), 201, s["id"].(string))
		r.must(r.as(access.Legal, "POST", "/versions/"+made.text("id")+"/submit", map[string]any{"sha256": made.text("sha256")}), 200, "submit "+s["id"].(string))
	}
}
