package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// gateRig is an incident whose cohort has a gate: people are told once their
// account is secured.
type gateRig struct {
	*planRig
	gates cohort.Gates
	gate  id.Gate
}

func newGateRig(t *testing.T, people int) *gateRig {
	t.Helper()
	r := &gateRig{planRig: newPlanRig(t, people)}
	r.gates = cohort.Gates{Store: postgres.GateStore{DB: r.db.DB}}
	made, err := r.gates.Create(context.Background(), r.cem, r.incident, r.secured())
	if err != nil {
		t.Fatal(err)
	}
	r.gate = made.ID
	return r
}

func (r *gateRig) secured() cohort.GateDraft {
	return cohort.GateDraft{Cohort: id.Cohort(r.cohort), Name: "Account secured", Rule: rule(r.t, `{"attribute":"secured","op":"eq","value":"yes"}`)}
}

// tell imports a list that says of some people whether they are secured.
func (r *gateRig) tell(list int, secured string, people ...int) {
	r.t.Helper()
	r.importing(list, secured, people...)
	r.review()
}

// importing is the same before anybody looked at the gates.
func (r *gateRig) importing(list int, secured string, people ...int) {
	r.t.Helper()
	r.exec("INSERT INTO list (incident_no, name, state, sha256, bytes, dialect, columns, mapping, uploaded_by) VALUES ($1, 'Told', 'imported', decode(repeat($2, 32), 'hex'), 1, '{}', '[\"email\", \"secured\"]', '{\"email\": \"email\", \"secured\": \"attribute:secured\"}', $3)",
		int64(r.incident), fmt.Sprintf("%02x", list), int64(r.cem.User))
	r.exec("INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes) SELECT $1, $2, n, n, n, '', jsonb_build_object('secured', $3::text) FROM unnest($4::int[]) n", int64(r.incident), list, secured, people)
}

// untell takes such a list back.
func (r *gateRig) untell(list int) {
	r.t.Helper()
	r.take(list)
	r.review()
}

func (r *gateRig) take(list int) {
	r.t.Helper()
	r.exec("UPDATE list SET state = 'withdrawn', withdrawn_by = $2, withdrawal_reason = '', withdrawal_asked_at = now(), withdrawn_at = now() WHERE list_no = $1", list, int64(r.cem.User))
}

func (r *gateRig) review() {
	r.t.Helper()
	if err := r.gates.Review(context.Background(), r.incident); err != nil {
		r.t.Fatal(err)
	}
}

func (r *gateRig) statuses(no id.Campaign) string {
	r.t.Helper()
	var all string
	err := r.app.QueryRow(context.Background(), "SELECT string_agg(seq || ' ' || status, ', ' ORDER BY seq) FROM delivery WHERE campaign_no = $1", int64(no)).Scan(&all)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *gateRig) wantStatuses(no id.Campaign, want string) {
	r.t.Helper()
	if got := r.statuses(no); got != want {
		r.t.Errorf("deliveries are %s, want %s", got, want)
	}
}

