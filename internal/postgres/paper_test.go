package postgres_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
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
	want := campaign.Around{Counts: c.Preflight.Counts, Cohort: "All", Notice: "Exposed 0", VersionNo: 1, Lists: map[id.List]string{1: "List"}, Authors: []string{"bo"}, Builders: []string{"cem"},
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

// TestWhoIsTakenOutLeavesThePageOfAPlanAsItWas: the same plan is the same page, and its
// people add up to what was approved.
func TestWhoIsTakenOutLeavesThePageOfAPlanAsItWas(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	c := r.approved()
	page := func() []byte {
		t.Helper()
		p, err := r.service.Paper(ctx, r.cem, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		made, err := pdf.Plan(p)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	before := page()
	out := cohort.Exclude{Kind: cohort.Deceased, People: []id.Recipient{{Parent: int64(r.incident), No: 2}}, Reason: "their family wrote"}
	if _, err := (cohort.Exclusions{Store: postgres.ExclusionStore{DB: r.db.DB}}).Exclude(ctx, r.ada, r.incident, out); err != nil {
		t.Fatal(err)
	}
	if got := r.get(c.ID); got.State != campaign.Approved || got.Preflight.Counts.ToSend != 7 {
		t.Fatalf("%s, %d to send", got.State, got.Preflight.Counts.ToSend)
	}
	if !bytes.Equal(before, page()) {
		t.Error("the page is another one, and the plan is the same")
	}
}
