package web

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/notice"
)

func TestAnAlertOfATextLeadsThoseToItWhoMaySeeIt(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	in, _ := r.imported(access.Actor{User: cem.User.ID, Role: access.Ops}, fourPeople, fourMapping)
	v := r.written(access.Actor{User: cem.User.ID, Role: access.Ops}, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "S", Body: "B"}}})
	r.count("WITH raised AS (INSERT INTO alert (kind, version_no) VALUES ('approval_waits', 1) RETURNING 1) SELECT count(*) FROM raised")
	ops, admin := r.signedIn(cem), r.signedIn(r.hire("eli", access.Admin))
	if page := ops.get("/").body; !strings.Contains(text(page), "‘Addresses exposed’ waits for legal") || !strings.Contains(page, `href="/versions/`+v.ID.String()+`"`) || !strings.Contains(page, "Draft") {
		t.Errorf("ops: %s", text(page))
	}
	if page := admin.get("/alerts").body; !strings.Contains(text(page), "waits for legal") || strings.Contains(page, "/versions/") {
		t.Errorf("an admin: %s", text(page))
	}
	r.count("WITH done AS (UPDATE alert SET over_at = now() RETURNING 1) SELECT count(*) FROM done")
	if page := text(ops.get("/alerts").body); strings.Contains(page, "waits for legal") {
		t.Errorf("over and still open: %s", page)
	}
	if page := ops.get("/alerts?state=acknowledged").body; !strings.Contains(text(page), "It was over before anybody acknowledged it") || strings.Contains(page, "/acknowledge\"") {
		t.Errorf("what is over: %s", text(page))
	}
}