// claimed is who is in the batches that a worker could claim.
func (r *gateRig) waiting(no id.Campaign) []int64 {
	r.t.Helper()
	var all []int64
	err := r.app.QueryRow(context.Background(), `SELECT coalesce(array_agg(DISTINCT s ORDER BY s), '{}') FROM batch b, LATERAL (SELECT unnest(seqs) AS s UNION ALL SELECT generate_series(from_seq, to_seq)) u
		WHERE campaign_no = $1 AND NOT done`, int64(no)).Scan(&all)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func TestWhoseGateIsShutIsHeldAndCounted(t *testing.T) {
	r := newGateRig(t, 6)
	r.tell(2, "yes", 1, 2)
	c := r.checked()
	if n := c.Preflight.Counts; n.ToSend != 2 || n.Held != 3 || n.Unaddressed != 1 {
		t.Errorf("counts are %+v", n)
	}
	r.wantStatuses(c.ID, "1 pending, 2 pending, 3 held, 4 held, 5 held, 6 unaddressed")
	if got := r.waiting(c.ID); fmt.Sprint(got) != "[1 2]" {
		t.Errorf("%v are in batches", got)
	}
	var plan campaign.Plan
	document, err := r.store.Document(context.Background(), c.PlanHash)
	if err == nil {
		err = json.Unmarshal(document, &plan)
	}
	if err != nil || len(plan.Gates) != 1 || plan.Gates[0].ID != r.gate || plan.ToSend != 5 {
		t.Errorf("%v, the plan has %+v for %d", err, plan.Gates, plan.ToSend)
	}
	c = r.check(c.ID)
	r.wantStatuses(c.ID, "1 pending, 2 pending, 3 held, 4 held, 5 held, 6 unaddressed")
	g, err := r.gates.Get(context.Background(), r.cem, r.gate)
	if err != nil || g.Open != 2 || g.Shut != 4 {
		t.Errorf("%v, %d open, %d shut", err, g.Open, g.Shut)
	}
}

// What becomes known after legal has approved changes no plan: they are approved
// already.
func TestALaterListLetsPeopleThroughAnApprovedPlan(t *testing.T) {
	r := newGateRig(t, 5)
	r.tell(2, "yes", 1)
	c := r.approved()
	r.tell(3, "yes", 3, 4)
	c = r.get(c.ID)
	if n := c.Preflight.Counts; n.ToSend != 3 || n.Held != 1 {
		t.Errorf("counts are %+v", n)
	}
	r.wantStatuses(c.ID, "1 pending, 2 held, 3 pending, 4 pending, 5 unaddressed")
	if got := r.waiting(c.ID); fmt.Sprint(got) != "[1 3 4]" {
		t.Errorf("%v are in batches", got)
	}
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	r.tell(4, "yes", 2)
	r.wantStatuses(c.ID, "1 pending, 2 pending, 3 pending, 4 pending, 5 unaddressed")
	if got := r.waiting(c.ID); fmt.Sprint(got) != "[1 2 3 4]" {
		t.Errorf("%v are in batches", got)
	}
	if n := r.number("SELECT count(*) FROM delivery_open WHERE campaign_no = $1", int64(c.ID)); n != 0 {
		t.Errorf("%d wait for something else", n)
	}
}

// unless puts another gate before the cohort: people pass unless a list says that
// they are not secured.
func (r *gateRig) unless() {
	r.t.Helper()
	r.lift()
	d := r.secured()
	d.Rule = rule(r.t, `{"not":{"attribute":"secured","op":"eq","value":"no"}}`)
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); err != nil {
		r.t.Fatal(err)
	}
}

// A rule that asks that something is not said shuts a gate again: whoever was not
// told is held, and taken from the worker that has claimed them.
func TestAGateThatShutsAgainHoldsWhoWasNotTold(t *testing.T) {
	r := newGateRig(t, 6)
	r.unless()
	s := r.sending(r.settings())
	first, _ := s.claim(delivery.Want{Most: 1})
	s.answerAll(first, took)
	held, _ := s.claim(delivery.Want{Most: 4})
	r.tell(2, "no", 1, 2, 3)
	r.wantStatuses(s.campaign.ID, "1 accepted, 2 held, 3 held, 4 pending, 5 pending, 6 unaddressed")
	s.groups++
	granted, err := s.store.Commit(context.Background(), delivery.Group{Campaign: int64(s.campaign.ID), Incident: int64(r.incident), Worker: s.worker, No: s.groups, At: held.Now,
		Intents: []delivery.Intent{{Seq: 2, Attempt: 1, Batch: held.No, Fence: held.Fence, Relay: delivery.Relay{No: r.relay, Revision: 1}, Date: held.Now}}})
	if err != nil || granted[0] {
		t.Errorf("%v, an intent was granted for somebody who is held: %t", err, granted[0])
	}
	if n := s.all(took); n != 2 {
		t.Errorf("%d more were sent to, want 2", n)
	}
	r.untell(2)
	if n := s.all(took); n != 2 {
		t.Errorf("%d were let through, want 2", n)
	}
	if err := s.store.Conclude(context.Background()); err != nil || r.get(s.campaign.ID).State != campaign.Complete {
		t.Errorf("%s: %v", r.get(s.campaign.ID).State, err)
	}
}

func (r *gateRig) lift() {
	r.t.Helper()
	if _, err := r.gates.Lift(context.Background(), r.cem, r.gate, "Not needed after all"); err != nil {
		r.t.Fatal(err)
	}
}

