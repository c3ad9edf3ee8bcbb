package postgres_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/task"
)

// testRig is a plan of which a test was asked for, to cem and gil.
type testRig struct {
	*planRig
	tester campaign.Tester
	record postgres.DeliveryStore
	worker delivery.Worker
	plan   campaign.Campaign
	asked  campaign.TestSend
}

func newTestRig(t *testing.T) *testRig {
	t.Helper()
	r := &testRig{planRig: newPlanRig(t, 3)}
	r.tester, r.record = campaign.Tester{Store: r.store}, postgres.DeliveryStore{DB: r.db.DB}
	r.plan = r.checked()
	var err error
	if r.worker, err = r.record.Enlist(context.Background(), "worker", time.Minute); err != nil {
		t.Fatal(err)
	}
	if r.asked, err = r.tester.Ask(context.Background(), r.cem, r.plan.ID, []id.User{r.cem.User, r.gil.User}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *testRig) to(user id.User) delivery.StaffIntent {
	return delivery.StaffIntent{Send: int64(r.asked.ID), User: int64(user), Worker: r.worker, Relay: r.relay, Hash: canon.Hash{1}}
}

func (r *testRig) announce(user id.User, want bool) {
	r.t.Helper()
	if granted, err := r.record.AnnounceStaff(context.Background(), r.to(user)); err != nil || granted != want {
		r.t.Fatalf("announced: %t, %v", granted, err)
	}
}

// results reads how the letters to cem and gil stand.
func (r *testRig) results() []campaign.TestResult {
	r.t.Helper()
	all, err := r.tester.List(context.Background(), r.ada, r.plan.ID, 0, 10)
	if err != nil || len(all) != 1 || !slices.Equal(all[0].Users(), []id.User{r.cem.User, r.gil.User}) || all[0].Plan != r.plan.PlanHash || all[0].By != r.cem.User {
		r.t.Fatalf("%+v, %v", all, err)
	}
	return []campaign.TestResult{all[0].Letters[0].Result(), all[0].Letters[1].Result()}
}

func (r *testRig) waits() bool {
	r.t.Helper()
	all, err := r.db.Waiting(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.Contains(all, task.Task{Name: task.StaffMail, Object: int64(r.asked.ID)})
}

func TestATestIsOnRecordWithoutAddresses(t *testing.T) {
	r := newTestRig(t)
	var told struct {
		TestSend string   `json:"test_send"`
		Users    []string `json:"users"`
		Plan     string   `json:"plan_sha256"`
	}
	r.details(ledger.TestSent, &told)
	if told.TestSend != r.asked.ID.String() || !slices.Equal(told.Users, []string{r.cem.User.String(), r.gil.User.String()}) || told.Plan != r.plan.PlanHash.String() {
		t.Errorf("the entry says %+v", told)
	}
	if r.number("SELECT count(*) FROM outbox WHERE task = $1 AND object = $2", string(task.StaffMail), int64(r.asked.ID)) != 1 {
		t.Error("nobody is woken")
	}
	if !slices.Equal(r.results(), []campaign.TestResult{campaign.TestWaiting, campaign.TestWaiting}) {
		t.Errorf("they stand at %v", r.results())
	}
	if _, err := r.tester.Ask(context.Background(), r.ada, r.plan.ID, []id.User{r.cem.User}); err == nil {
		t.Error("legal sends a test")
	}
}

func TestATestCountsNowhere(t *testing.T) {
	r := newTestRig(t)
	ctx := context.Background()
	before, err := r.store.Figures(ctx, r.plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.announce(r.cem.User, true)
	if err := r.record.TellStaff(ctx, r.to(r.cem.User), outcome.Reply{Phase: outcome.PhaseDot, Code: 250}); err != nil {
		t.Fatal(err)
	}
	after, err := r.store.Figures(ctx, r.plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range outcome.Statuses {
		if before.Counts[s] != after.Counts[s] {
			t.Errorf("%s went from %d to %d", s, before.Counts[s], after.Counts[s])
		}
	}
	for _, table := range []string{"intent", "outcome", "decision"} {
		if n := r.number("SELECT count(*) FROM " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	if !slices.Equal(r.results(), []campaign.TestResult{campaign.TestAccepted, campaign.TestWaiting}) {
		t.Errorf("they stand at %v", r.results())
	}
}

func TestALetterOfATestIsGrantedOnce(t *testing.T) {
	r := newTestRig(t)
	ctx := context.Background()
	_, left, err := r.store.Asked(ctx, r.asked.ID)
	if err != nil || len(left) != 2 || left[0].User != r.cem.User || !strings.HasPrefix(left[0].Email, "cem@") || left[0].Disabled {
		t.Fatalf("left is %+v, %v", left, err)
	}
	r.announce(r.cem.User, true)
	r.announce(r.cem.User, false)
	if err := r.record.DropStaff(ctx, r.to(r.cem.User), delivery.TestNoRelay); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.results(), []campaign.TestResult{campaign.TestSending, campaign.TestWaiting}) || !r.waits() {
		t.Errorf("they stand at %v", r.results())
	}
	if _, left, err = r.store.Asked(ctx, r.asked.ID); err != nil || len(left) != 1 || left[0].User != r.gil.User {
		t.Errorf("left is %+v, %v", left, err)
	}
	if err := r.record.DropStaff(ctx, r.to(r.gil.User), delivery.TestNoRelay); err != nil {
		t.Fatal(err)
	}
	r.announce(r.gil.User, false)
	if !slices.Equal(r.results(), []campaign.TestResult{campaign.TestSending, campaign.TestFailed}) || r.waits() {
		t.Errorf("they stand at %v", r.results())
	}
}

func TestWhatADeadWorkerAnnouncedOfATestIsUnclear(t *testing.T) {
	r := newTestRig(t)
	ctx := context.Background()
	r.announce(r.cem.User, true)
	r.exec("UPDATE worker SET lease_until = '-infinity' WHERE worker_no = $1", r.worker.No)
	if _, err := r.record.Bury(ctx); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.results(), []campaign.TestResult{campaign.TestUnclear, campaign.TestWaiting}) || !r.waits() {
		t.Errorf("they stand at %v", r.results())
	}
	r.announce(r.cem.User, false)
	if err := r.record.TellStaff(ctx, r.to(r.cem.User), outcome.Reply{Phase: outcome.PhaseDot, Code: 250}); err != nil {
		t.Fatal(err)
	}
	if r.results()[0] != campaign.TestAccepted {
		t.Errorf("what a stale worker knew is told as %s", r.results()[0])
	}
}

// details reads what the one entry with a verb holds.
func (r *planRig) details(verb ledger.Verb, into any) {
	r.t.Helper()
	signer, err := ledger.ParseSigner(r.db.Signing)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.db.Sequence(context.Background(), signer, 1000); err != nil {
		r.t.Fatal(err)
	}
	entries, err := postgres.LedgerStore{DB: r.db.DB}.Entries(context.Background(), 0, 100, true, filter.Equal{Column: "verb", Value: string(verb)})
	if err != nil || len(entries) != 1 {
		r.t.Fatalf("%d entries %s, %v", len(entries), verb, err)
	}
	if err := json.Unmarshal(entries[0].Details, into); err != nil {
		r.t.Fatal(err)
	}
}
