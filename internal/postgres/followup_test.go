package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

func (r *planRig) cohorts() cohort.Service {
	store := postgres.CohortStore{DB: r.db.DB}
	return cohort.Service{Store: store, People: store}
}

// followUp makes a follow-up to a campaign.
func (r *planRig) followUp(name string, basis id.Campaign, text string) (cohort.Cohort, error) {
	return r.cohorts().Create(context.Background(), r.cem, r.incident, cohort.Draft{Name: name, Kind: cohort.FollowUp, Basis: basis, Rule: rule(r.t, text)})
}

// A follow-up chooses among those whom its campaign was for, by what became of
// them; it places nobody, and takes nobody from a first cohort.
func TestAFollowUpChoosesAmongThoseWhoWereTold(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	c := r.checked()
	text := fmt.Sprintf(`{"outcome":{"campaign":%q,"status":["rejected","bounced"]}}`, c.ID)
	if _, err := r.followUp("Early", c.ID, text); !fault.Is(err, "rule_campaign_unknown") {
		t.Errorf("before the launch: %v", err)
	}
	if _, err := r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.launch(r.get(c.ID), r.gil); err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE delivery SET status = 'rejected' WHERE seq IN (3, 5, 7)")
	r.exec("UPDATE delivery SET status = 'bounced' WHERE seq = 8")
	r.excluded(r.ada, cohort.Deceased, 5)
	if _, err := r.cohorts().Create(ctx, r.cem, r.incident, cohort.Draft{Name: "Not sent to yet", Kind: cohort.FirstNotice, Precedence: 7, Rule: rule(t, `{"list":"lst_1"}`)}); err != nil {
		t.Fatal(err)
	}
	f, err := r.followUp("By another way", c.ID, text)
	if err != nil || f.Figures.Size != 4 || f.Figures.Considered != 20 || f.Figures.Resolved != 3 || f.Figures.Excluded != 1 || len(f.Figures.LostTo) != 0 {
		t.Fatalf("%+v, %v", f.Figures, err)
	}
	f, err = r.cohorts().Get(ctx, r.cem, f.ID)
	if err != nil || len(f.Figures.Sample) != 3 {
		t.Errorf("%d people stand for it: %v", len(f.Figures.Sample), err)
	}
	for _, p := range f.Figures.Sample {
		if len(p.Reason.Over) != 0 {
			t.Errorf("person %d comes before %v in a follow-up", p.Person, p.Reason.Over)
		}
	}
	if _, err := r.cohorts().Freeze(ctx, r.cem, f.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.cohorts().FreezeNow(ctx, f.ID); err != nil {
		t.Fatal(err)
	}
	f, err = r.cohorts().Get(ctx, r.cem, f.ID)
	if err != nil || f.State != cohort.Frozen || f.Figures.Resolved != 3 || f.Basis != c.ID || f.Precedence != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if n := r.number("SELECT count(*) FROM placement"); n != 0 {
		t.Errorf("%d placements", n)
	}
	told := r.number("SELECT recipient_no FROM cohort_member WHERE cohort_no = $1 ORDER BY seq LIMIT 1", int64(f.ID))
	other := r.number("SELECT min(recipient_no) FROM cohort_member WHERE cohort_no = $1 AND recipient_no NOT IN (SELECT recipient_no FROM cohort_member WHERE cohort_no = $2)", int64(c.Settings.Cohort), int64(f.ID))
	for no, want := range map[int64][]id.Cohort{told: {c.Settings.Cohort, f.ID}, other: {c.Settings.Cohort}} {
		if got, err := r.cohorts().Recipient(ctx, r.cem, id.Recipient{Parent: int64(r.incident), No: no}); err != nil || !slices.Equal(got.MemberOf, want) {
			t.Errorf("person %d is a member of %v, want %v: %v", no, got.MemberOf, want, err)
		}
	}
	next, err := r.service.Create(ctx, r.cem, r.incident, campaign.Settings{Name: "Again", Cohort: f.ID, Version: id.Version(r.version), Sender: id.Sender(r.sender), Relays: []id.Relay{id.Relay(r.relay)}, MaxRatePerSecond: 50})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.check(next.ID).Preflight.Counts; got.ToSend != 3 {
		t.Errorf("the next plan has %+v", got)
	}
	r.listed(2, 25) // five of them were never told
	if wide, err := r.followUp("Of another list", c.ID, `{"list":"lst_2"}`); err != nil || wide.Figures.Size != 20 {
		t.Errorf("%d of the 20 who were told: %v", wide.Figures.Size, err)
	}
	everybody, err := r.followUp("Everybody", c.ID, `{"not":{"list":"lst_9"}}`)
	if !fault.Is(err, "rule_list_unknown") {
		t.Errorf("%+v, %v", everybody, err)
	}
}

func TestAFollowUpIsRefusedForWhatItLacks(t *testing.T) {
	r := newPlanRig(t, 5)
	c := r.checked()
	list := rule(t, `{"list":"lst_1"}`)
	for code, d := range map[string]cohort.Draft{
		"field_missing":         {Name: "X", Kind: cohort.FollowUp, Rule: list},
		"rule_campaign_unknown": {Name: "X", Kind: cohort.FollowUp, Basis: c.ID, Rule: list},
		"first_no_basis":        {Name: "X", Kind: cohort.FirstNotice, Precedence: 3, Basis: c.ID, Rule: list},
		"field_not_one_of":      {Name: "X", Kind: "second", Rule: list},
	} {
		if _, err := r.cohorts().Create(context.Background(), r.cem, r.incident, d); !fault.Is(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// moving does something once, after a freeze has read the first leaf of a rule.
type moving struct {
	postgres.CohortStore
	then func()
}

type movingTx struct {
	cohort.FreezeTx
	of *moving
}

func (m *moving) Freeze(ctx context.Context, c cohort.Cohort, f func(cohort.FreezeTx) error) error {
	return m.CohortStore.Freeze(ctx, c, func(tx cohort.FreezeTx) error { return f(movingTx{tx, m}) })
}

func (t movingTx) Outcome(ctx context.Context, no id.Campaign, statuses []outcome.Status) (cohort.Bitset, error) {
	set, err := t.FreezeTx.Outcome(ctx, no, statuses)
	if t.of.then != nil {
		t.of.then()
		t.of.then = nil
	}
	return set, err
}

// Whoever is accepted while a freeze reads who was, and then who still waits, is one
// of the two. A follow-up is frozen once: who falls between them hears nothing.
func TestAFreezeReadsOneMoment(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	c := r.checked()
	r.startedAt(c.ID)
	draft, err := r.followUp("Everybody with an address", c.ID, fmt.Sprintf(
		`{"any":[{"outcome":{"campaign":%[1]q,"status":["accepted"]}},{"outcome":{"campaign":%[1]q,"status":["pending"]}}]}`, c.ID))
	if err == nil {
		_, err = r.cohorts().Freeze(ctx, r.cem, draft.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	store := &moving{postgres.CohortStore{DB: r.db.DB}, func() { r.exec("UPDATE delivery SET status = 'accepted' WHERE seq = 3") }}
	if err := (cohort.Service{Store: store, People: store}).FreezeNow(ctx, draft.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := r.cohorts().Get(ctx, r.cem, draft.ID); err != nil || got.State != cohort.Frozen || got.Figures.Resolved != 19 {
		t.Errorf("%s with %d members, want 19: %v", got.State, got.Figures.Resolved, err)
	}
}