// Whoever was put off once is held like the others, and goes on where they were.
func TestWhoWasPutOffIsHeldToo(t *testing.T) {
	ctx := context.Background()
	r := newGateRig(t, 4)
	r.unless()
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 2})
	commit := func(g delivery.Group) {
		t.Helper()
		s.groups++
		g.Campaign, g.Incident, g.Worker, g.No, g.At = int64(s.campaign.ID), int64(r.incident), s.worker, s.groups, b.Now
		if _, err := s.store.Commit(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	intent := func(seq int64) delivery.Intent {
		return delivery.Intent{Seq: seq, Attempt: 1, Batch: b.No, Fence: b.Fence, Relay: delivery.Relay{No: r.relay, Revision: 1}, Date: b.Now}
	}
	putOff := func(seq int64) delivery.Outcome {
		return delivery.Outcome{Seq: seq, Attempt: 1, Relay: r.relay, Reply: outcome.Reply{Phase: outcome.PhaseRcpt, Code: 451}, Ruling: delivery.Ruling{Status: outcome.Deferred, After: time.Hour}}
	}
	commit(delivery.Group{Intents: []delivery.Intent{intent(1), intent(2)}})
	commit(delivery.Group{Outcomes: []delivery.Outcome{putOff(1)}})
	r.tell(2, "no", 1, 2) // the first was put off, the second is in hand
	r.wantStatuses(s.campaign.ID, "1 held, 2 pending, 3 pending, 4 unaddressed")
	commit(delivery.Group{Outcomes: []delivery.Outcome{putOff(2)}})
	r.wantStatuses(s.campaign.ID, "1 held, 2 held, 3 pending, 4 unaddressed")
	if n := s.all(took); n != 1 {
		t.Errorf("%d more were sent to, want 1", n)
	}
	r.untell(2)
	r.wantStatuses(s.campaign.ID, "1 deferred, 2 deferred, 3 accepted, 4 unaddressed")
	if n := r.number("SELECT count(*) FROM delivery_open WHERE campaign_no = $1 AND status = 'deferred' AND next_at <= now() AND expire_at < now() + interval '3 days'", int64(s.campaign.ID)); n != 2 {
		t.Errorf("%d are due", n)
	}
}

func TestAPlanWithAnotherGateIsNotLaunched(t *testing.T) {
	for name, change := range map[string]func(*gateRig){
		"another gate": func(r *gateRig) {
			if _, err := r.gates.Create(context.Background(), r.cem, r.incident, r.secured()); err != nil {
				r.t.Fatal(err)
			}
		},
		"no gate": func(r *gateRig) { r.lift() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newGateRig(t, 4)
			r.tell(2, "yes", 1)
			c := r.approved()
			change(r)
			err := r.launch(c, r.gil)
			if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Name != "gates" {
				t.Errorf("launched: %v", err)
			}
		})
	}
}

func TestNoGateChangesWhileItsCohortIsTold(t *testing.T) {
	r := newGateRig(t, 4)
	r.tell(2, "yes", 1)
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, r.secured()); !fault.Is(err, "gate_while_told") {
		t.Errorf("created: %v", err)
	}
	if _, err := r.gates.Lift(context.Background(), r.cem, r.gate, "No longer needed"); !fault.Is(err, "gate_while_told") {
		t.Errorf("lifted: %v", err)
	}
}

func TestNothingIsLaunchedWhileEverybodyIsHeld(t *testing.T) {
	r := newGateRig(t, 4)
	c := r.approved()
	if n := c.Preflight.Counts; n.ToSend != 0 || n.Held != 3 {
		t.Fatalf("counts are %+v", n)
	}
	if err := r.launch(c, r.gil); !fault.Is(err, "launch_all_held") {
		t.Errorf("launched: %v", err)
	}
	if got := r.get(c.ID).State; got != campaign.Approved {
		t.Errorf("the plan is %s", got)
	}
	r.tell(2, "yes", 2)
	if err := r.launch(r.get(c.ID), r.gil); err != nil {
		t.Errorf("with one let through: %v", err)
	}
}

