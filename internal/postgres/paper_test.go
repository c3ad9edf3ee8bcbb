package postgres_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/pdf"
	"forthwith/internal/postgres"
)

// TestThePageOfAPlanNamesWhoWroteBuiltAndApproved also makes the page, so that
// the people of a real plan add up.
func TestThePageOfAPlanNamesWhoWroteBuiltAndApproved(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	c := r.checked()
	read := func() campaign.Paper {
		t.Helper()
		p, err := r.service.Paper(ctx, r.cem, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pdf.Plan(p); err != nil {
			t.Fatal(err)
		}
		for i := range p.Signed {
			if p.Signed[i].At.IsZero() {
				t.Error("an approval has no time")
			}
			p.Signed[i].At = p.Plan.PreflightAt
		}
		return p
	}
	p := read()
	want := campaign.Around{Cohort: "All", Notice: "Exposed 0", VersionNo: 1, Lists: map[id.List]string{1: "List"}, Authors: []string{"bo"}, Builders: []string{"cem"},
		Signed: []campaign.Signature{{Of: "version", By: "ada", How: "totp", At: p.Plan.PreflightAt}}}
	if diff := cmp.Diff(want, p.Around); diff != "" || p.Name() != "plan-cmp_1-1" {
		t.Errorf("%s: %s", p.Name(), diff)
	}
	if _, err := r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	texts := postgres.NoticeStore{DB: r.db.DB}
	notices := notice.Service{Store: texts, Scene: texts}
	if _, err := notices.Save(ctx, r.gil, 1, 0, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "s", Body: "b"}}}); err != nil {
		t.Fatal(err)
	}
	want.Signed = append(want.Signed, campaign.Signature{Of: "plan", By: "ada", How: "totp", At: p.Plan.PreflightAt})
	if diff := cmp.Diff(want, read().Around); diff != "" {
		t.Errorf("approved, and the text written on: %s", diff)
	}
}
