package api

import (
	"testing"

	"forthwith/internal/access"
)

func TestTheOrganisationChangesByVersions(t *testing.T) {
	r := newRig(t)
	none := r.must(r.as(access.Legal, "GET", "/organisation", nil), 200, "read")
	if none.header.Get("ETag") != `"0"` {
		t.Errorf("the first tag is %s", none.header.Get("ETag"))
	}
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "A"}), 412, "without If-Match")
	one := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "A", "contacts": map[string]string{"phone": "1"}}, "If-Match", `"0"`), 200, "first")
	two := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"dpo": map[string]string{"name": "D"}}, "If-Match", one.header.Get("ETag")), 200, "second")
	contacts, _ := two.doc["contacts"].(map[string]any)
	if two.text("name") != "A" || contacts["phone"] != "1" || two.doc["version"] != 2.0 {
		t.Errorf("what was not given changed: %s", two.raw)
	}
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "B"}, "If-Match", `"1"`), 412, "a stale one")
	if two.doc["approval_hours"] != 4.0 {
		t.Errorf("nobody chose after how many hours approvals are an alert: %s", two.raw)
	}
	never := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"approval_hours": 0}, "If-Match", `"2"`), 200, "never")
	if never.doc["approval_hours"] != 0.0 || never.text("name") != "A" {
		t.Errorf("never: %s", never.raw)
	}
	for _, m := range []map[string]any{{"relay_id": "rel_9", "sender_id": "snd_9"}, {"relay_id": "rel_9"}} {
		r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"staff_mail": m}, "If-Match", `"3"`), 422, "who cannot mail staff")
	}
	if none := r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"staff_mail": map[string]any{}}, "If-Match", `"3"`), 200, "nobody"); none.doc["staff_mail"] != nil {
		t.Errorf("nobody mails staff: %s", none.raw)
	}
	for _, hours := range []int{-1, 721} {
		r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"approval_hours": hours}, "If-Match", `"4"`), 422, "hours that cannot be")
	}
}