// A campaign that only held people are left of goes on.
func TestACampaignIsNotCompleteWhileSomebodyIsHeld(t *testing.T) {
	r := newGateRig(t, 3)
	r.tell(2, "yes", 1)
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE delivery SET status = 'accepted' WHERE campaign_no = $1 AND seq = 1", int64(c.ID))
	r.exec("UPDATE batch SET done = true WHERE campaign_no = $1", int64(c.ID))
	office := postgres.DeliveryStore{DB: r.db.DB}
	if err := office.Conclude(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := r.get(c.ID).State; got != campaign.Sending {
		t.Errorf("it is %s", got)
	}
	if _, err := r.service.Abort(context.Background(), r.gil, c.ID, "Enough"); err != nil {
		t.Fatal(err)
	}
	r.wantStatuses(c.ID, "1 accepted, 2 cancelled, 3 unaddressed")
	r.tell(3, "yes", 2)
	r.wantStatuses(c.ID, "1 accepted, 2 cancelled, 3 unaddressed")
}

func TestWhoIsHeldCanBeExcluded(t *testing.T) {
	r := newGateRig(t, 4)
	r.tell(2, "yes", 1)
	c := r.approved()
	exclusions := cohort.Exclusions{Store: postgres.ExclusionStore{DB: r.db.DB}}
	_, err := exclusions.Exclude(context.Background(), r.ada, r.incident, cohort.Exclude{People: []id.Recipient{{Parent: int64(r.incident), No: 2}}, Kind: cohort.CounselDecision, Reason: "Counsel decided so"})
	if err != nil {
		t.Fatal(err)
	}
	c = r.get(c.ID)
	if n := c.Preflight.Counts; n.ToSend != 1 || n.Held != 1 || n.Excluded != 1 {
		t.Errorf("counts are %+v", n)
	}
	if n := r.number("SELECT count(*) FROM delivery_open WHERE campaign_no = $1", int64(c.ID)); n != 1 {
		t.Errorf("%d wait for the gate", n)
	}
	r.tell(3, "yes", 2, 3)
	r.wantStatuses(c.ID, "1 pending, 2 excluded, 3 pending, 4 unaddressed")
	if err := r.launch(r.get(c.ID), r.gil); err != nil {
		t.Error(err)
	}
}

// What becomes known while the checks run is in the plan that they make.
func TestAReviewDuringThePreflightIsNotMissed(t *testing.T) {
	r := newGateRig(t, 600) // two blocks
	ctx := context.Background()
	r.tell(2, "yes", 3)
	c, err := r.service.Create(ctx, r.cem, r.incident, r.settings())
	if err == nil {
		_, err = r.service.StartPreflight(ctx, r.cem, c.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	late := &interrupted{CampaignStore: r.store, then: func() { r.tell(3, "yes", 1, 599) }}
	if err := (campaign.Checker{Store: r.store, Bench: late, Gates: r.checker.Gates}).Run(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if n := r.get(c.ID).Preflight.Counts; n.ToSend != 3 || n.Held != 596 {
		t.Errorf("counts are %+v", n)
	}
	if n := r.number("SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'pending' AND recipient_no IN (1, 3, 599)", int64(c.ID)); n != 3 {
		t.Errorf("%d were let through", n)
	}
}

// A gate that stood for a moment, while the checks ran, is none of the plan:
// nothing would ever open it for those who were held by it.
func TestAGateOfAMomentHoldsNobody(t *testing.T) {
	r := newGateRig(t, 1100) // three blocks, the last is read after the first was made
	ctx := context.Background()
	r.lift()
	c, err := r.service.Create(ctx, r.cem, r.incident, r.settings())
	if err == nil {
		_, err = r.service.StartPreflight(ctx, r.cem, c.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	late := &interrupted{CampaignStore: r.store, then: func() {
		made, err := r.gates.Create(ctx, r.cem, r.incident, r.secured())
		if err != nil {
			t.Fatal(err)
		}
		r.gate = made.ID
	}}
	if err := (campaign.Checker{Store: r.store, Bench: late, Gates: r.checker.Gates}).Run(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	r.lift()
	r.review()
	if n := r.get(c.ID).Preflight.Counts; n.ToSend != 1099 || n.Held != 0 {
		t.Errorf("counts are %+v", n)
	}
}

// What a list tells after a campaign has ended changes nothing of its record.
func TestAnEndedCampaignStaysAsItEnded(t *testing.T) {
	r := newGateRig(t, 3)
	r.tell(2, "yes", 1)
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE campaign SET state = 'closed_with_exceptions', finished_at = now() WHERE campaign_no = $1", int64(c.ID))
	r.tell(3, "yes", 2)
	d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(context.Background(), id.Delivery{Parent: int64(c.ID), No: 2})
	if err != nil || d.Status != outcome.Held || d.Reason != "reason_held" {
		t.Errorf("%v, whoever was held is %s: %s", err, d.Status, d.Reason)
	}
	r.wantStatuses(c.ID, "1 pending, 2 held, 3 unaddressed")
}

// Two gates hold whoever lacks one of the facts.
func TestEveryGateMustBeOpen(t *testing.T) {
	r := newGateRig(t, 5)
	d := r.secured()
	d.Name, d.Rule = "In another list", rule(t, `{"list":"lst_1"}`)
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); err != nil {
		t.Fatal(err)
	}
	d.Name, d.Rule = "Letter sent", rule(t, `{"attribute":"letter","op":"exists"}`)
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); err != nil {
		t.Fatal(err)
	}
	r.tell(2, "yes", 1, 2, 3)
	c := r.checked()
	r.wantStatuses(c.ID, "1 held, 2 held, 3 held, 4 held, 5 unaddressed")
}

// A review may run at any time, and as often as one likes.
func TestAReviewThatFindsNothingLeavesNothing(t *testing.T) {
	r := newGateRig(t, 4)
	r.tell(2, "yes", 1)
	before := r.number("SELECT count(*) FROM gate_review") + r.number("SELECT count(*) FROM gate_fact") + r.number("SELECT count(*) FROM ledger_entry")
	r.review()
	if after := r.number("SELECT count(*) FROM gate_review") + r.number("SELECT count(*) FROM gate_fact") + r.number("SELECT count(*) FROM ledger_entry"); after != before {
		t.Errorf("%d rows more", after-before)
	}
}

// What Redis forgets is asked for again until a review was made.
func TestADueReviewIsAskedForUntilItIsMade(t *testing.T) {
	r := newGateRig(t, 4)
	due := func() int64 { return r.number("SELECT count(*) FROM gate_due") }
	if due() != 1 {
		t.Error("a new gate asks for no review")
	}
	all, err := r.db.Waiting(context.Background())
	if err != nil || len(all) != 1 || all[0].Object != int64(r.incident) {
		t.Errorf("%v, waiting: %+v", err, all)
	}
	r.review()
	if due() != 0 {
		t.Error("a review leaves itself due")
	}
}

// A ramp counts those who can be sent to; who is let through later comes after
// its steps.
func TestWhoIsLetThroughComesAfterTheRamp(t *testing.T) {
	r := newGateRig(t, 6)
	r.tell(2, "yes", 1, 2)
	s := r.settings()
	s.Ramp = []campaign.RampStep{{Percent: 50, HoldSeconds: 1}}
	c := r.approvedAs(s)
	r.tell(3, "yes", 4)
	stages := ""
	if err := r.app.QueryRow(context.Background(), "SELECT string_agg(seqs::text || ' at ' || stage, ', ' ORDER BY batch_no) FROM batch WHERE campaign_no = $1", int64(c.ID)).Scan(&stages); err != nil {
		t.Fatal(err)
	}
	if stages != "{1} at 0, {2} at 1, {4} at 1" {
		t.Errorf("batches are %s", stages)
	}
}

func TestAGateIsOfListsAndColumnsOnly(t *testing.T) {
	r := newGateRig(t, 3)
	for name, text := range map[string]string{
		"an outcome":       `{"outcome":{"campaign":"cmp_1","status":["accepted"]}}`,
		"an upgrade":       `{"not":{"upgraded":"coh_1"}}`,
		"an unknown list":  `{"list":"lst_99"}`,
		"a number as text": `{"attribute":"later","op":"gt","value":4}`,
	} {
		d := r.secured()
		d.Rule = rule(t, text)
		if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.gates.Create(context.Background(), r.ada, r.incident, r.secured()); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("legal made one: %v", err)
	}
	d := r.secured()
	d.Cohort = 99
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); !fault.Is(err, "no_such_cohort") {
		t.Errorf("before a cohort that is not there: %v", err)
	}
}

// Facts are evidence: the program can only add to them.
func TestFactsOfGatesAreOnlyAddedTo(t *testing.T) {
	r := newGateRig(t, 3)
	r.tell(2, "yes", 1)
	for _, table := range []string{"gate", "gate_review", "gate_fact", fmt.Sprintf("gate_fact_%d", int64(r.incident))} {
		for _, sql := range []string{"DELETE FROM " + table, "UPDATE " + table + " SET gate_no = 9", "TRUNCATE " + table + " CASCADE"} {
			if _, err := r.owner.Exec(context.Background(), sql); err == nil {
				t.Errorf("%s passes", sql)
			}
		}
	}
}
